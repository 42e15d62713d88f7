/* Many files: results in order, each with its own status; progress, cancel,
 * collecting, and one padded block. */
#include "stream.h"

enum { FILES = 40 };
static ondes_error *err;

static uint32_t length(int i) { return (uint32_t)(1000 + i * 37); }

static ondes_batch *new_batch(const ondes_batch_options *options) {
  ondes_batch *batch;
  char name[32];
  OK(ondes_batch_new(options, &batch, &err));
  for (int i = 0; i < FILES; i++) {
    snprintf(name, sizeof name, "batch%d.wav", i);
    OK(ondes_batch_add_path(batch, i == 7 ? "batch missing.wav" : name, &err));
  }
  CHECK(ondes_batch_count(batch) == FILES);
  return batch;
}

static void check_item(const ondes_batch_item *item, int i) {
  CHECK(ondes_batch_item_index(item) == (uint64_t)i);
  ondes_info info = ONDES_INFO_INIT;
  OK(ondes_batch_item_info(item, &info, &err));
  if (i == 7) {
    const ondes_error *error = ondes_batch_item_error(item);
    CHECK(ondes_batch_item_status(item) == ONDES_STATUS_NOT_FOUND);
    CHECK(ondes_error_status(error) == ONDES_STATUS_NOT_FOUND);
    CHECK(strstr(ondes_error_message(error), "batch missing.wav: ") != NULL);
    CHECK(strcmp(ondes_batch_item_name(item), "batch missing.wav") == 0);
    CHECK(ondes_batch_item_audio(item) == NULL && ondes_batch_item_frames(item) == 0 && info.codec == 0);
    return;
  }
  const ondes_audio *audio = ondes_batch_item_audio(item);
  const float *samples = (const float *)ondes_audio_samples(audio);
  CHECK(ondes_batch_item_status(item) == 0 && ondes_batch_item_error(item) == NULL);
  CHECK(ondes_audio_frames(audio) == length(i) && ondes_batch_item_frames(item) == length(i));
  CHECK(info.codec == ONDES_CODEC_PCM && info.output_frames == length(i));
  CHECK(samples[length(i) - 1] == test_sample(length(i) - 1, 0) / 32768.0f);
}

typedef struct {
  int calls, stop_after;
  ondes_progress last;
  ondes_batch *batch;
} watcher;

static int32_t watch(void *user_data, const ondes_progress *progress) {
  watcher *w = (watcher *)user_data;
  uint64_t n = 0;
  ondes_batch_item *item;
  w->calls++;
  CHECK(progress->struct_size == sizeof *progress && progress->files >= w->last.files);
  w->last = *progress;
  if (w->batch) n = (uint64_t)ondes_batch_next(w->batch, &item, NULL);
  CHECK(!w->batch || n == (uint64_t)ONDES_STATUS_BUSY);
  return w->stop_after && w->calls >= w->stop_after ? ONDES_CANCEL : ONDES_CONTINUE;
}

static void in_order(void) {
  watcher w;
  memset(&w, 0, sizeof w);
  ondes_batch_options options = ONDES_BATCH_OPTIONS_INIT;
  options.workers = 3;
  options.ahead = 2;
  options.progress = watch;
  options.user_data = &w;
  ondes_batch *batch = new_batch(&options);
  w.batch = batch;
  ondes_batch_item *item, *kept = NULL;
  for (int i = 0; i < FILES; i++) {
    OK(ondes_batch_next(batch, &item, &err));
    check_item(item, i);
    if (i == 20) kept = item; else ondes_batch_item_free(item);
  }
  OK(ondes_batch_next(batch, &item, &err));
  CHECK(item == NULL);
  FAILS(ONDES_STATUS_CLOSED, "the batch has begun",
        ondes_batch_fill(batch, NULL, 1, 1, ONDES_PADDING_ZERO, &item, 1, &err));
  CHECK(w.calls >= 1 && w.last.files == FILES && w.last.files_total == FILES && w.last.failed == 1);
  CHECK(w.last.frames > FILES * 1000 && w.last.bytes > FILES * 2000 && w.last.seconds > 1);
  ondes_batch_free(batch);
  /* An item does not need its batch. */
  check_item(kept, 20);
  ondes_batch_item_free(kept);
}

static void collected(void) {
  ondes_batch_item *items[FILES + 2];
  ondes_batch *batch = new_batch(NULL);
  FAILS(ONDES_STATUS_OUT_OF_RANGE, "items has room for 39, but the batch has 40 files",
        ondes_batch_collect(batch, items, FILES - 1, &err));
  OK(ondes_batch_collect(batch, items, FILES + 2, &err));
  for (int i = 0; i < FILES; i++) check_item(items[i], i), ondes_batch_item_free(items[i]);
  CHECK(items[FILES] == NULL && items[FILES + 1] == NULL);
  ondes_batch_free(batch);

  /* Unordered results are collected in order all the same; nothing at all is fine too. */
  ondes_batch_options options = ONDES_BATCH_OPTIONS_INIT;
  options.unordered = 1;
  batch = new_batch(&options);
  OK(ondes_batch_collect(batch, items, FILES, &err));
  for (int i = 0; i < FILES; i++) check_item(items[i], i), ondes_batch_item_free(items[i]);
  ondes_batch_free(batch);
  OK(ondes_batch_new(NULL, &batch, &err));
  OK(ondes_batch_collect(batch, NULL, 0, &err));
  ondes_batch_free(batch);
  OK(ondes_batch_new(NULL, &batch, &err));
  OK(ondes_batch_fill(batch, NULL, 2, 100, ONDES_PADDING_ZERO, NULL, 0, &err));
  ondes_batch_free(batch);
}

static void filled(int32_t padding, int32_t layout) {
  enum { ROOM = 1500 };
  static int16_t block[FILES][ROOM];
  ondes_batch_item *items[FILES];
  ondes_batch_options options = ONDES_BATCH_OPTIONS_INIT;
  options.format = ONDES_SAMPLE_I16;
  options.layout = layout;
  ondes_batch *batch = new_batch(&options);
  memset(block, 0x5a, sizeof block);
  OK(ondes_batch_fill(batch, block, 1, ROOM, padding, items, FILES, &err));
  for (int i = 0; i < FILES; i++) {
    uint64_t n = i == 7 ? 0 : length(i) < ROOM ? length(i) : ROOM;
    int wrong = 0;
    CHECK(ondes_batch_item_frames(items[i]) == n && ondes_batch_item_audio(items[i]) == NULL);
    for (uint64_t f = 0; f < ROOM; f++) {
      int16_t after = padding == ONDES_PADDING_REPEAT && n ? test_sample(f % (n ? n : 1), 0) : 0;
      wrong += block[i][f] != (f < n ? test_sample(f, 0) : after);
    }
    CHECK(wrong == 0);
    ondes_batch_item_free(items[i]);
  }
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "padding is 9", ondes_batch_fill(batch, block, 1, ROOM, 9, items, FILES, &err));
  CHECK(items[0] == NULL);

  /* Files with another number of channels than the block fail, one by one. */
  OK(ondes_batch_fill(batch, block, 2, ROOM / 2, padding, items, FILES, &err));
  CHECK(ondes_batch_item_status(items[0]) == ONDES_STATUS_INVALID_ARGUMENT);
  CHECK(strstr(ondes_error_message(ondes_batch_item_error(items[0])), "gives 1 channel, the block has room for 2"));
  for (int i = 0; i < FILES; i++) ondes_batch_item_free(items[i]);
  ondes_batch_free(batch);
}

static void cancelled(void) {
  ondes_cancel *cancel;
  ondes_batch_item *items[FILES];
  OK(ondes_cancel_new(&cancel, &err));
  ondes_cancel_set(cancel);
  ondes_batch_options options = ONDES_BATCH_OPTIONS_INIT;
  options.cancel = cancel;
  ondes_batch *batch = new_batch(&options);
  /* The batch keeps what it needs of the token. */
  ondes_cancel_free(cancel);
  OK(ondes_batch_collect(batch, items, FILES, &err));
  for (int i = 0; i < FILES; i++) {
    CHECK(ondes_batch_item_status(items[i]) == ONDES_STATUS_CANCELLED);
    ondes_batch_item_free(items[i]);
  }
  ondes_batch_free(batch);

  watcher w;
  memset(&w, 0, sizeof w);
  w.stop_after = 1;
  options.cancel = NULL;
  options.workers = options.ahead = 1;
  options.progress = watch;
  options.user_data = &w;
  batch = new_batch(&options);
  OK(ondes_batch_collect(batch, items, FILES, &err));
  CHECK(w.calls == 1 && ondes_batch_item_status(items[FILES - 1]) == ONDES_STATUS_CANCELLED);
  for (int i = 0; i < FILES; i++) ondes_batch_item_free(items[i]);
  ondes_batch_free(batch);

  /* Broken off before the first and after some results. */
  ondes_batch_free(new_batch(NULL));
  batch = new_batch(NULL);
  OK(ondes_batch_next(batch, &items[0], &err));
  ondes_batch_free(batch);
  ondes_batch_item_free(items[0]);
}

/* Without an end: a file is added for each result that is taken. Paths, memory and streams take turns. */
static void endless(void) {
  enum { WINDOW = 5, ROUNDS = 200 };
  uint64_t size;
  uint8_t *wav = test_wav(length(3), 1, 16000, &size);
  stream streams[ROUNDS];
  memset(streams, 0, sizeof streams);
  ondes_batch_options options = ONDES_BATCH_OPTIONS_INIT;
  options.workers = 2;
  options.ahead = 3;
  ondes_batch *batch;
  ondes_batch_item *item;
  OK(ondes_batch_new(&options, &batch, &err));
  OK(ondes_batch_next(batch, &item, &err));
  CHECK(item == NULL);
  for (int i = 0; i < ROUNDS + WINDOW; i++) {
    if (i < ROUNDS) {
      streams[i].data = wav;
      streams[i].size = (int64_t)size;
      streams[i].bad = i == 50 ? 'r' : 0;
      streams[i].wrong_by = -1000000;
      ondes_io io = stream_io(&streams[i]);
      if (i % 3 == 0) OK(ondes_batch_add_path(batch, "batch3.wav", &err));
      if (i % 3 == 1) OK(ondes_batch_add_memory(batch, wav, size, NULL, &err));
      if (i % 3 == 2) OK(ondes_batch_add_io(batch, &io, "stream.wav", &err));
    }
    if (i < WINDOW) continue;
    int done = i - WINDOW;
    OK(ondes_batch_next(batch, &item, &err));
    CHECK(ondes_batch_item_index(item) == (uint64_t)done);
    CHECK(ondes_batch_item_frames(item) == (done == 50 ? 0 : length(3)));
    CHECK(ondes_batch_item_status(item) == (done == 50 ? ONDES_STATUS_CALLBACK : ONDES_STATUS_OK));
    CHECK(streams[done].closes == (done % 3 == 2));
    ondes_batch_item_free(item);
  }
  OK(ondes_batch_next(batch, &item, &err));
  CHECK(item == NULL && ondes_batch_count(batch) == ROUNDS);
  ondes_batch_free(batch);

  /* What no worker came to is closed with the batch; what cannot be read, not at all. */
  stream unread;
  memset(&unread, 0, sizeof unread);
  ondes_io io = stream_io(&unread);
  OK(ondes_batch_new(NULL, &batch, &err));
  OK(ondes_batch_add_io(batch, &io, NULL, &err));
  io.read = NULL;
  FAILS(ONDES_STATUS_NULL_ARGUMENT, "io.read", ondes_batch_add_io(batch, &io, NULL, &err));
  CHECK(unread.closes == 1);
  ondes_batch_free(batch);
  CHECK(unread.closes == 2 && unread.reads == 0);
  free(wav);
}

int main(void) {
  char name[32];
  for (int i = 0; i < FILES; i++) {
    snprintf(name, sizeof name, "batch%d.wav", i);
    test_wav_file(name, length(i), 1, 16000);
  }
  in_order();
  collected();
  filled(ONDES_PADDING_ZERO, ONDES_LAYOUT_INTERLEAVED);
  filled(ONDES_PADDING_REPEAT, ONDES_LAYOUT_PLANAR);
  cancelled();
  endless();

  /* Memory and paths in one batch, and what is no audio. */
  uint64_t size;
  uint8_t *wav = test_wav(length(0), 1, 16000, &size);
  ondes_batch *batch;
  ondes_batch_item *items[3];
  OK(ondes_batch_new(NULL, &batch, &err));
  OK(ondes_batch_add_memory(batch, wav, size, "upload", &err));
  OK(ondes_batch_add_memory(batch, (const uint8_t *)"nonsense", 8, "worse", &err));
  OK(ondes_batch_add_memory(batch, wav, size - 500, NULL, &err));
  OK(ondes_batch_collect(batch, items, 3, &err));
  check_item(items[0], 0);
  CHECK(strcmp(ondes_batch_item_name(items[0]), "upload") == 0);
  CHECK(ondes_batch_item_status(items[1]) == ONDES_STATUS_UNRECOGNIZED);
  CHECK(strstr(ondes_error_message(ondes_batch_item_error(items[1])), "worse: ") != NULL);
  CHECK(ondes_batch_item_frames(items[2]) == length(0) - 250 && ondes_batch_item_warning_count(items[2]) >= 1);
  const char *message;
  uint64_t offset;
  OK(ondes_batch_item_warning(items[2], 0, &message, &offset, &err));
  CHECK(strlen(message) > 10);
  FAILS(ONDES_STATUS_OUT_OF_RANGE, "there is no warning 9", ondes_batch_item_warning(items[2], 9, &message, &offset, &err));
  for (int i = 0; i < 3; i++) ondes_batch_item_free(items[i]);
  ondes_batch_free(batch);
  free(wav);
  return test_end();
}
