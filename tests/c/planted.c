/* Not a test: a use after free that the memory checkers must find, which shows
 * that they were watching the library's memory too. */
#include "test.h"

int main(void) {
  ondes_error *err = NULL;
  ondes_reader *reader;
  ondes_audio *audio;
  OK(ondes_reader_open_path(test_wav_file("planted.wav", 1000, 1, 8000), NULL, &reader, &err));
  OK(ondes_reader_load(reader, ONDES_SAMPLE_F32, 0, NULL, &audio, &err));
  const volatile float *samples = (const volatile float *)ondes_audio_samples(audio);
  ondes_audio_free(audio);
  ondes_reader_free(reader);
  return samples[500] > 2;
}
