/* An error says which file, where in it and why; outputs are written all the same. */
#include "test.h"

#include <errno.h>
#include <sys/stat.h>

int main(void) {
  ondes_error *err = NULL;
  ondes_reader *reader = (ondes_reader *)&err;

  int32_t status = ondes_reader_open_path("no such file.wav", NULL, &reader, &err);
  CHECK(status == ONDES_STATUS_NOT_FOUND && reader == NULL);
  CHECK(ondes_error_status(err) == status && ondes_error_os_code(err) == ENOENT);
  CHECK(ondes_error_offset(err) == ONDES_UNKNOWN);
  CHECK(strstr(ondes_error_message(err), "no such file.wav: ") == ondes_error_message(err));
  ondes_error_free(err);

  mkdir("a directory.wav", 0700);
  FAILS(ONDES_STATUS_IS_DIRECTORY, "a directory.wav: ", ondes_reader_open_path("a directory.wav", NULL, &reader, &err));
  FAILS(ONDES_STATUS_UNRECOGNIZED, "empty.wav: the file is empty",
        ondes_reader_open_path(test_file("empty.wav", "", 0), NULL, &reader, &err));
  FAILS(ONDES_STATUS_UNRECOGNIZED, "text.txt: ",
        ondes_reader_open_path(test_file("text.txt", "To be or not to be", 18), NULL, &reader, &err));
  FAILS(ONDES_STATUS_NOT_FOUND, "", ondes_reader_open_path("", NULL, &reader, &err));

  /* Bytes that are not UTF-8 are a path all the same. */
  const char *raw = test_wav_file("caf\xe9.wav", 10, 1, 8000);
  OK(ondes_reader_open_path(raw, NULL, &reader, &err));
  ondes_reader_free(reader);

  /* A header that lies about its rate: the message is about the file. */
  uint64_t size;
  uint8_t *wav = test_wav(10, 1, 8000, &size);
  memset(wav + 24, 0, 4);
  FAILS(ONDES_STATUS_MALFORMED, "upload: ", ondes_reader_open_memory(wav, size, "upload", NULL, &reader, &err));
  free(wav);

  /* Without an error output only the status tells; a misuse names the call. */
  CHECK(ondes_reader_open_path("no such file.wav", NULL, &reader, NULL) == ONDES_STATUS_NOT_FOUND);
  FAILS(ONDES_STATUS_NULL_ARGUMENT, "ondes_reader_open_path: path is NULL",
        ondes_reader_open_path(NULL, NULL, &reader, &err));

  /* Errors outlive what they are about, and each is the caller's own. */
  ondes_error *first = NULL, *second = NULL;
  ondes_reader_open_path("first", NULL, &reader, &first);
  ondes_reader_open_path("second", NULL, &reader, &second);
  CHECK(strstr(ondes_error_message(first), "first") && strstr(ondes_error_message(second), "second"));
  ondes_error_free(second);
  ondes_error_free(first);
  return test_end();
}
