/* Tells what an audio file is, without decoding it.
 *
 *   cc info.c -londes -o info && ./info song.flac
 */
#include <ondes.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  if (argc != 2 || strcmp(argv[1], "--help") == 0) {
    fputs("usage: info FILE\n", argc == 2 ? stdout : stderr);
    return argc == 2 ? 0 : 2;
  }
  ondes_error *err = NULL;
  ondes_reader *reader = NULL;
  ondes_info info = ONDES_INFO_INIT;
  if (ondes_reader_open_path(argv[1], NULL, &reader, &err) || ondes_reader_info(reader, &info, &err)) {
    fprintf(stderr, "%s\n", ondes_error_message(err));
    ondes_error_free(err);
    ondes_reader_free(reader);
    return 1;
  }
  printf("file       %s\n", ondes_reader_name(reader));
  printf("container  %s\n", ondes_container_name(info.container));
  printf("codec      %s\n", ondes_codec_name(info.codec));
  printf("rate       %u Hz\n", info.rate);
  printf("channels   %u\n", info.channels);
  printf("samples    %s\n", ondes_sample_name(info.sample_format));
  if (info.bit_depth) printf("bit depth  %u\n", info.bit_depth);
  if (info.bit_rate) printf("bit rate   %u kbit/s\n", (info.bit_rate + 500) / 1000);
  if (info.frames != ONDES_UNKNOWN)
    printf("length     %s%.3f s, %llu frames\n", info.is_exact ? "" : "about ", info.duration,
           (unsigned long long)info.frames);

  const char *message;
  uint64_t offset;
  for (uint64_t i = 0; ondes_reader_warning(reader, i, &message, &offset, NULL) == ONDES_STATUS_OK; i++)
    printf("warning    %s\n", message);

  ondes_tags *tags = NULL;
  if (ondes_reader_tags(reader, &tags, NULL) == ONDES_STATUS_OK) {
    for (uint64_t i = 0; i < ondes_tags_count(tags); i++)
      printf("tag        %s: %s\n", ondes_tags_key(tags, i), ondes_tags_value(tags, i));
    for (uint64_t i = 0; i < ondes_tags_picture_count(tags); i++)
      printf("picture    %s, %llu bytes\n", ondes_tags_picture_mime(tags, i),
             (unsigned long long)ondes_tags_picture_size(tags, i));
    ondes_tags_free(tags);
  }
  ondes_reader_free(reader);
  return 0;
}
