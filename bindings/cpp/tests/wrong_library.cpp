// A library of another binary interface is refused before it is used: this program brings its own number.
#include <ondes.hpp>

#include <cstdio>

extern "C" std::uint32_t ondes_abi_version(void) { return 7; }

int main() try {
  ondes::reader reader = ondes::reader::open("any.wav");
  return 1;
} catch (const ondes::error &error) {
  std::puts(error.what());
  return error.status() == ondes::status::internal ? 0 : 1;
}
