/* The same results as in every other language: tests/conformance/README.md.
 *
 *   conformance CASES DATA     CASES by tests/conformance/flat.py, DATA is tests/data
 */
#include <ondes.h>

#include "cases.h"

static const char *data;        /* the folder of test data */
static const fields *one;       /* the case */
static fields got;              /* what it gives */
static ondes_error *err = NULL; /* why a call failed */

/* Callbacks to bytes in memory. */
typedef struct {
  uint8_t *bytes;
  uint64_t size, room, at, most, good;
} stream;

/* What a case makes, freed after it: callbacks after what calls them. */
static struct {
  ondes_resampled *view;
  ondes_reader *reader, *again;
  ondes_writer *writer;
  ondes_audio *audio, *clip;
  ondes_tags *tags;
  ondes_batch *batch;
  ondes_cancel *cancel;
  ondes_resampler *resampler;
  ondes_map *map;
  ondes_stream *stream;
  ondes_bytes *bytes;
  stream written;
  void *memory[64];
  size_t count;
} owned;

#define TRY(call)                                 \
  do {                                            \
    int32_t status_ = (call);                     \
    if (status_ != ONDES_STATUS_OK) return status_; \
  } while (0)

static void free_owned(void) {
  ondes_resampled_free(owned.view);
  ondes_writer_free(owned.writer);
  ondes_reader_free(owned.reader);
  ondes_reader_free(owned.again);
  ondes_audio_free(owned.audio);
  ondes_audio_free(owned.clip);
  ondes_tags_free(owned.tags);
  ondes_batch_free(owned.batch);
  ondes_cancel_free(owned.cancel);
  ondes_resampler_free(owned.resampler);
  ondes_map_free(owned.map);
  ondes_stream_free(owned.stream);
  ondes_bytes_free(owned.bytes);
  free(owned.written.bytes);
  for (size_t i = 0; i < owned.count; i++) free(owned.memory[i]);
  memset(&owned, 0, sizeof owned);
}

static void *take(uint64_t size) {
  if (owned.count == sizeof owned.memory / sizeof *owned.memory) abort();
  return memset(owned.memory[owned.count++] = cases_grow(NULL, (size_t)size), 0, (size_t)(size ? size : 1));
}

/* ---- What the case says ---- */

static const char *word(const char *name) { return find(one, name); }
static int is(const char *name, const char *value) { return word(name) != NULL && strcmp(word(name), value) == 0; }
static int has(const char *name) { return word(name) != NULL; }
static uint64_t whole(const char *name, uint64_t otherwise) {
  return has(name) ? strtoull(word(name), NULL, 10) : otherwise;
}

static int32_t sample_named(const char *name) {
  for (int32_t format = ONDES_SAMPLE_U8; format <= ONDES_SAMPLE_F64; format++)
    if (strcmp(name, ondes_sample_name(format)) == 0) return format;
  return strcmp(name, "uint16") == 0 ? ONDES_NUMBER_U16 : strcmp(name, "uint32") == 0 ? ONDES_NUMBER_U32 : ONDES_NUMBER_U64;
}
static int32_t sample(void) { return has("with.sample") ? sample_named(word("with.sample")) : ONDES_SAMPLE_F32; }
static int32_t layout(void) { return is("with.layout", "planar") ? ONDES_LAYOUT_PLANAR : ONDES_LAYOUT_INTERLEAVED; }

static int32_t quality_named(const char *name) {
  static const struct {
    const char *name;
    int32_t number;
  } all[] = {{"balanced", ONDES_QUALITY_BALANCED}, {"fast", ONDES_QUALITY_FAST},         {"best", ONDES_QUALITY_BEST},
             {"linear", ONDES_QUALITY_LINEAR},     {"zero_order_hold", ONDES_QUALITY_ZERO_ORDER_HOLD}};
  for (size_t i = 0; name != NULL && i < sizeof all / sizeof *all; i++)
    if (strcmp(name, all[i].name) == 0) return all[i].number;
  return ONDES_QUALITY_BALANCED;
}
static int32_t length_rule(void) {
  return is("with.length_rule", "floor") ? ONDES_LENGTH_RULE_FLOOR : ONDES_LENGTH_RULE_EXACT;
}

static ondes_read_options read_options(void) {
  ondes_read_options options = ONDES_READ_OPTIONS_INIT;
  if (is("options.unit", "milliseconds")) options.flags |= ONDES_READ_MILLISECONDS;
  if (is("options.unit", "nanoseconds")) options.flags |= ONDES_READ_NANOSECONDS;
  if (is("options.trim", "false")) options.flags |= ONDES_READ_NO_TRIM;
  if (is("options.strict", "true")) options.flags |= ONDES_READ_STRICT;
  if (is("options.estimate_length", "true")) options.flags |= ONDES_READ_ESTIMATE_LENGTH;
  options.start = whole("options.start", 0);
  options.end = whole("options.end", 0);
  options.channels = (uint32_t)whole("options.channels", 0);
  options.mono = is("options.mono", "true");
  options.rate = (uint32_t)whole("options.rate", 0);
  options.threads = (uint32_t)whole("options.threads", 0);
  options.quality = quality_named(word("options.quality"));
  options.ending = is("options.ending", "silence")  ? ONDES_ENDING_SILENCE
                   : is("options.ending", "repeat") ? ONDES_ENDING_REPEAT
                                                    : ONDES_ENDING_SHORT;
  return options;
}

static const char *path_of(const char *file) {
  char *path = (char *)take(strlen(data) + strlen(file) + 2);
  sprintf(path, "%s/%s", data, file);
  return path;
}

static uint8_t *bytes_of(const char *path, uint64_t *size) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    perror(path);
    exit(1);
  }
  fseek(file, 0, SEEK_END);
  *size = (uint64_t)ftell(file);
  rewind(file);
  uint8_t *bytes = (uint8_t *)take(*size);
  if (fread(bytes, 1, (size_t)*size, file) != *size) exit(1);
  fclose(file);
  return bytes;
}

static uint8_t *from_hex(const char *text, uint64_t *size) {
  uint8_t *bytes = (uint8_t *)take(*size = strlen(text) / 2);
  for (uint64_t i = 0; i < *size; i++) {
    char pair[3] = {text[2 * i], text[2 * i + 1], 0};
    bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
  }
  return bytes;
}

/* ---- Callbacks ---- */

static int64_t read_some(void *user_data, uint8_t *dst, uint64_t len) {
  stream *s = (stream *)user_data;
  if (s->at >= s->good) return -7;
  uint64_t left = s->size - s->at, n = len < left ? len : left;
  if (n > s->most) n = s->most;
  memcpy(dst, s->bytes + s->at, (size_t)n);
  s->at += n;
  return (int64_t)n;
}

static int64_t write_all(void *user_data, const uint8_t *src, uint64_t len) {
  stream *s = (stream *)user_data;
  if (s->at + len > s->room) s->bytes = (uint8_t *)cases_grow(s->bytes, (size_t)(s->room = 2 * (s->at + len)));
  memcpy(s->bytes + s->at, src, (size_t)len);
  s->at += len;
  if (s->at > s->size) s->size = s->at;
  return (int64_t)len;
}

static int64_t move_to(void *user_data, int64_t position) {
  ((stream *)user_data)->at = (uint64_t)position;
  return position;
}
static int64_t tell(void *user_data) { return (int64_t)((stream *)user_data)->at; }
static int64_t size_of(void *user_data) { return (int64_t)((stream *)user_data)->size; }

/* What `prefix` names, opened as it says: a file's bytes, or its path if `io` and `bytes` stay empty. */
typedef struct {
  const char *file, *path;
  uint8_t *bytes;
  uint64_t size;
  ondes_io io;
  int is_io;
} source;

static source find_source(const char *prefix) {
  char name[80];
  source found = {NULL, NULL, NULL, 0, ONDES_IO_INIT, 0};
#define PART(part) (snprintf(name, sizeof name, "%s." part, prefix), word(name))
  found.file = PART("file");
  found.path = path_of(found.file);
  const char *how = PART("as");
  if (how == NULL || strcmp(how, "path") == 0) return found;
  found.bytes = bytes_of(found.path, &found.size);
  const char *patch = PART("patch.bytes");
  if (patch != NULL) {
    uint64_t length;
    uint8_t *bytes = from_hex(patch, &length);
    memcpy(found.bytes + strtoull(PART("patch.at"), NULL, 10), bytes, (size_t)length);
  }
  const char *cut = PART("cut");
  if (cut != NULL) found.size = strtoull(cut, NULL, 10);
#undef PART
  if (strcmp(how, "memory") == 0) return found;
  stream *s = (stream *)take(sizeof *s);
  int can_seek = strcmp(how, "io") == 0;
  s->bytes = found.bytes;
  s->size = found.size;
  s->most = can_seek ? UINT64_MAX : 1000;
  s->good = strcmp(how, "failing") == 0 ? 5000 : UINT64_MAX;
  found.io.user_data = s;
  found.io.read = read_some;
  if (can_seek) {
    found.io.seek = move_to;
    found.io.tell = tell;
    found.io.size = size_of;
  }
  found.is_io = 1;
  return found;
}

static int32_t open_reader(void) {
  source from = find_source("input");
  ondes_read_options options = read_options();
  if (from.is_io) return ondes_reader_open_io(&from.io, from.file, &options, &owned.reader, &err);
  if (from.bytes) return ondes_reader_open_memory(from.bytes, from.size, from.file, &options, &owned.reader, &err);
  return ondes_reader_open_path(from.path, &options, &owned.reader, &err);
}

/* ---- Frames ---- */

typedef struct {
  void *samples;
  uint64_t frames;
  uint32_t channels, size;
  int32_t format, layout;
} block;

static block new_block(uint64_t frames, uint32_t channels, int32_t format, int32_t order) {
  block b = {NULL, frames, channels, ondes_sample_size(format), format, order};
  b.samples = take(frames * channels * b.size);
  return b;
}

/* Frames from `start` on, as a block of their own. */
static block part(const block *b, uint64_t start, uint64_t frames) {
  if (start == 0 && frames == b->frames) return *b;
  block some = new_block(frames, b->channels, b->format, b->layout);
  uint64_t planes = b->layout == ONDES_LAYOUT_PLANAR ? b->channels : 1;
  uint64_t width = b->layout == ONDES_LAYOUT_PLANAR ? b->size : b->size * b->channels;
  for (uint64_t p = 0; p < planes; p++)
    memcpy((uint8_t *)some.samples + p * frames * width, (uint8_t *)b->samples + (p * b->frames + start) * width,
           (size_t)(frames * width));
  return some;
}

static void put_block(const char *prefix, const block *b) {
  int is_float = b->format == ONDES_SAMPLE_F32 || b->format == ONDES_SAMPLE_F64;
  put_frames(&got, prefix, b->samples, b->frames, b->channels, b->size, is_float, b->layout == ONDES_LAYOUT_PLANAR);
}

static void put_audio(const char *prefix, const ondes_audio *audio) {
  block b = {(void *)(uintptr_t)ondes_audio_samples(audio), ondes_audio_frames(audio), ondes_audio_channels(audio),
             ondes_sample_size(ondes_audio_format(audio)), ondes_audio_format(audio), ondes_audio_layout(audio)};
  put_block(prefix, &b);
  put_number(&got, prefix, "channels", b.channels);
  put_number(&got, prefix, "rate", ondes_audio_rate(audio));
}

static void put_error(const char *prefix, const ondes_error *error) {
  char name[80];
  snprintf(name, sizeof name, "%serror.status", prefix);
  put(&got, name, ondes_status_name(ondes_error_status(error)) + strlen("ONDES_STATUS_"));
  snprintf(name, sizeof name, "%serror.text", prefix);
  put(&got, name, ondes_error_message(error));
  snprintf(name, sizeof name, "%serror.", prefix);
  put_number(&got, name, "offset", ondes_error_offset(error));
}

static void put_warnings(void) {
  const char *message = "";
  uint64_t offset;
  put_number(&got, "", "warnings", ondes_reader_warning_count(owned.reader));
  (void)ondes_reader_warning(owned.reader, 0, &message, &offset, NULL);
  put(&got, "warning", message);
}

static int32_t make_cancel(void) {
  TRY(ondes_cancel_new(&owned.cancel, &err));
  if (is("with.cancelled", "true")) ondes_cancel_set(owned.cancel);
  return ONDES_STATUS_OK;
}

static int32_t seek(void) {
  return has("with.seek") ? ondes_reader_seek(owned.reader, whole("with.seek", 0), &err) : ONDES_STATUS_OK;
}

/* ---- Reading ---- */

static int32_t call_info(void) {
  ondes_info info = ONDES_INFO_INIT;
  TRY(open_reader());
  TRY(ondes_reader_info(owned.reader, &info, &err));
  put(&got, "container", ondes_container_name(info.container));
  put(&got, "codec", ondes_codec_name(info.codec));
  put(&got, "sample", ondes_sample_name(info.sample_format));
  put_number(&got, "", "bit_depth", info.bit_depth);
  put_number(&got, "", "rate", info.rate);
  put_number(&got, "", "channels", info.channels);
  put_number(&got, "", "channel_mask", info.channel_mask);
  put(&got, "is_exact", info.is_exact ? "true" : "false");
  put_number(&got, "", "frames", info.frames);
  put_number(&got, "", "output_frames", info.output_frames);
  put_number(&got, "", "output_rate", info.output_rate);
  put_number(&got, "", "output_channels", info.output_channels);
  put_warnings();
  return ONDES_STATUS_OK;
}

static int32_t call_load(void) {
  TRY(open_reader());
  TRY(seek());
  TRY(make_cancel());
  if (has("with.capacity")) {
    ondes_info info = ONDES_INFO_INIT;
    TRY(ondes_reader_info(owned.reader, &info, &err));
    block all = new_block(whole("with.capacity", 0), info.output_channels, sample(), layout());
    uint64_t frames;
    TRY(ondes_reader_load_into(owned.reader, all.format, all.layout, owned.cancel, all.samples, all.frames, &frames, &err));
    all = part(&all, 0, frames);
    put_block("", &all);
  } else {
    TRY(ondes_reader_load(owned.reader, sample(), layout(), owned.cancel, &owned.audio, &err));
    put_audio("", owned.audio);
  }
  put_warnings();
  return ONDES_STATUS_OK;
}

static int32_t read_block(uint64_t frames, block *b) {
  ondes_info info = ONDES_INFO_INIT;
  TRY(ondes_reader_info(owned.reader, &info, &err));
  block room = new_block(frames, info.output_channels, sample(), layout());
  TRY(ondes_reader_read(owned.reader, room.format, room.layout, room.samples, room.frames, &frames, &err));
  *b = part(&room, 0, frames);
  return ONDES_STATUS_OK;
}

static int32_t call_read(void) {
  block b;
  TRY(open_reader());
  if (has("with.skip")) TRY(read_block(whole("with.skip", 0), &b));
  TRY(seek());
  TRY(read_block(whole("with.frames", 0), &b));
  put_block("", &b);
  put_number(&got, "", "tell", ondes_reader_tell(owned.reader));
  return ONDES_STATUS_OK;
}

static int32_t call_chunks(void) {
  ondes_info info = ONDES_INFO_INIT;
  TRY(open_reader());
  TRY(ondes_reader_info(owned.reader, &info, &err));
  uint64_t size = whole("with.size", 0), frames, done = 0, width = info.output_channels * ondes_sample_size(sample());
  block piece = new_block(size, info.output_channels, sample(), ONDES_LAYOUT_INTERLEAVED);
  uint8_t *all = NULL;
  int32_t status;
  do {
    status = ondes_reader_read(owned.reader, piece.format, piece.layout, piece.samples, size, &frames, &err);
    all = (uint8_t *)cases_grow(all, (size_t)((done + frames) * width));
    memcpy(all + done * width, piece.samples, (size_t)(frames * width));
    done += frames;
  } while (!status && frames > 0);
  owned.memory[owned.count++] = all;
  piece.samples = all;
  piece.frames = done;
  put_block("", &piece);
  put_number(&got, "", "channels", info.output_channels);
  put_warnings();
  return status;
}

static int32_t call_measure(void) {
  uint64_t frames;
  TRY(open_reader());
  TRY(ondes_reader_measure(owned.reader, NULL, &frames, &err));
  put_number(&got, "", "frames", frames);
  return ONDES_STATUS_OK;
}

static int32_t call_verify(void) {
  int32_t checksum;
  TRY(open_reader());
  TRY(ondes_reader_verify(owned.reader, NULL, &checksum, &err));
  put(&got, "checksum", checksum == ONDES_CHECKSUM_NONE ? "none" : checksum == ONDES_CHECKSUM_MATCH ? "match" : "mismatch");
  return ONDES_STATUS_OK;
}

static void put_tags(const ondes_tags *tags) {
  size_t count = (size_t)ondes_tags_count(tags);
  char **texts = (char **)take(count * sizeof *texts);
  for (size_t i = 0; i < count; i++) {
    const char *key = ondes_tags_key(tags, i), *value = ondes_tags_value(tags, i);
    texts[i] = (char *)cases_grow(NULL, strlen(key) + strlen(value) + 2);
    sprintf(texts[i], "%s=%s", key, value);
  }
  put_texts(&got, texts, count);
}

static int32_t call_tags(void) {
  if (is("with.from", "file")) {
    source from = find_source("input");
    if (from.is_io)
      TRY(ondes_tags_open_io(&from.io, from.file, &owned.tags, &err));
    else if (from.bytes)
      TRY(ondes_tags_open_memory(from.bytes, from.size, from.file, &owned.tags, &err));
    else
      TRY(ondes_tags_open_path(from.path, &owned.tags, &err));
  } else {
    TRY(open_reader());
    TRY(ondes_reader_tags(owned.reader, &owned.tags, &err));
  }
  put_tags(owned.tags);
  put(&got, "is_complete", ondes_tags_is_complete(owned.tags) ? "true" : "false");
  for (uint64_t i = 0; i < ondes_tags_picture_count(owned.tags); i++) {
    char name[40], picture[200];
    snprintf(name, sizeof name, "pictures.%u", (unsigned)i);
    snprintf(picture, sizeof picture, "%d %s %llu %s", ondes_tags_picture_kind(owned.tags, i),
             ondes_tags_picture_mime(owned.tags, i), (unsigned long long)ondes_tags_picture_size(owned.tags, i),
             ondes_tags_picture_description(owned.tags, i));
    put(&got, name, picture);
  }
  return ONDES_STATUS_OK;
}

static int32_t call_loudness(void) {
  ondes_loudness_options options = ONDES_LOUDNESS_OPTIONS_INIT;
  ondes_loudness loudness = ONDES_LOUDNESS_INIT;
  if (is("with.true_peak", "false")) options.flags = ONDES_LOUDNESS_NO_TRUE_PEAK;
  TRY(open_reader());
  TRY(seek());
  TRY(ondes_reader_loudness(owned.reader, &options, &loudness, &err));
  put_number(&got, "", "frames", loudness.frames);
  put_float(&got, "integrated", loudness.integrated);
  put_float(&got, "range", loudness.range);
  put_float(&got, "max_momentary", loudness.max_momentary);
  put_float(&got, "max_short_term", loudness.max_short_term);
  put_float(&got, "sample_peak", loudness.sample_peak);
  put_float(&got, "true_peak", loudness.true_peak);
  return ONDES_STATUS_OK;
}

/* ---- Writing ---- */

/* What a file is that was made. */
static int32_t read_again(const uint8_t *bytes, uint64_t size) {
  ondes_info info = ONDES_INFO_INIT;
  ondes_audio *audio = NULL;
  char sum[33];
  md5(bytes, size, sum);
  put(&got, "bytes", sum);
  TRY(ondes_reader_open_memory(bytes, size, NULL, NULL, &owned.again, &err));
  TRY(ondes_reader_info(owned.again, &info, &err));
  put(&got, "container", ondes_container_name(info.container));
  put(&got, "codec", ondes_codec_name(info.codec));
  ondes_tags_free(owned.tags);
  TRY(ondes_reader_tags(owned.again, &owned.tags, &err));
  put_tags(owned.tags);
  TRY(ondes_reader_load(owned.again, sample(), ONDES_LAYOUT_INTERLEAVED, NULL, &audio, &err));
  put_audio("read.", audio);
  ondes_audio_free(audio);
  return ONDES_STATUS_OK;
}

static ondes_write_options write_options(void) {
  ondes_write_options options = ONDES_WRITE_OPTIONS_INIT;
  int is_like = is("with.like", "true") || is("call", "transcode");
  ondes_info info = ONDES_INFO_INIT;
  ondes_reader_info(owned.reader, &info, NULL);
  options.format = word("with.format");
  options.quality = word("with.quality");
  options.like = is_like ? owned.reader : NULL;
  options.rate = (uint32_t)whole("with.rate", is_like ? 0 : info.output_rate);
  options.channels = (uint32_t)whole("with.channels", is_like ? 0 : info.output_channels);
  options.sample_format = has("with.file_sample") ? sample_named(word("with.file_sample")) : 0;
  options.threads = (uint32_t)whole("with.threads", 0);
  if (is("with.atomic", "true")) options.flags |= ONDES_WRITE_ATOMIC;
  if (is("with.bit_reservoir", "false")) options.flags |= ONDES_WRITE_NO_BIT_RESERVOIR;
  return options;
}

static const char *target(void) { return has("with.path") ? word("with.path") : "made"; }

/* A writer to what the case says. */
static int32_t open_writer(const ondes_write_options *options) {
  ondes_io io = ONDES_IO_INIT;
  if (is("with.to", "path")) return ondes_writer_open_path(target(), options, &owned.writer, &err);
  if (!is("with.to", "io") && !is("with.to", "pipe")) return ondes_writer_open_memory(options, &owned.writer, &err);
  io.user_data = &owned.written;
  io.write = write_all;
  if (is("with.to", "io")) {
    io.seek = move_to;
    io.tell = tell;
  }
  return ondes_writer_open_io(&io, NULL, options, &owned.writer, &err);
}

/* What was written there. */
static int32_t read_written(void) {
  uint64_t size;
  put_number(&got, "", "frames", ondes_writer_frames(owned.writer));
  if (is("with.to", "path")) {
    const uint8_t *bytes = bytes_of(target(), &size);
    return read_again(bytes, size);
  }
  if (owned.written.bytes != NULL) return read_again(owned.written.bytes, owned.written.size);
  TRY(ondes_writer_take_bytes(owned.writer, &owned.bytes, &err));
  return read_again(ondes_bytes_data(owned.bytes), ondes_bytes_size(owned.bytes));
}

static int32_t write_block(const block *all) {
  ondes_write_options options = write_options();
  if (has("with.tags.0")) {
    TRY(ondes_tags_new(&owned.tags, &err));
    for (size_t i = 0; i < one->count; i++) {
      if (strncmp(one->list[i].name, "with.tags.", 10) != 0) continue;
      char *key = cases_copy(one->list[i].value), *value = strchr(key, '=');
      *value = 0;
      int32_t status = ondes_tags_add(owned.tags, key, value + 1, &err);
      free(key);
      TRY(status);
    }
    options.tags = owned.tags;
  }
  if (is("with.to", "encode")) {
    TRY(ondes_encode(all->format, all->layout, all->samples, all->frames, &options, &owned.bytes, &err));
    put_number(&got, "", "frames", all->frames);
    return read_again(ondes_bytes_data(owned.bytes), ondes_bytes_size(owned.bytes));
  }
  TRY(open_writer(&options));
  uint64_t chunk = whole("with.chunk", all->frames);
  for (uint64_t at = 0; at < all->frames; at += chunk) {
    block piece = part(all, at, chunk < all->frames - at ? chunk : all->frames - at);
    TRY(ondes_writer_write(owned.writer, piece.format, piece.layout, piece.samples, piece.frames, &err));
    if (is("with.flush", "true")) TRY(ondes_writer_flush(owned.writer, &err));
  }
  for (uint64_t i = 0; i < whole("with.finish", 1); i++) TRY(ondes_writer_finish(owned.writer, &err));
  return read_written();
}

static int32_t load_block(block *b) {
  TRY(open_reader());
  TRY(ondes_reader_load(owned.reader, sample(), layout(), NULL, &owned.audio, &err));
  block all = {(void *)(uintptr_t)ondes_audio_samples(owned.audio), ondes_audio_frames(owned.audio),
               ondes_audio_channels(owned.audio), ondes_sample_size(sample()), sample(), layout()};
  *b = all;
  return ONDES_STATUS_OK;
}

static int32_t call_write(void) {
  block all;
  TRY(load_block(&all));
  return write_block(&all);
}

static int32_t call_transcode(void) {
  ondes_transcode_options watch = ONDES_TRANSCODE_OPTIONS_INIT;
  uint64_t frames;
  TRY(open_reader());
  TRY(make_cancel());
  ondes_write_options options = write_options();
  TRY(open_writer(&options));
  watch.cancel = owned.cancel;
  TRY(ondes_transcode(owned.reader, owned.writer, &watch, &frames, &err));
  return read_written();
}

/* ---- Rates ---- */

static int32_t call_resample(void) {
  block all;
  TRY(load_block(&all));
  double rate = strtod(word("with.rate"), NULL);
  TRY(ondes_resampler_new(ondes_audio_rate(owned.audio), rate, all.channels, all.format, quality_named(word("with.quality")),
                          length_rule(), &owned.resampler, &err));
  uint64_t room = (uint64_t)((double)all.frames * rate / ondes_audio_rate(owned.audio)) + 1000, done = 0, frames;
  block out = new_block(room, all.channels, all.format, ONDES_LAYOUT_INTERLEAVED);
  uint64_t width = all.size * all.channels, chunk = whole("with.chunk", all.frames);
  for (uint64_t at = 0; at < all.frames; at += chunk) {
    uint64_t n = chunk < all.frames - at ? chunk : all.frames - at;
    uint64_t ready = ondes_resampler_output_frames(owned.resampler, n);
    TRY(ondes_resampler_process(owned.resampler, all.layout, (uint8_t *)all.samples + at * width, n,
                                (uint8_t *)out.samples + done * width, ready, &frames, &err));
    done += frames;
  }
  TRY(ondes_resampler_flush(owned.resampler, all.layout, (uint8_t *)out.samples + done * width,
                            ondes_resampler_flush_frames(owned.resampler), &frames, &err));
  out.frames = done + frames;
  put_block("", &out);
  return ONDES_STATUS_OK;
}

static int32_t call_resample_clip(void) {
  ondes_resample_options options = ONDES_RESAMPLE_OPTIONS_INIT;
  block all;
  TRY(load_block(&all));
  TRY(make_cancel());
  options.cancel = owned.cancel;
  options.quality = quality_named(word("with.quality"));
  options.threads = (uint32_t)whole("with.threads", 0);
  TRY(ondes_resample(all.format, all.layout, all.samples, all.frames, all.channels, ondes_audio_rate(owned.audio),
                     strtod(word("with.rate"), NULL), &options, &owned.clip, &err));
  put_audio("", owned.clip);
  return ONDES_STATUS_OK;
}

static int32_t call_resampled(void) {
  ondes_info info = ONDES_INFO_INIT;
  TRY(open_reader());
  TRY(ondes_reader_info(owned.reader, &info, &err));
  TRY(ondes_resampled_new(owned.reader, strtod(word("with.rate"), NULL), quality_named(word("with.quality")), length_rule(),
                          &owned.view, &err));
  uint64_t length = ondes_resampled_frames(owned.view), frames;
  put_number(&got, "", "length", length);
  if (is("with.free_reader", "true")) {
    ondes_reader_free(owned.reader);
    owned.reader = NULL;
  }
  if (has("with.seek")) TRY(ondes_resampled_seek(owned.view, whole("with.seek", 0), &err));
  block room = new_block(whole("with.frames", length + 1), info.output_channels, sample(), layout());
  TRY(ondes_resampled_read(owned.view, room.format, room.layout, room.samples, room.frames, &frames, &err));
  room = part(&room, 0, frames);
  put_block("", &room);
  put_number(&got, "", "tell", ondes_resampled_tell(owned.view));
  return ONDES_STATUS_OK;
}

/* ---- Maps and numbers ---- */

static ondes_map_form map_form(void) {
  ondes_map_form form = ONDES_MAP_FORM_INIT;
  form.sample_format = sample_named(word("with.form.sample"));
  form.byte_order = is("with.form.byte_order", "big") ? ONDES_BYTE_ORDER_BIG_ENDIAN : ONDES_BYTE_ORDER_LITTLE_ENDIAN;
  form.channels = (uint32_t)whole("with.form.channels", 0);
  form.rate = (uint32_t)whole("with.form.rate", 0);
  form.frames = whole("with.form.frames", 0);
  form.offset = whole("with.form.offset", 0);
  form.tail = whole("with.form.tail", 0);
  return form;
}

static int32_t call_map(void) {
  ondes_map_info info = ONDES_MAP_INFO_INIT;
  int32_t mode = is("with.mode", "copy_on_write") ? ONDES_MAP_MODE_COPY_ON_WRITE
                 : is("with.mode", "read_write")  ? ONDES_MAP_MODE_READ_WRITE
                                                  : ONDES_MAP_MODE_READ;
  uint32_t flags = is("with.buffered", "true") ? ONDES_MAP_BUFFERED : 0;
  const char *path = path_of(word("input.file"));
  uint64_t start = whole("with.seek", 0), frames;
  if (has("with.form.sample")) {
    ondes_map_form form = map_form();
    TRY(ondes_map_open_raw(path, mode, flags, &form, &owned.map, &err));
  } else {
    TRY(ondes_map_open(path, mode, flags, &owned.map, &err));
  }
  TRY(ondes_map_describe(owned.map, &info, &err));
  put(&got, "container", ondes_container_name(info.container));
  put(&got, "file_sample", ondes_sample_name(info.sample_format));
  put(&got, "byte_order", info.byte_order == ONDES_BYTE_ORDER_BIG_ENDIAN ? "big" : "little");
  put_number(&got, "", "bit_depth", info.bit_depth);
  put_number(&got, "", "channels", info.channels);
  put_number(&got, "", "rate", info.rate);
  put_number(&got, "", "frames", info.frames);
  put_number(&got, "", "frame_stride", info.frame_stride);
  put_number(&got, "", "channel_stride", info.channel_stride);
  put_number(&got, "", "offset", info.offset);
  put_number(&got, "", "tail", info.tail);
  put_number(&got, "", "warnings", ondes_map_warning_count(owned.map));
  block room = new_block(whole("with.frames", info.frames > start ? info.frames - start : 0), info.channels, sample(), layout());
  TRY(ondes_map_read(owned.map, start, room.format, room.layout, room.samples, room.frames, &frames, &err));
  room = part(&room, 0, frames);
  put_block("read.", &room);
  return ONDES_STATUS_OK;
}

static int32_t call_map_create(void) {
  block all;
  char sum[33];
  uint64_t size;
  ondes_map_form form = map_form();
  TRY(load_block(&all));
  uint32_t flags = is("with.raw", "true") ? ONDES_MAP_RAW : is("with.wavemap_header", "true") ? ONDES_MAP_WAVEMAP_HEADER : 0;
  TRY(ondes_map_create(target(), flags, &form, &owned.map, &err));
  if (has("with.append")) TRY(ondes_map_append(owned.map, whole("with.append", 0), &err));
  TRY(ondes_map_write(owned.map, whole("with.at", 0), all.format, all.layout, all.samples, all.frames, &err));
  TRY(ondes_map_flush(owned.map, &err));
  ondes_map_free(owned.map);
  owned.map = NULL;
  const uint8_t *bytes = bytes_of(target(), &size);
  if (flags != ONDES_MAP_RAW) return read_again(bytes, size);
  md5(bytes, size, sum);
  put(&got, "bytes", sum);
  return ONDES_STATUS_OK;
}

static int32_t call_convert(void) {
  uint64_t size;
  const uint8_t *src = from_hex(word("with.bytes"), &size);
  /* The names end in the bits of a number. */
  uint64_t from = strtoull(word("with.from") + strcspn(word("with.from"), "0123456789"), NULL, 10) / 8;
  uint64_t to = strtoull(word("with.to") + strcspn(word("with.to"), "0123456789"), NULL, 10) / 8;
  uint64_t count = size / from;
  uint8_t *dst = (uint8_t *)take(count * to);
  char *text = (char *)take(2 * count * to + 1);
  TRY(ondes_convert(sample_named(word("with.from")), src, sample_named(word("with.to")), dst, count, &err));
  for (uint64_t i = 0; i < count * to; i++) sprintf(text + 2 * i, "%02x", dst[i]);
  put(&got, "bytes", text);
  return ONDES_STATUS_OK;
}

/* ---- Many files ---- */

static int32_t make_batch(void) {
  ondes_batch_options options = ONDES_BATCH_OPTIONS_INIT;
  ondes_read_options read = read_options();
  TRY(make_cancel());
  options.format = sample();
  options.layout = layout();
  options.workers = (uint32_t)whole("with.workers", 0);
  options.ahead = (uint32_t)whole("with.ahead", 0);
  options.read = &read;
  options.cancel = owned.cancel;
  TRY(ondes_batch_new(&options, &owned.batch, &err));
  for (unsigned i = 0;; i++) {
    char prefix[40], file[48];
    snprintf(prefix, sizeof prefix, "with.inputs.%u", i);
    snprintf(file, sizeof file, "%s.file", prefix);
    if (!has(file)) return ONDES_STATUS_OK;
    source from = find_source(prefix);
    if (from.is_io)
      TRY(ondes_batch_add_io(owned.batch, &from.io, from.file, &err));
    else if (from.bytes)
      TRY(ondes_batch_add_memory(owned.batch, from.bytes, from.size, from.file, &err));
    else
      TRY(ondes_batch_add_path(owned.batch, from.path, &err));
  }
}

static void put_item(const ondes_batch_item *item) {
  char prefix[40];
  snprintf(prefix, sizeof prefix, "items.%u.", (unsigned)ondes_batch_item_index(item));
  if (ondes_batch_item_status(item) != ONDES_STATUS_OK) {
    put_error(prefix, ondes_batch_item_error(item));
  } else if (ondes_batch_item_audio(item) != NULL) {
    put_audio(prefix, ondes_batch_item_audio(item));
    put_number(&got, prefix, "warnings", ondes_batch_item_warning_count(item));
  } else {
    put_number(&got, prefix, "frames", ondes_batch_item_frames(item));
  }
}

static int32_t call_batch(void) {
  TRY(make_batch());
  for (;;) {
    ondes_batch_item *item;
    TRY(ondes_batch_next(owned.batch, &item, &err));
    if (item == NULL) return ONDES_STATUS_OK;
    put_item(item);
    ondes_batch_item_free(item);
  }
}

static int32_t call_fill(void) {
  TRY(make_batch());
  uint64_t count = ondes_batch_count(owned.batch), frames = whole("with.frames", 0);
  uint32_t channels = (uint32_t)whole("with.channels", 0);
  int32_t padding = is("with.padding", "repeat") ? ONDES_PADDING_REPEAT : ONDES_PADDING_ZERO;
  block all = new_block(count * frames, channels, sample(), layout());
  ondes_batch_item **items = (ondes_batch_item **)take(count * sizeof *items);
  int32_t status = ondes_batch_fill(owned.batch, all.samples, channels, frames, padding, items, count, &err);
  for (uint64_t i = 0; i < count; i++) {
    if (items[i] != NULL) put_item(items[i]);
    ondes_batch_item_free(items[i]);
  }
  TRY(status);
  put_block("", &all);
  return ONDES_STATUS_OK;
}

/* ---- Formats and devices ---- */

static int32_t call_format(void) {
  uint64_t index = ondes_write_format_find(word("with.name"));
  put(&got, "found", index == ONDES_UNKNOWN ? "false" : "true");
  if (index == ONDES_UNKNOWN) return ONDES_STATUS_OK;
  put(&got, "name", ondes_write_format_name(index));
  put(&got, "title", ondes_write_format_title(index));
  put(&got, "extensions", ondes_write_format_extensions(index));
  put_number(&got, "", "max_channels", ondes_write_format_max_channels(index));
  put(&got, "has_rate", ondes_write_format_has_rate(index, 44100) ? "true" : "false");
  char name[40];
  for (unsigned i = 0; ondes_write_format_sample(index, i) != 0; i++) {
    snprintf(name, sizeof name, "samples.%u", i);
    put(&got, name, ondes_sample_name(ondes_write_format_sample(index, i)));
  }
  for (unsigned i = 0; ondes_write_format_quality(index, i) != NULL; i++) {
    snprintf(name, sizeof name, "qualities.%u", i);
    put(&got, name, ondes_write_format_quality(index, i));
  }
  return ONDES_STATUS_OK;
}

static int32_t call_play(void) {
  block all;
  ondes_play_options options = ONDES_PLAY_OPTIONS_INIT;
  TRY(load_block(&all));
  options.device = word("with.device");
  return ondes_play(all.format, all.layout, all.samples, all.frames, all.channels, ondes_audio_rate(owned.audio), &options, &err);
}

static int32_t call_stream(void) {
  ondes_stream_options options = ONDES_STREAM_OPTIONS_INIT;
  options.input = word("with.input");
  options.output = word("with.output");
  options.rate = (uint32_t)whole("with.rate", 0);
  TRY(ondes_stream_open(&options, &owned.stream, &err));
  put_number(&got, "", "rate", ondes_stream_rate(owned.stream));
  put_number(&got, "", "channels",
             ondes_stream_channels(owned.stream, options.output ? ONDES_DIRECTION_OUTPUT : ONDES_DIRECTION_INPUT));
  return ONDES_STATUS_OK;
}

static const struct {
  const char *name;
  int32_t (*run)(void);
} CALLS[] = {{"info", call_info},           {"load", call_load},         {"read", call_read},
             {"chunks", call_chunks},       {"measure", call_measure},   {"verify", call_verify},
             {"tags", call_tags},           {"loudness", call_loudness}, {"write", call_write},
             {"transcode", call_transcode}, {"resample", call_resample}, {"resample_clip", call_resample_clip}, {"resampled", call_resampled},
             {"map", call_map},             {"map_create", call_map_create}, {"convert", call_convert},
             {"batch", call_batch},         {"fill", call_fill},         {"format", call_format},
             {"play", call_play},           {"stream", call_stream}};

int main(int argc, char **argv) {
  FILE *file = argc == 3 ? fopen(argv[1], "r") : NULL;
  if (file == NULL) {
    fprintf(stderr, "usage: conformance CASES DATA\n");
    return 2;
  }
  data = argv[2];
  fields current = {NULL, 0, 0};
  one = &current;
  int cases = 0, wrong = 0;
  while (next_case(file, &current)) {
    int is_known = 0;
    for (size_t i = 0; i < sizeof CALLS / sizeof *CALLS; i++) {
      if (!is("call", CALLS[i].name)) continue;
      is_known = 1;
      if (CALLS[i].run() != ONDES_STATUS_OK) put_error("", err);
    }
    if (!is_known) fprintf(stderr, "%s: no call is named %s\n", word("name"), word("call"));
    wrong += differences(one, &got) + !is_known;
    ondes_error_free(err);
    err = NULL;
    clear(&got);
    free_owned();
    cases++;
  }
  free(got.list);
  free(current.list);
  fclose(file);
  printf("%d cases, %d differences\n", cases, wrong);
  return wrong > 0 || cases < 200;
}
