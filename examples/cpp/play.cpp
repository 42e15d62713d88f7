// Plays audio files, one after the other. Ctrl-C ends it.
//
//   c++ -std=c++17 play.cpp -londes -o play && ./play song.flac
//   ./play --devices
#include <ondes.hpp>

#include <csignal>
#include <cstdio>
#include <string>

static ondes::cancel interrupted;

extern "C" void on_interrupt(int) { interrupted.set(); }

int main(int argc, char **argv) try {
  ondes::play_options options;
  int first = 1;
  if (argc > 1 && argv[1] == std::string("--devices")) {
    for (const ondes::device &device : ondes::devices(ondes::direction::output))
      std::printf("%s  (%s)\n", device.name.c_str(), device.id.c_str());
    return 0;
  }
  if (argc > 3 && argv[1] == std::string("--device")) options.device = argv[2], first = 3;
  if (argc == first) {
    std::fprintf(stderr, "usage: %s [--device NAME] FILE...\n       %s --devices\n", argv[0], argv[0]);
    return 2;
  }
  interrupted = ondes::cancel::create();
  std::signal(SIGINT, on_interrupt);
  options.cancel = &interrupted;
  options.progress = [](const ondes::progress &now) { std::fprintf(stderr, "\r%.1f s", now.seconds); };
  for (int i = first; i < argc; i++) {
    const ondes::audio audio = ondes::load<float>(argv[i]);
    std::printf("%s: %.1f s\n", argv[i], audio.duration());
    ondes::play(audio, options);
    std::fputc('\n', stderr);
  }
} catch (const ondes::error &error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
