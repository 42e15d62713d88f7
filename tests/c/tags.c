/* Tags: read from a path, memory, a stream and a reader; changed; written;
 * looked at from several threads. */
#include "stream.h"

#include <pthread.h>

static ondes_error *err;

/* A WAV file with LIST INFO (title, two comments) and an ID3v2 chunk with a
 * picture, both behind the audio. */
static uint8_t *tagged_wav(uint64_t *size) {
  static const char list[] =
      "LIST\x32\0\0\0INFO"
      "INAM\x06\0\0\0title\0"
      "ICMT\x02\0\0\0a\0"
      "ICMT\x04\0\0\0\xc3\xa9!\0"
      "IART";
  static const char tail[] =
      "\x02\0\0\0b\0"
      "id3 \x23\0\0\0"
      "ID3\x04\0\0\0\0\0\x19"
      "APIC\0\0\0\x0f\0\0\0image/png\0\x03\0\x89P\0";
  uint64_t plain;
  uint8_t *wav = test_wav(100, 1, 8000, &plain);
  *size = plain + sizeof list - 1 + sizeof tail - 1;
  wav = (uint8_t *)realloc(wav, (size_t)*size);
  if (wav == NULL) abort();
  memcpy(wav + plain, list, sizeof list - 1);
  memcpy(wav + plain + sizeof list - 1, tail, sizeof tail - 1);
  test_put(wav + 4, (uint32_t)*size - 8, 4);
  return wav;
}

static int is(const char *text, const char *expected) {
  return text != NULL && strcmp(text, expected) == 0;
}

static void check_file_tags(const ondes_tags *tags) {
  CHECK(ondes_tags_is_complete(tags) == 1 && ondes_tags_count(tags) == 4);
  CHECK(is(ondes_tags_get(tags, "title"), "title") && is(ondes_tags_get(tags, "ARTIST"), "b"));
  CHECK(is(ondes_tags_get(tags, "comments"), "a") && ondes_tags_get(tags, "album") == NULL);
  CHECK(is(ondes_tags_key(tags, 2), "comment") && is(ondes_tags_value(tags, 2), "\xc3\xa9!"));
  CHECK(ondes_tags_key(tags, 4) == NULL && ondes_tags_value(tags, UINT64_MAX) == NULL);
  CHECK(ondes_tags_picture_count(tags) == 1);
  CHECK(ondes_tags_picture_kind(tags, 0) == ONDES_PICTURE_FRONT_COVER);
  CHECK(is(ondes_tags_picture_mime(tags, 0), "image/png") && is(ondes_tags_picture_description(tags, 0), ""));
  CHECK(ondes_tags_picture_size(tags, 0) == 2 && memcmp(ondes_tags_picture_data(tags, 0), "\x89P", 2) == 0);
  CHECK(ondes_tags_picture_data(tags, 1) == NULL && ondes_tags_picture_size(tags, 1) == 0);
  CHECK(ondes_tags_picture_mime(tags, 1) == NULL && ondes_tags_picture_description(tags, 1) == NULL);
}

static void reading(void) {
  uint64_t size;
  uint8_t *wav = tagged_wav(&size);
  const char *path = test_file("tags.wav", wav, size);
  ondes_tags *tags;
  ondes_reader *reader;
  OK(ondes_tags_open_path(path, &tags, &err));
  check_file_tags(tags);
  ondes_tags_free(tags);
  OK(ondes_tags_open_memory(wav, size, NULL, &tags, &err));
  check_file_tags(tags);
  ondes_tags_free(tags);

  stream s = {.data = wav, .size = (int64_t)size, .piece = 7};
  ondes_io io = stream_io(&s);
  OK(ondes_tags_open_io(&io, NULL, &tags, &err));
  CHECK(s.closes == 1);
  check_file_tags(tags);
  ondes_tags_free(tags);

  /* Forward only: what is behind the audio is out of reach, and not waited for. */
  stream forward = {.data = wav, .size = (int64_t)size};
  io = stream_io(&forward);
  io.seek = NULL;
  OK(ondes_tags_open_io(&io, NULL, &tags, &err));
  CHECK(forward.closes == 1 && ondes_tags_count(tags) == 0);
  ondes_tags_free(tags);

  /* Of a reader, whose position and samples stay what they are. */
  stream both = {.data = wav, .size = (int64_t)size};
  io = stream_io(&both);
  int16_t samples[100];
  uint64_t n;
  OK(ondes_reader_open_io(&io, NULL, NULL, &reader, &err));
  OK(ondes_reader_read(reader, ONDES_SAMPLE_I16, 0, samples, 10, &n, &err));
  OK(ondes_reader_tags(reader, &tags, &err));
  OK(ondes_reader_read(reader, ONDES_SAMPLE_I16, 0, samples + 10, 90, &n, &err));
  CHECK(n == 90 && samples[10] == test_sample(10, 0) && samples[99] == test_sample(99, 0));
  CHECK(both.closes == 0);
  ondes_reader_free(reader);
  CHECK(both.closes == 1);
  check_file_tags(tags);
  ondes_tags_free(tags);

  stream once = {.data = wav, .size = (int64_t)size};
  io = stream_io(&once);
  io.seek = NULL;
  OK(ondes_reader_open_io(&io, "a.wav", NULL, &reader, &err));
  FAILS(ONDES_STATUS_NOT_SEEKABLE, "a.wav: the source cannot go back to its tags",
        ondes_reader_tags(reader, &tags, &err));
  CHECK(tags == NULL);
  ondes_reader_free(reader);
  free(wav);

  FAILS(ONDES_STATUS_NOT_FOUND, "no such place.mp3", ondes_tags_open_path("no such place.mp3", &tags, &err));
  FAILS(ONDES_STATUS_UNRECOGNIZED, "t.txt", ondes_tags_open_memory((const uint8_t *)"text", 4, "t.txt", &tags, &err));
}

static void changing(void) {
  ondes_tags *tags;
  OK(ondes_tags_new(&tags, &err));
  CHECK(ondes_tags_count(tags) == 0 && ondes_tags_is_complete(tags) == 1);
  OK(ondes_tags_set(tags, "Title", "one", &err));
  OK(ondes_tags_add(tags, "My Key", "x", &err));
  OK(ondes_tags_add(tags, "title", "two", &err));
  CHECK(ondes_tags_count(tags) == 3 && is(ondes_tags_key(tags, 0), "title") && is(ondes_tags_key(tags, 1), "My Key"));
  OK(ondes_tags_set(tags, "TITLE", "three", &err));
  CHECK(ondes_tags_count(tags) == 2 && is(ondes_tags_value(tags, 0), "three"));
  OK(ondes_tags_set(tags, "track", "3/12", &err));
  CHECK(is(ondes_tags_get(tags, "tracknumber"), "3") && is(ondes_tags_get(tags, "tracktotal"), "12"));
  OK(ondes_tags_remove(tags, "my key", &err));
  OK(ondes_tags_remove(tags, "nothing", &err));
  CHECK(ondes_tags_get(tags, "my key") == NULL);

  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "key of a tag is empty", ondes_tags_set(tags, "", "x", &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "ondes_tags_set: value is not UTF-8", ondes_tags_set(tags, "a", "\xff", &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "key is not UTF-8", ondes_tags_add(tags, "\xc3", "x", &err));
  CHECK(ondes_tags_get(tags, "\xff") == NULL);

  const uint8_t png[] = "\x89PNG\r\n\x1a\n....";
  OK(ondes_tags_add_picture(tags, ONDES_PICTURE_BACK_COVER, NULL, NULL, png, 12, &err));
  OK(ondes_tags_add_picture(tags, ONDES_PICTURE_OTHER, "image/x", "d", png + 1, 3, &err));
  CHECK(is(ondes_tags_picture_mime(tags, 0), "image/png") && is(ondes_tags_picture_description(tags, 1), "d"));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "its MIME type must be given",
        ondes_tags_add_picture(tags, 0, NULL, NULL, png + 1, 3, &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "kind is 21", ondes_tags_add_picture(tags, 21, NULL, NULL, png, 12, &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "printable ASCII",
        ondes_tags_add_picture(tags, 0, "image/\xc3\xa9", NULL, png, 12, &err));
  FAILS(ONDES_STATUS_OUT_OF_RANGE, "there is no picture 2, but 2 of them", ondes_tags_remove_picture(tags, 2, &err));
  OK(ondes_tags_remove_picture(tags, 0, &err));
  CHECK(ondes_tags_picture_count(tags) == 1 && is(ondes_tags_picture_mime(tags, 0), "image/x"));
  OK(ondes_tags_clear(tags, &err));
  CHECK(ondes_tags_count(tags) == 0 && ondes_tags_picture_count(tags) == 0);

  FAILS(ONDES_STATUS_WRONG_HANDLE, "tags is no live ondes_tags",
        ondes_tags_clear((ondes_tags *)ondes_tags_known_key(0), &err));
  ondes_tags_free(tags);

  uint64_t keys = 0;
  int isrc = 0;
  for (const char *key; (key = ondes_tags_known_key(keys)) != NULL; keys++) isrc += is(key, "isrc");
  CHECK(is(ondes_tags_known_key(0), "title") && keys > 40 && isrc == 1);
}

static void writing(void) {
  const float silence[100] = {0};
  const char *const formats[] = {"wav", "aiff", "caf"};
  ondes_tags *tags, *back;
  ondes_bytes *bytes;
  OK(ondes_tags_new(&tags, &err));
  OK(ondes_tags_add(tags, "title", "\xc3\xa9", &err));
  OK(ondes_tags_add(tags, "own key", "x", &err));
  for (int i = 0; i < 3; i++) {
    ondes_write_options options = ONDES_WRITE_OPTIONS_INIT;
    options.format = formats[i];
    options.rate = 8000;
    options.channels = 1;
    options.tags = tags;
    OK(ondes_encode(ONDES_SAMPLE_F32, 0, silence, 100, &options, &bytes, &err));
    OK(ondes_tags_open_memory(ondes_bytes_data(bytes), ondes_bytes_size(bytes), NULL, &back, &err));
    CHECK(is(ondes_tags_get(back, "title"), "\xc3\xa9") && is(ondes_tags_get(back, "own key"), "x"));
    ondes_tags_free(back);
    ondes_bytes_free(bytes);

    options.tags = (const ondes_tags *)ondes_tags_known_key(0);
    FAILS(ONDES_STATUS_WRONG_HANDLE, "options.tags is no live ondes_tags",
          ondes_encode(ONDES_SAMPLE_F32, 0, silence, 100, &options, &bytes, &err));
  }
  ondes_tags_free(tags);
}

static void *look(void *context) {
  const ondes_tags *tags = (const ondes_tags *)context;
  for (int i = 0; i < 1000; i++) {
    if (!is(ondes_tags_get(tags, "title"), "title") || ondes_tags_picture_size(tags, 0) != 2) return context;
  }
  return NULL;
}

static void looking_from_several_threads(void) {
  uint64_t size;
  uint8_t *wav = tagged_wav(&size);
  ondes_tags *tags;
  OK(ondes_tags_open_memory(wav, size, NULL, &tags, &err));
  free(wav);
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) CHECK(pthread_create(&threads[i], NULL, look, tags) == 0);
  for (int i = 0; i < 4; i++) {
    void *failed;
    CHECK(pthread_join(threads[i], &failed) == 0 && failed == NULL);
  }
  ondes_tags_free(tags);
}

int main(void) {
  reading();
  changing();
  writing();
  looking_from_several_threads();
  return test_end();
}
