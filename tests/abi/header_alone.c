/* The header needs no other, in C99 and in C++17, and may be included twice. */
#include <ondes.h>
#include <ondes.h>

#ifdef __cplusplus
extern "C"
#endif
const char *ondes_other_file(void);

int main(void) { return ondes_other_file() == 0 || ondes_version_string() == 0; }
