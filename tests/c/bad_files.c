/* Hostile and unsupported files, given as arguments: each is read as far as it
 * goes or refused with a status of the file's class and a message that begins
 * with its name; never a fault, never another class. */
#include "test.h"

static int read_as_far_as_it_goes, refused;

static void check_status(const char *path, int32_t status, ondes_error *err) {
  if (status == ONDES_STATUS_OK) {
    CHECK(err == NULL);
    return;
  }
  CHECK(status <= ONDES_STATUS_UNRECOGNIZED && status >= ONDES_STATUS_FORMAT_CHANGED);
  CHECK(strncmp(ondes_error_message(err), path, strlen(path)) == 0);
  CHECK(strlen(ondes_error_message(err)) > strlen(path) + 10);
  if (test_failures) fprintf(stderr, "  ^ %s: %s\n", path, ondes_error_message(err));
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    ondes_error *err = NULL;
    ondes_reader *reader = NULL;
    ondes_audio *audio = NULL;
    int32_t status = ondes_reader_open_path(argv[i], NULL, &reader, &err);
    if (status == ONDES_STATUS_OK) status = ondes_reader_load(reader, ONDES_SAMPLE_F32, 0, NULL, &audio, &err);
    check_status(argv[i], status, err);
    if (status == ONDES_STATUS_OK)
      read_as_far_as_it_goes++;
    else
      refused++;
    ondes_error_free(err);
    ondes_audio_free(audio);
    ondes_reader_free(reader);
  }
  CHECK(refused > read_as_far_as_it_goes);
  return test_end();
}
