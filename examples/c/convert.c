/* Converts an audio file into another format, in constant memory, with tags.
 *
 *   cc convert.c -londes -o convert && ./convert song.flac song.mp3
 *   ./convert --quality 128 --rate 22050 --mono talk.wav talk.ogg
 *
 * The format follows the extension of the output. The output appears when it
 * is whole, and not at all if anything goes wrong.
 */
#include <errno.h>
#include <ondes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_usage(FILE *to) {
  fprintf(to, "usage: convert [--rate HZ] [--mono] [--format NAME] [--quality WORD] [--bits 8|16|24|32] INPUT OUTPUT\n"
              "\nFormats and their words for quality:\n");
  for (uint64_t i = 0; i < ondes_write_format_count(); i++) {
    fprintf(to, "  %-5s %s", ondes_write_format_name(i), ondes_write_format_title(i));
    const char *word;
    for (uint64_t k = 0; (word = ondes_write_format_quality(i, k)) != NULL; k++)
      fprintf(to, "%s%s", k ? ", " : ": ", word);
    fputc('\n', to);
  }
}

/* A progress bar, where the length is known. `user_data` tells whether it has yet to be ended. */
static int32_t show(void *user_data, const ondes_progress *progress) {
  char bar[41] = "........................................";
  double share = progress->frames_total ? (double)progress->frames / (double)progress->frames_total : 0;
  memset(bar, '#', (size_t)(40 * (share < 1 ? share : 1)));
  fprintf(stderr, "\r[%s] %3.0f %%  %.0f s of audio", bar, 100 * share, progress->seconds);
  int is_whole = progress->files == progress->files_total;
  if (is_whole) fputc('\n', stderr);
  *(int *)user_data = !is_whole;
  return ONDES_CONTINUE;
}

/* The number that an option has; false for anything else. */
static int number(const char *text, uint32_t *value) {
  char *end;
  errno = 0;
  unsigned long long read = strtoull(text, &end, 10);
  *value = (uint32_t)read;
  return *text >= '0' && *text <= '9' && *end == 0 && errno == 0 && read <= UINT32_MAX;
}

int main(int argc, char **argv) {
  ondes_read_options from = ONDES_READ_OPTIONS_INIT;
  ondes_write_options to = ONDES_WRITE_OPTIONS_INIT;
  const char *paths[2];
  int count = 0, wrong = 0;
  for (int i = 1; i < argc; i++) {
    const char *value = i + 1 < argc ? argv[i + 1] : "";
    if (strcmp(argv[i], "--help") == 0) {
      print_usage(stdout);
      return 0;
    } else if (strcmp(argv[i], "--mono") == 0) {
      from.mono = 1;
    } else if (strcmp(argv[i], "--rate") == 0) {
      wrong |= !number(value, &to.rate);
      i++;
    } else if (strcmp(argv[i], "--format") == 0) {
      to.format = value;
      i++;
    } else if (strcmp(argv[i], "--quality") == 0) {
      to.quality = value;
      i++;
    } else if (strcmp(argv[i], "--bits") == 0) {
      uint32_t bits;
      wrong |= !number(value, &bits) || (bits != 8 && bits != 16 && bits != 24 && bits != 32);
      to.sample_format = bits == 8 ? ONDES_SAMPLE_U8 : bits == 24 ? ONDES_SAMPLE_I24 : bits == 32 ? ONDES_SAMPLE_I32 : ONDES_SAMPLE_I16;
      i++;
    } else if (argv[i][0] == '-' || count == 2) {
      wrong = 1;
    } else {
      paths[count++] = argv[i];
    }
  }
  if (count != 2 || wrong) {
    print_usage(stderr);
    return 2;
  }

  ondes_error *err = NULL;
  ondes_reader *reader = NULL;
  ondes_writer *writer = NULL;
  uint64_t frames = 0;
  int bar = 0;
  ondes_transcode_options watch = ONDES_TRANSCODE_OPTIONS_INIT;
  watch.progress = show;
  watch.user_data = &bar;
  to.flags = ONDES_WRITE_ATOMIC;
  to.threads = ONDES_ALL_CORES;
  int32_t status = ondes_reader_open_path(paths[0], &from, &reader, &err);
  to.like = reader;
  if (!status) status = ondes_writer_open_path(paths[1], &to, &writer, &err);
  if (!status) status = ondes_transcode(reader, writer, &watch, &frames, &err);
  if (bar) fputc('\n', stderr);
  const char *warning;
  for (uint64_t i = 0; reader && ondes_reader_warning(reader, i, &warning, NULL, NULL) == ONDES_STATUS_OK; i++)
    fprintf(stderr, "warning: %s\n", warning);
  if (status) {
    fprintf(stderr, "%s\n", ondes_error_message(err));
  } else {
    /* Not to standard output, which may be where the audio goes. */
    fprintf(stderr, "%s: %llu frames of %u channel%s at %u Hz%s%s\n", paths[1], (unsigned long long)frames,
           ondes_writer_channels(writer), ondes_writer_channels(writer) == 1 ? "" : "s", ondes_writer_rate(writer), *ondes_writer_quality(writer) ? ", " : "",
           ondes_writer_quality(writer));
  }
  ondes_error_free(err);
  ondes_writer_free(writer);
  ondes_reader_free(reader);
  return status != 0;
}
