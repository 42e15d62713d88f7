/* A handle of another type is found out, and never followed. */
#include "test.h"

int main(void) {
  ondes_error *err = NULL;
  ondes_reader *reader;
  ondes_audio *audio;
  ondes_batch *batch;
  ondes_cancel *cancel;
  uint64_t frames;
  OK(ondes_reader_open_path(test_wav_file("wrong_handle.wav", 100, 1, 8000), NULL, &reader, &err));
  OK(ondes_reader_load(reader, ONDES_SAMPLE_I16, ONDES_LAYOUT_INTERLEAVED, NULL, &audio, &err));
  ondes_audio *const loaded = audio;
  OK(ondes_batch_new(NULL, &batch, &err));
  OK(ondes_cancel_new(&cancel, &err));

  FAILS(ONDES_STATUS_WRONG_HANDLE, "ondes_reader_measure: reader is no live ondes_reader",
        ondes_reader_measure((ondes_reader *)batch, NULL, &frames, &err));
  FAILS(ONDES_STATUS_WRONG_HANDLE, "batch is no live ondes_batch",
        ondes_batch_add_path((ondes_batch *)reader, "path", &err));
  FAILS(ONDES_STATUS_WRONG_HANDLE, "cancel is no live ondes_cancel",
        ondes_reader_load(reader, ONDES_SAMPLE_I16, 0, (ondes_cancel *)loaded, &audio, &err));
  CHECK(audio == NULL);
  uint64_t words[8] = {0};
  FAILS(ONDES_STATUS_WRONG_HANDLE, "reader", ondes_reader_seek((ondes_reader *)words, 0, &err));
  FAILS(ONDES_STATUS_WRONG_HANDLE, "reader", ondes_reader_seek((ondes_reader *)((char *)words + 1), 0, &err));

  CHECK(ondes_audio_frames((ondes_audio *)reader) == 0 && ondes_audio_samples((ondes_audio *)batch) == NULL);
  CHECK(strcmp(ondes_error_message((ondes_error *)reader), "") == 0);
  CHECK(ondes_cancel_is_set((ondes_cancel *)reader) == 0);
  /* Freeing as another type does nothing. */
  ondes_audio_free((ondes_audio *)reader);
  ondes_reader_free((ondes_reader *)batch);
  OK(ondes_reader_seek(reader, 0, &err));
  CHECK(ondes_batch_count(batch) == 0);

  ondes_audio_free(loaded);
  ondes_cancel_free(cancel);
  ondes_batch_free(batch);
  ondes_reader_free(reader);
  return test_end();
}
