/* The same samples in every format and layout, from any frame, to the end and no further. */
#include "test.h"

enum { FRAMES = 30000, CHANNELS = 2 };
static ondes_error *err;

/* One sample of a buffer as a double, full scale 1. */
static double value(const void *samples, int32_t format, uint64_t index) {
  const uint8_t *bytes = (const uint8_t *)samples + index * ondes_sample_size(format);
  union { int8_t i8; int16_t i16; int32_t i32; int64_t i64; float f32; double f64; } u = {0};
  memcpy(&u, bytes, format == ONDES_SAMPLE_I24 ? 3 : ondes_sample_size(format));
  switch (format) {
    case ONDES_SAMPLE_U8: return (bytes[0] - 128) / 128.0;
    case ONDES_SAMPLE_I8: return u.i8 / 128.0;
    case ONDES_SAMPLE_I16: return u.i16 / 32768.0;
    case ONDES_SAMPLE_I24: return (int32_t)((uint32_t)u.i32 << 8) / 2147483648.0;
    case ONDES_SAMPLE_I32: return u.i32 / 2147483648.0;
    case ONDES_SAMPLE_I64: return (double)u.i64 / 9223372036854775808.0;
    case ONDES_SAMPLE_F32: return u.f32;
    default: return u.f64;
  }
}

static double expected(uint64_t frame, uint32_t channel, int32_t format) {
  int16_t sample = test_sample(frame, channel);
  /* Narrowing drops the low bits. */
  if (ondes_sample_size(format) == 1) return (sample >> 8) / 128.0;
  return sample / 32768.0;
}

int main(void) {
  const char *path = test_wav_file("read.wav", FRAMES, CHANNELS, 48000);
  ondes_reader *reader;
  OK(ondes_reader_open_path(path, NULL, &reader, &err));
  CHECK(strcmp(ondes_reader_name(reader), path) == 0 && ondes_reader_warning_count(reader) == 0);

  ondes_info info = ONDES_INFO_INIT;
  OK(ondes_reader_info(reader, &info, &err));
  CHECK(info.container == ONDES_CONTAINER_WAV && info.codec == ONDES_CODEC_PCM);
  CHECK(info.sample_format == ONDES_SAMPLE_I16 && info.bit_depth == 16 && info.rate == 48000);
  CHECK(info.channels == CHANNELS && info.frames == FRAMES && info.is_exact == 1);
  CHECK(info.duration == FRAMES / 48000.0 && info.bit_rate == 48000 * 32);
  CHECK(info.output_channels == CHANNELS && info.output_frames == FRAMES && info.output_rate == 48000);

  static double buffer[FRAMES * CHANNELS];
  uint64_t n;
  for (int32_t format = ONDES_SAMPLE_U8; format <= ONDES_SAMPLE_F64; format++) {
    for (int32_t layout = 0; layout <= ONDES_LAYOUT_PLANAR; layout++) {
      for (uint64_t start = 0; start < FRAMES + 5000; start += 9973) {
        const uint64_t room = 5000, left = start < FRAMES ? FRAMES - start : 0;
        if (start > FRAMES) break;
        memset(buffer, 0x5a, sizeof buffer);
        OK(ondes_reader_seek(reader, start, &err));
        CHECK(ondes_reader_tell(reader) == start);
        OK(ondes_reader_read(reader, format, layout, buffer, room, &n, &err));
        CHECK(n == (left < room ? left : room) && ondes_reader_tell(reader) == start + n);
        int wrong = 0;
        for (uint64_t f = 0; f < n; f++)
          for (uint32_t c = 0; c < CHANNELS; c++) {
            uint64_t index = layout == ONDES_LAYOUT_PLANAR ? c * room + f : f * CHANNELS + c;
            wrong += value(buffer, format, index) != expected(start + f, c, format);
          }
        CHECK(wrong == 0);
        CHECK(((uint8_t *)buffer)[room * CHANNELS * ondes_sample_size(format)] == 0x5a);
      }
    }
  }

  /* The end is no error; beyond it is. */
  OK(ondes_reader_seek(reader, FRAMES, &err));
  OK(ondes_reader_read(reader, ONDES_SAMPLE_F32, 0, buffer, 10, &n, &err));
  CHECK(n == 0);
  FAILS(ONDES_STATUS_OUT_OF_RANGE, "read.wav: cannot seek to frame 30001", ondes_reader_seek(reader, FRAMES + 1, &err));

  /* No room, no frames, no memory needed; nonsense is refused. */
  OK(ondes_reader_seek(reader, 0, &err));
  OK(ondes_reader_read(reader, ONDES_SAMPLE_F32, 0, NULL, 0, &n, &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "format is 99, which is no ONDES_SAMPLE_ value",
        ondes_reader_read(reader, 99, 0, buffer, 1, &n, &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "layout is -1", ondes_reader_read(reader, ONDES_SAMPLE_F32, -1, buffer, 1, &n, &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "exceed the address space",
        ondes_reader_read(reader, ONDES_SAMPLE_F32, 0, buffer, UINT64_MAX, &n, &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "not aligned",
        ondes_reader_read(reader, ONDES_SAMPLE_F32, 0, (char *)buffer + 1, 1, &n, &err));

  /* The whole of it: from the position on, owned or into memory that holds it. */
  ondes_audio *audio;
  OK(ondes_reader_seek(reader, 100, &err));
  OK(ondes_reader_load(reader, ONDES_SAMPLE_I16, ONDES_LAYOUT_PLANAR, NULL, &audio, &err));
  ondes_reader_free(reader);
  CHECK(ondes_audio_frames(audio) == FRAMES - 100 && ondes_audio_channels(audio) == CHANNELS);
  CHECK(ondes_audio_rate(audio) == 48000 && ondes_audio_format(audio) == ONDES_SAMPLE_I16);
  CHECK(ondes_audio_layout(audio) == ONDES_LAYOUT_PLANAR);
  const int16_t *samples = (const int16_t *)ondes_audio_samples(audio);
  CHECK(samples[0] == test_sample(100, 0) && samples[FRAMES - 100] == test_sample(100, 1));
  ondes_audio_free(audio);

  uint64_t size;
  uint8_t *wav = test_wav(FRAMES, CHANNELS, 48000, &size);
  OK(ondes_reader_open_memory(wav, size, NULL, NULL, &reader, &err));
  OK(ondes_reader_load_into(reader, ONDES_SAMPLE_F64, 0, NULL, buffer, FRAMES, &n, &err));
  CHECK(n == FRAMES && buffer[2 * 777] == expected(777, 0, ONDES_SAMPLE_F64));
  OK(ondes_reader_seek(reader, 0, &err));
  FAILS(ONDES_STATUS_OUT_OF_RANGE, "full after 29999 frames",
        ondes_reader_load_into(reader, ONDES_SAMPLE_F64, 0, NULL, buffer, FRAMES - 1, &n, &err));
  CHECK(n == 0);

  /* A file without a checksum, a length that is known, a token that is set. */
  int32_t checksum = -1;
  OK(ondes_reader_verify(reader, NULL, &checksum, &err));
  CHECK(checksum == ONDES_CHECKSUM_NONE && ondes_reader_tell(reader) == 0);
  OK(ondes_reader_measure(reader, NULL, &n, &err));
  CHECK(n == FRAMES);
  ondes_cancel *cancel;
  OK(ondes_cancel_new(&cancel, &err));
  CHECK(ondes_cancel_is_set(cancel) == 0);
  ondes_cancel_set(cancel);
  CHECK(ondes_cancel_is_set(cancel) == 1);
  FAILS(ONDES_STATUS_CANCELLED, "cancelled", ondes_reader_load(reader, ONDES_SAMPLE_F32, 0, cancel, &audio, &err));
  CHECK(audio == NULL);
  ondes_cancel_free(cancel);
  ondes_reader_free(reader);

  /* A file cut short: what is there, and a warning that says so. */
  OK(ondes_reader_open_memory(wav, size - 1001, "cut.wav", NULL, &reader, &err));
  OK(ondes_reader_load(reader, ONDES_SAMPLE_I16, 0, NULL, &audio, &err));
  CHECK(ondes_audio_frames(audio) == FRAMES - 251);
  ondes_audio_free(audio);
  CHECK(ondes_reader_warning_count(reader) >= 1);
  const char *message;
  uint64_t offset;
  OK(ondes_reader_warning(reader, 0, &message, &offset, &err));
  CHECK(strlen(message) > 10);
  FAILS(ONDES_STATUS_OUT_OF_RANGE, "there is no warning 64", ondes_reader_warning(reader, 64, &message, &offset, &err));
  CHECK(message == NULL && offset == ONDES_UNKNOWN);
  ondes_reader_free(reader);
  free(wav);
  return test_end();
}
