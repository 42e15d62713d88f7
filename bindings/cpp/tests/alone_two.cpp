// Compiled for results: both styles of the header are parts of this program.
#define ONDES_NO_THROW
#include <ondes.hpp>

const char *version_of_the_other();

// What a callback throws comes back in this style too: it is no error of the library.
static bool passes_on() {
  ondes::io stream;
  stream.read = [](unsigned char *, std::uint64_t) -> std::int64_t { throw 7; };
  try {
    return ondes::reader::open_io(stream).has_value();
  } catch (int number) {
    return number == 7;
  }
}

const char *version_of_the_other() {
  if (!passes_on()) return "";
  const ondes::result<ondes::reader> reader = ondes::reader::open("no/such/file");
  return reader.status() == ondes::status::not_found ? ondes::version() : "";
}
