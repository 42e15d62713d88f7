/* A user of the installed library, in C: what is in the files that it is given? */
#include <ondes.h>
#include <stdio.h>
#include <string.h>

/* What a program may have of its own, beside the library's codecs. */
int opus_decoder_create(void);
int opus_decoder_create(void) { return 1; }
int lame_init(void);
int lame_init(void) { return 1; }
int FLAC__stream_encoder_new(void);
int FLAC__stream_encoder_new(void) { return 1; }

int main(int argc, char **argv) {
  if (strcmp(ondes_version_string(), ONDES_VERSION_STRING)) return 2;
  for (int i = 1; i < argc; i++) {
    ondes_error *err = NULL;
    ondes_reader *reader = NULL;
    ondes_audio *audio = NULL;
    if (ondes_reader_open_path(argv[i], NULL, &reader, &err) ||
        ondes_reader_load(reader, ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, NULL, &audio, &err))
      printf("%s\n", ondes_error_message(err));
    else
      printf("%llu frames, %u Hz, %u channels\n", (unsigned long long)ondes_audio_frames(audio),
             (unsigned)ondes_audio_rate(audio), (unsigned)ondes_audio_channels(audio));
    ondes_audio_free(audio);
    ondes_reader_free(reader);
    ondes_error_free(err);
  }
  return opus_decoder_create() + lame_init() + FLAC__stream_encoder_new() == 3 ? 0 : 3;
}
