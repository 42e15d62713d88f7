/* A second file of the same program. */
#include <ondes.h>

#ifdef __cplusplus
extern "C"
#endif
const char *ondes_other_file(void);

const char *ondes_other_file(void) {
  ondes_read_options read = ONDES_READ_OPTIONS_INIT;
  ondes_batch_options batch = ONDES_BATCH_OPTIONS_INIT;
  ondes_info info = ONDES_INFO_INIT;
  ondes_io io = ONDES_IO_INIT;
  return read.struct_size && batch.struct_size && info.struct_size && io.struct_size ? ondes_status_text(0) : 0;
}
