/* A byte stream for ondes_io whose misbehaviour can be set. */
#ifndef STREAM_H
#define STREAM_H

#include "test.h"

typedef struct {
  const uint8_t *data;
  int64_t size, position;
  /* Most bytes given by one read; 0 is as many as asked for. */
  int64_t piece;
  /* Added to what a callback returns once this many calls of it were right. */
  int64_t wrong_by, right_calls;
  /* Which callback misbehaves: 'r'ead, 's'eek, 't'ell, 'l' for size. */
  char bad;
  int reads, seeks, closes;
  /* Called from inside read. */
  void (*inside)(void *context);
  void *context;
} stream;

static int64_t stream_result(stream *s, char callback, int64_t right) {
  if (s->bad != callback || s->right_calls-- > 0) return right;
  return right + s->wrong_by;
}

static int64_t stream_read(void *user_data, uint8_t *dst, uint64_t len) {
  stream *s = (stream *)user_data;
  s->reads++;
  if (s->inside) s->inside(s->context);
  int64_t n = s->position < s->size ? s->size - s->position : 0;
  if ((uint64_t)n > len) n = (int64_t)len;
  if (s->piece && n > s->piece) n = s->piece;
  memcpy(dst, s->data + s->position, (size_t)n);
  s->position += n;
  return stream_result(s, 'r', n);
}

static int64_t stream_seek(void *user_data, int64_t position) {
  stream *s = (stream *)user_data;
  s->seeks++;
  s->position = position;
  return stream_result(s, 's', position);
}

static int64_t stream_tell(void *user_data) {
  stream *s = (stream *)user_data;
  return stream_result(s, 't', s->position);
}

static int64_t stream_size(void *user_data) {
  stream *s = (stream *)user_data;
  return stream_result(s, 'l', s->size);
}

static void stream_close(void *user_data) { ((stream *)user_data)->closes++; }

static inline ondes_io stream_io(stream *s) {
  ondes_io io = ONDES_IO_INIT;
  io.user_data = s;
  io.read = stream_read;
  io.seek = stream_seek;
  io.tell = stream_tell;
  io.size = stream_size;
  io.close = stream_close;
  return io;
}

#endif
