// As program.c, in C++.
#include <cstdio>
#include <ondes.hpp>

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) try {
      ondes::audio audio = ondes::load<float>(argv[i]);
      std::printf("%llu frames, %u Hz, %u channels\n", static_cast<unsigned long long>(audio.frames()), audio.rate(),
                  audio.channels());
    } catch (const ondes::error &error) {
      std::printf("%s\n", error.what());
    }
}
