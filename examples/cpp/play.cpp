// Plays audio files, one after the other. Ctrl-C ends it.
//
//   c++ -std=c++17 play.cpp -londes -o play && ./play song.flac
//   ./play --list
#include <ondes.hpp>

#include <csignal>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

static ondes::cancel interrupted;

extern "C" void on_interrupt(int) { interrupted.set(); }

int main(int argc, char **argv) try {
  ondes::play_options options;
  std::vector<std::string> files;
  bool wants_help = false, wants_list = false, lacks_value = false;
  for (int i = 1; i < argc; i++) {
    const std::string argument = argv[i];
    if (argument == "--list")
      wants_list = true;
    else if (argument == "--device" && i + 1 < argc)
      options.device = argv[++i];
    else if (argument == "--device")
      lacks_value = true;
    else if (argument == "--help")
      wants_help = true;
    else
      files.push_back(argument);
  }
  if (wants_help || lacks_value || (files.empty() && !wants_list)) {
    std::fputs("usage: play [--list] [--device ID] FILE...\n", wants_help ? stdout : stderr);
    return wants_help ? 0 : 2;
  }
  const char *note = " (default)";
  for (const ondes::device &device : wants_list ? ondes::devices(ondes::direction::output) : std::vector<ondes::device>())
    std::printf("%-40s %s%s\n", device.id.c_str(), device.name.c_str(), std::exchange(note, ""));

  interrupted = ondes::cancel::create();
  std::signal(SIGINT, on_interrupt);
  options.cancel = &interrupted;
  options.progress = [](const ondes::progress &now) { std::fprintf(stderr, "\r%.1f s", now.seconds); };
  for (const std::string &file : files) {
    const ondes::audio audio = ondes::load<float>(file);
    std::printf("%s: %u Hz, %u channel%s, %.1f s\n", file.c_str(), audio.rate(), audio.channels(),
                audio.channels() == 1 ? "" : "s", audio.duration());
    std::fflush(stdout);
    ondes::play(audio, options);
    std::fputc('\n', stderr);
  }
} catch (const ondes::error &error) {
  if (error.status() != ondes::status::cancelled) std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
