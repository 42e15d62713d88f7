// The header alone, in two files of one program.
#include <ondes.hpp>

const char *version_of_the_other();

int main() {
  if (ondes::version() != version_of_the_other()) return 1;
  ondes::check_library();
  return 0;
}
