/* Decodes folders of audio in parallel, and says of each file what it is.
 *
 *   cc -O2 decode_folder.c -londes -o decode_folder && ./decode_folder Music
 *
 * It shows: a batch with options, progress and cancelling (Ctrl-C), results as
 * they come, errors and warnings per file, and what is told of a file.
 */
#define _POSIX_C_SOURCE 200809L
#include <ondes.h>

#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char USAGE[] =
    "usage: decode_folder [options] FILE_OR_FOLDER...\n"
    "\n"
    "Decodes audio files in parallel and prints a table of them. Folders are\n"
    "searched for files whose extension is one of a readable format.\n"
    "\n"
    "  --rate HZ      convert to this sample rate\n"
    "  --mono         mix to one channel\n"
    "  --workers N    decode N files at a time (default: one per core)\n"
    "  --json         print JSON instead of the table\n"
    "  --formats      list the formats that can be read\n"
    "  --help         print this\n"
    "\n"
    "Exit code: 0 if every file was decoded, 1 if one failed, 2 for wrong usage.\n";

/* ---- Names of files ---- */

typedef struct {
  char **names;
  size_t count, room;
} list;

static void *grow(void *memory, size_t size) {
  memory = realloc(memory, size);
  if (memory == NULL) {
    fprintf(stderr, "decode_folder: no memory left\n");
    exit(2);
  }
  return memory;
}

static void add(list *files, const char *folder, const char *name) {
  size_t length = strlen(folder) + strlen(name) + 2;
  if (files->count == files->room) {
    files->room = files->room * 2 + 64;
    files->names = (char **)grow(files->names, files->room * sizeof *files->names);
  }
  char *path = (char *)grow(NULL, length);
  const char *slash = *folder == 0 || folder[strlen(folder) - 1] == '/' ? "" : "/";
  snprintf(path, length, "%s%s%s", folder, slash, name);
  files->names[files->count++] = path;
}

/* Whether the library reads files with the extension of this name. */
static int is_audio(const char *name) {
  const char *dot = strrchr(name, '.');
  if (dot == NULL || dot == name) return 0;
  size_t length = strlen(dot + 1);
  for (uint64_t i = 0; i < ondes_read_format_count(); i++) {
    const char *extension = ondes_read_format_extensions(i);
    while (*extension) {
      size_t n = strcspn(extension, ",");
      if (n == length && strncasecmp(extension, dot + 1, n) == 0) return 1;
      extension += n + (extension[n] == ',');
    }
  }
  return 0;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void add_folder(list *files, const char *folder) {
  DIR *dir = opendir(folder);
  if (dir == NULL) {
    add(files, "", folder); /* the library says why, among the files that failed */
    return;
  }
  list entries = {0};
  for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
    if (entry->d_name[0] != '.') add(&entries, folder, entry->d_name);
  closedir(dir);
  if (entries.count) qsort(entries.names, entries.count, sizeof *entries.names, by_name);
  for (size_t i = 0; i < entries.count; i++) {
    struct stat status;
    /* lstat: a link to a folder may lead in a circle. */
    if (lstat(entries.names[i], &status) == 0 && S_ISDIR(status.st_mode))
      add_folder(files, entries.names[i]);
    else if (is_audio(entries.names[i]))
      add(files, "", entries.names[i]);
    free(entries.names[i]);
  }
  free(entries.names);
}

/* ---- Progress ---- */

static ondes_cancel *cancel;

static void on_interrupt(int signal_number) {
  (void)signal_number;
  ondes_cancel_set(cancel);
}

typedef struct {
  int is_terminal, tenths;
} display;

static int32_t show_progress(void *user_data, const ondes_progress *progress) {
  enum { WIDTH = 32 };
  display *d = (display *)user_data;
  double part = progress->files_total ? (double)progress->files / (double)progress->files_total : 1;
  if (d->is_terminal) {
    char bar[WIDTH + 1];
    memset(bar, ' ', WIDTH);
    memset(bar, '=', (size_t)(part * WIDTH));
    bar[WIDTH] = 0;
    fprintf(stderr, "\r[%s] %3.0f %%  %llu of %llu files, %.0f s of audio\x1b[K", bar, part * 100,
            (unsigned long long)progress->files, (unsigned long long)progress->files_total, progress->seconds);
  } else if ((int)(part * 10) > d->tenths) {
    d->tenths = (int)(part * 10);
    fprintf(stderr, "%llu of %llu files, %.0f s of audio\n", (unsigned long long)progress->files,
            (unsigned long long)progress->files_total, progress->seconds);
  }
  return ONDES_CONTINUE;
}

/* ---- Results ---- */

typedef struct {
  char *name, *message;
  ondes_info info;
  int32_t status;
  uint32_t rate, channels;
  uint64_t frames, warnings;
  float peak;
} result;

static char *copy(const char *text) {
  char *memory = (char *)grow(NULL, strlen(text) + 1);
  return strcpy(memory, text);
}

static float peak_of(const ondes_audio *audio) {
  const float *samples = (const float *)ondes_audio_samples(audio);
  uint64_t count = ondes_audio_frames(audio) * ondes_audio_channels(audio);
  float peak = 0;
  for (uint64_t i = 0; i < count; i++) {
    float size = fabsf(samples[i]);
    peak = size > peak ? size : peak;
  }
  return peak;
}

/* Takes what is shown of an item, so that its audio can be freed. */
static result take(const ondes_batch_item *item) {
  result r = {0};
  const ondes_audio *audio = ondes_batch_item_audio(item);
  r.info = (ondes_info)ONDES_INFO_INIT;
  ondes_batch_item_info(item, &r.info, NULL);
  r.name = copy(ondes_batch_item_name(item));
  r.status = ondes_batch_item_status(item);
  r.message = copy(ondes_error_message(ondes_batch_item_error(item)));
  r.warnings = ondes_batch_item_warning_count(item);
  if (r.status == ONDES_STATUS_OK && r.warnings > 0) {
    const char *warning;
    uint64_t offset;
    ondes_batch_item_warning(item, 0, &warning, &offset, NULL);
    free(r.message);
    r.message = copy(warning);
  }
  r.frames = ondes_audio_frames(audio);
  r.rate = ondes_audio_rate(audio);
  r.channels = ondes_audio_channels(audio);
  r.peak = peak_of(audio);
  return r;
}

static double seconds_of(const result *r) { return r->rate ? (double)r->frames / r->rate : 0; }

/* Columns that UTF-8 text takes: bytes that begin a character. */
static int columns(const char *text) {
  int n = 0;
  for (; *text; text++) n += ((unsigned char)*text & 0xc0) != 0x80;
  return n;
}

/* The name in `width` columns: its end tells files apart, so the front is cut. */
static void print_name(const char *name, int width) {
  int length = columns(name), cut = length > width;
  while (length > width - (cut ? 3 : 0)) {
    do name++;
    while (((unsigned char)*name & 0xc0) == 0x80);
    length--;
  }
  printf("%s%s%*s", cut ? "..." : "", name, width - length - (cut ? 3 : 0), "");
}

static void print_table(const result *results, size_t count) {
  int width = 4;
  for (size_t i = 0; i < count; i++)
    if (columns(results[i].name) > width) width = columns(results[i].name);
  if (width > 34) width = 34; /* the line fits on a terminal of 100 columns */

  printf("%-*s  %-10s %6s  %8s  %12s  %7s  %s\n", width, "file", "codec", "rate", "channels", "length", "peak",
         "status");
  for (size_t i = 0; i < count; i++) {
    const result *r = &results[i];
    print_name(r->name, width);
    if (r->status != ONDES_STATUS_OK) {
      printf("  %-10s %6s  %8s  %12s  %7s  %s\n", r->info.codec ? ondes_codec_name(r->info.codec) : "-", "-", "-", "-",
             "-", ondes_status_text(r->status));
      continue;
    }
    double seconds = seconds_of(r);
    /* The name of µ-law is one byte longer than it is wide. */
    const char *codec = ondes_codec_name(r->info.codec);
    printf("  %s%*s %6u  %8u  %5d:%06.3f  %7.4f  ok", codec, 10 - columns(codec), "", r->rate, r->channels,
           (int)(seconds / 60), fmod(seconds, 60), (double)r->peak);
    if (r->warnings) printf(", %llu warning%s", (unsigned long long)r->warnings, r->warnings > 1 ? "s" : "");
    printf("\n");
  }
}

static void print_json_string(const char *text) {
  putchar('"');
  for (; *text; text++) {
    if (*text == '"' || *text == '\\')
      printf("\\%c", *text);
    else if ((unsigned char)*text < 0x20)
      printf("\\u%04x", *text);
    else
      putchar(*text);
  }
  putchar('"');
}

/* JSON has no NaN and no infinity. */
static void print_json_number(const char *key, double value) {
  if (isfinite(value))
    printf(", \"%s\": %.9g", key, value);
  else
    printf(", \"%s\": null", key);
}

static void print_json(const result *results, size_t count, double audio, double wall, size_t failed) {
  printf("{\n  \"files\": [\n");
  for (size_t i = 0; i < count; i++) {
    const result *r = &results[i];
    printf("    {\"file\": ");
    print_json_string(r->name);
    printf(", \"status\": ");
    print_json_string(ondes_status_name(r->status));
    if (*r->message) printf(r->status == ONDES_STATUS_OK ? ", \"warning\": " : ", \"error\": "), print_json_string(r->message);
    if (r->info.codec) {
      printf(", \"container\": ");
      print_json_string(ondes_container_name(r->info.container));
      printf(", \"codec\": ");
      print_json_string(ondes_codec_name(r->info.codec));
    }
    if (r->status == ONDES_STATUS_OK) {
      printf(", \"rate\": %u, \"channels\": %u, \"frames\": %llu", r->rate, r->channels, (unsigned long long)r->frames);
      print_json_number("seconds", seconds_of(r));
      print_json_number("peak", r->peak);
    }
    printf("}%s\n", i + 1 < count ? "," : "");
  }
  printf("  ],\n  \"count\": %zu, \"failed\": %zu", count, failed);
  print_json_number("audio_seconds", audio);
  print_json_number("wall_seconds", wall);
  print_json_number("times_real_time", wall > 0 ? audio / wall : 0);
  printf("\n}\n");
}

/* ---- The program ---- */

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int wrong_usage(const char *what, const char *which) {
  fprintf(stderr, "decode_folder: %s%s; --help tells more\n", what, which);
  return 2;
}

/* The number after an option, or 0 if there is none. */
static uint32_t number(const char *text) {
  char *end;
  unsigned long value = text ? strtoul(text, &end, 10) : 0;
  return text && *text >= '0' && *text <= '9' && *end == 0 && value <= UINT32_MAX ? (uint32_t)value : 0;
}

static int fail(ondes_error *err) {
  fprintf(stderr, "decode_folder: %s\n", ondes_error_message(err));
  ondes_error_free(err);
  return 1;
}

int main(int argc, char **argv) {
  ondes_read_options read = ONDES_READ_OPTIONS_INIT;
  ondes_batch_options options = ONDES_BATCH_OPTIONS_INIT;
  int json = 0;
  list files = {0};

  for (int i = 1; i < argc; i++) {
    const char *arg = argv[i];
    if (strcmp(arg, "--help") == 0) {
      fputs(USAGE, stdout);
      return 0;
    }
    if (strcmp(arg, "--formats") == 0) {
      for (uint64_t f = 0; f < ondes_read_format_count(); f++)
        printf("%-12s %s\n", ondes_read_format_name(f), ondes_read_format_extensions(f));
      return 0;
    }
    if (strcmp(arg, "--mono") == 0) {
      read.mono = 1;
    } else if (strcmp(arg, "--json") == 0) {
      json = 1;
    } else if (strcmp(arg, "--rate") == 0) {
      read.rate = number(argv[++i]);
      if (read.rate == 0) return wrong_usage("--rate needs a number of Hz", "");
    } else if (strcmp(arg, "--workers") == 0) {
      options.workers = number(argv[++i]);
      if (options.workers == 0) return wrong_usage("--workers needs a number above 0", "");
    } else if (arg[0] == '-' && arg[1] != 0) {
      return wrong_usage("there is no option ", arg);
    } else {
      struct stat status;
      if (stat(arg, &status) == 0 && S_ISDIR(status.st_mode))
        add_folder(&files, arg);
      else
        add(&files, "", arg); /* also what is not there: it fails like any other file */
    }
  }
  if (argc < 2) {
    fputs(USAGE, stderr);
    return 2;
  }
  if (files.count == 0) return wrong_usage("there are no audio files here", "");

  ondes_error *err = NULL;
  ondes_batch *batch = NULL;
  if (ondes_cancel_new(&cancel, &err)) return fail(err);
  signal(SIGINT, on_interrupt);
  display progress = {isatty(STDERR_FILENO), 0};
  options.read = &read;
  options.cancel = cancel;
  options.progress = show_progress;
  options.user_data = &progress;

  double start = now();
  if (ondes_batch_new(&options, &batch, &err)) return fail(err);
  for (size_t i = 0; i < files.count; i++)
    if (ondes_batch_add_path(batch, files.names[i], &err)) return fail(err);

  result *results = (result *)grow(NULL, files.count * sizeof *results);
  size_t count = 0, failed = 0;
  double audio = 0;
  for (;;) {
    ondes_batch_item *item;
    if (ondes_batch_next(batch, &item, &err)) return fail(err);
    if (item == NULL) break;
    results[count] = take(item);
    ondes_batch_item_free(item);
    audio += seconds_of(&results[count]);
    failed += results[count].status != ONDES_STATUS_OK;
    count++;
  }
  double wall = now() - start;
  ondes_batch_free(batch);
  if (progress.is_terminal) fprintf(stderr, "\r\x1b[K");

  if (json) {
    print_json(results, count, audio, wall, failed);
  } else {
    print_table(results, count);
    printf("\n");
    for (size_t i = 0; i < count; i++)
      if (results[i].status != ONDES_STATUS_OK && results[i].status != ONDES_STATUS_CANCELLED)
        printf("failed: %s\n", results[i].message);
    printf("%zu file%s, %zu failed. %d min %.1f s of audio in %.2f s: %.0f times real time.\n", count,
           count == 1 ? "" : "s", failed, (int)(audio / 60), fmod(audio, 60), wall, wall > 0 ? audio / wall : 0);
    if (ondes_cancel_is_set(cancel)) printf("Interrupted: the files that were left count as failed.\n");
  }

  for (size_t i = 0; i < count; i++) free(results[i].name), free(results[i].message);
  free(results);
  for (size_t i = 0; i < files.count; i++) free(files.names[i]);
  free(files.names);
  ondes_cancel_free(cancel);
  return failed ? 1 : 0;
}
