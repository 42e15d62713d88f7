/* Decodes folders of audio in parallel, and says of each file what it is.
 *
 *   cc -O2 decode_folder.c -londes -lm -o decode_folder && ./decode_folder Music
 *
 * It shows: a batch with options, progress and cancelling (Ctrl-C), results as
 * they come, errors and warnings of each file.
 */
#define _POSIX_C_SOURCE 200809L
#include <ondes.h>

#include <dirent.h>
#include <errno.h>
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
    "usage: decode_folder [--rate HZ] [--mono] [--workers N] FILE_OR_FOLDER...\n"
    "\n"
    "Decodes audio files in parallel and prints a table of them. Folders are\n"
    "searched for files whose extension is one of a readable format.\n"
    "Exit code: 0 if every file was decoded, 1 if one failed, 2 for wrong usage.\n";

/* ---- The files ---- */

static char **files;
static size_t count, room;

static void add(const char *path) {
  if (count == room) files = (char **)realloc(files, (room = room * 2 + 64) * sizeof *files);
  if (files == NULL || (files[count++] = strdup(path)) == NULL) abort();
}

/* Whether the library reads files with the extension of this name. */
static int is_audio(const char *name) {
  const char *dot = strrchr(name, '.');
  if (dot == NULL) return 0;
  for (uint64_t i = 0; i < ondes_read_format_count(); i++) {
    const char *extension = ondes_read_format_extensions(i);
    while (*extension) {
      size_t length = strcspn(extension, ",");
      if (length == strlen(dot + 1) && strncasecmp(extension, dot + 1, length) == 0) return 1;
      extension += length + (extension[length] == ',');
    }
  }
  return 0;
}

/* The files of a folder; false if it is none. */
static int add_folder(const char *folder) {
  DIR *dir = opendir(folder);
  if (dir == NULL) return 0;
  const char *slash = folder[strlen(folder) - 1] == '/' ? "" : "/";
  for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
    char path[4096];
    struct stat status;
    snprintf(path, sizeof path, "%s%s%s", folder, slash, entry->d_name);
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    /* lstat: a link to a folder may lead in a circle. */
    if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode))
      add_folder(path);
    else if (is_audio(entry->d_name))
      add(path);
  }
  closedir(dir);
  return 1;
}

static int by_bytes(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* ---- Progress and cancelling ---- */

static ondes_cancel *cancel;

static void on_interrupt(int number) {
  (void)number;
  ondes_cancel_set(cancel);
}

static int32_t show_progress(void *user_data, const ondes_progress *progress) {
  (void)user_data;
  if (isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO))
    fprintf(stderr, "\r%llu of %llu files, %.0f s of audio", (unsigned long long)progress->files,
            (unsigned long long)progress->files_total, progress->seconds);
  return ONDES_CONTINUE;
}

/* ---- Results ---- */

static double seconds_of(const ondes_audio *audio) {
  return audio ? (double)ondes_audio_frames(audio) / ondes_audio_rate(audio) : 0;
}

static void print_item(const ondes_batch_item *item) {
  const ondes_audio *audio = ondes_batch_item_audio(item);
  printf("%-40s  ", ondes_batch_item_name(item));
  if (audio == NULL) {
    printf("failed: %s\n", ondes_error_message(ondes_batch_item_error(item)));
    return;
  }
  const float *samples = (const float *)ondes_audio_samples(audio);
  uint64_t size = ondes_audio_frames(audio) * ondes_audio_channels(audio), warnings = ondes_batch_item_warning_count(item);
  float peak = 0;
  for (uint64_t i = 0; i < size; i++) peak = fmaxf(peak, fabsf(samples[i]));
  printf("%6u Hz  %2u channel%-1s  %9.3f s  peak %.4f  ok", ondes_audio_rate(audio), ondes_audio_channels(audio),
         ondes_audio_channels(audio) == 1 ? "" : "s", seconds_of(audio), (double)peak);
  if (warnings) printf(", %llu warning%s", (unsigned long long)warnings, warnings > 1 ? "s" : "");
  printf("\n");
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
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
  ondes_read_options read = ONDES_READ_OPTIONS_INIT;
  ondes_batch_options options = ONDES_BATCH_OPTIONS_INIT;
  int paths = 0, wrong = 0;
  for (int i = 1; i < argc; i++) {
    size_t before = count;
    if (strcmp(argv[i], "--help") == 0) {
      fputs(USAGE, stdout);
      return 0;
    } else if (strcmp(argv[i], "--mono") == 0) {
      read.mono = 1;
    } else if (strcmp(argv[i], "--rate") == 0 && i + 1 < argc) {
      wrong |= !number(argv[++i], &read.rate);
    } else if (strcmp(argv[i], "--workers") == 0 && i + 1 < argc) {
      wrong |= !number(argv[++i], &options.workers);
    } else if (paths++, add_folder(argv[i])) {
      if (count > before) qsort(files + before, count - before, sizeof *files, by_bytes);
    } else {
      add(argv[i]); /* also what is not there: it fails like any other file */
    }
  }
  if (paths == 0 || wrong) {
    fputs(USAGE, stderr);
    return 2;
  }

  ondes_error *err = NULL;
  ondes_batch *batch = NULL;
  int32_t status = ondes_cancel_new(&cancel, &err);
  signal(SIGINT, on_interrupt);
  options.read = &read;
  options.cancel = cancel;
  options.progress = show_progress;
  double start = now(), seconds = 0;
  if (!status) status = ondes_batch_new(&options, &batch, &err);
  for (size_t i = 0; i < count && !status; i++) status = ondes_batch_add_path(batch, files[i], &err);

  size_t failed = 0;
  ondes_batch_item *item = NULL;
  while (!status && !(status = ondes_batch_next(batch, &item, &err)) && item != NULL) {
    print_item(item);
    seconds += seconds_of(ondes_batch_item_audio(item));
    failed += ondes_batch_item_status(item) != ONDES_STATUS_OK;
    ondes_batch_item_free(item);
  }
  double wall = now() - start;
  if (status)
    fprintf(stderr, "%s\n", ondes_error_message(err));
  else
    printf("%zu files, %zu failed: %.1f s of audio in %.2f s, %.0f times real time\n", count, failed, seconds, wall, seconds / wall);
  ondes_error_free(err);
  ondes_batch_free(batch);
  ondes_cancel_free(cancel);
  for (size_t i = 0; i < count; i++) free(files[i]);
  free(files);
  return status || failed ? 1 : 0;
}
