/* Decodes many files on all cores, as 16 kHz mono. */
#include <ondes.h>
#include <stdio.h>

int main(int argc, char **argv) {
  ondes_read_options speech = ONDES_READ_OPTIONS_INIT;
  speech.rate = 16000;
  speech.mono = 1;
  ondes_batch_options options = ONDES_BATCH_OPTIONS_INIT;
  options.read = &speech;

  ondes_error *err = NULL;
  ondes_batch *batch = NULL;
  int32_t status = ondes_batch_new(&options, &batch, &err);
  for (int i = 1; i < argc && status == ONDES_STATUS_OK; i++) status = ondes_batch_add_path(batch, argv[i], &err);

  ondes_batch_item *item = NULL;
  while (status == ONDES_STATUS_OK && (status = ondes_batch_next(batch, &item, &err)) == ONDES_STATUS_OK && item) {
    const ondes_audio *audio = ondes_batch_item_audio(item); /* float, at ondes_audio_samples */
    if (audio)
      printf("%s: %.3f s\n", ondes_batch_item_name(item), (double)ondes_audio_frames(audio) / 16000);
    else
      printf("%s\n", ondes_error_message(ondes_batch_item_error(item)));
    ondes_batch_item_free(item);
  }
  if (err) fprintf(stderr, "%s\n", ondes_error_message(err));
  ondes_error_free(err);
  ondes_batch_free(batch);
  return status != ONDES_STATUS_OK;
}
