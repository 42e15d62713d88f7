// Compiled for results: both styles of the header are parts of this program.
#define ONDES_NO_THROW
#include <ondes.hpp>

const char *version_of_the_other();

const char *version_of_the_other() {
  const ondes::result<ondes::reader> reader = ondes::reader::open("no/such/file");
  return reader.status() == ondes::status::not_found ? ondes::version() : "";
}
