/* The header and the loaded library agree on what they are. */
#include "test.h"

int main(void) {
  char built[32];
  snprintf(built, sizeof built, "%d.%d.%d", ONDES_VERSION_MAJOR, ONDES_VERSION_MINOR, ONDES_VERSION_PATCH);
  CHECK(strcmp(built, ONDES_VERSION_STRING) == 0);
  CHECK(strcmp(ondes_version_string(), ONDES_VERSION_STRING) == 0);
  CHECK(ONDES_VERSION_NUMBER ==
        ONDES_VERSION_MAJOR * 1000000 + ONDES_VERSION_MINOR * 1000 + ONDES_VERSION_PATCH);
  CHECK(ondes_abi_version() == ONDES_ABI_VERSION);

  uint64_t formats = ondes_read_format_count();
  CHECK(formats >= 10);
  int mp3 = 0;
  for (uint64_t i = 0; i < formats; i++) {
    CHECK(strlen(ondes_read_format_name(i)) > 1 && strlen(ondes_read_format_extensions(i)) > 1);
    CHECK(strpbrk(ondes_read_format_extensions(i), ". ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL);
    if (strncmp(ondes_read_format_extensions(i), "mp3,", 4) == 0) mp3++;
  }
  CHECK(mp3 == 1);
  CHECK(ondes_read_format_name(formats) == NULL && ondes_read_format_extensions(UINT64_MAX) == NULL);

  CHECK(strcmp(ondes_container_name(ONDES_CONTAINER_WAV), "WAV") == 0);
  for (int32_t i = ONDES_CONTAINER_WAV; i <= ONDES_CONTAINER_WEBM; i++)
    CHECK(strcmp(ondes_container_name(i), "unknown") != 0);
  for (int32_t i = ONDES_CODEC_PCM; i <= ONDES_CODEC_AAC; i++)
    CHECK(strcmp(ondes_codec_name(i), "unknown") != 0);
  CHECK(strcmp(ondes_codec_name(-1), "unknown") == 0 && strcmp(ondes_container_name(9999), "unknown") == 0);

  const uint32_t sizes[] = {0, 1, 1, 2, 3, 4, 8, 4, 8, 0};
  for (int32_t i = 0; i < 10; i++) CHECK(ondes_sample_size(i) == sizes[i]);
  CHECK(strcmp(ondes_sample_name(ONDES_SAMPLE_I24), "int24") == 0);
  CHECK(strcmp(ondes_sample_name(0), "unknown") == 0);
  return test_end();
}
