/* Every status has a name of its own and a text. */
#include "test.h"

int main(void) {
  int known = 0;
  for (int32_t status = 10; status >= -200; status--) {
    const char *name = ondes_status_name(status), *text = ondes_status_text(status);
    if (strcmp(name, "unknown status") == 0) {
      CHECK(strcmp(text, "unknown status") == 0);
      continue;
    }
    known++;
    CHECK(strncmp(name, "ONDES_STATUS_", 13) == 0 && strlen(text) > 5);
    for (int32_t other = status + 1; other <= 0; other++) CHECK(strcmp(name, ondes_status_name(other)) != 0);
  }
  CHECK(known == 29);
  CHECK(strcmp(ondes_status_name(ONDES_STATUS_OK), "ONDES_STATUS_OK") == 0);
  CHECK(strcmp(ondes_status_name(ONDES_STATUS_OUT_OF_MEMORY), "ONDES_STATUS_OUT_OF_MEMORY") == 0);
  CHECK(strcmp(ondes_status_name(INT32_MIN), "unknown status") == 0);
  return test_end();
}
