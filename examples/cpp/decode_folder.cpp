// Decodes folders of audio in parallel, and says of each file what it is.
//
//   c++ -O2 -std=c++17 decode_folder.cpp -londes -o decode_folder && ./decode_folder Music
//
// It shows: a batch with options, progress and cancelling (Ctrl-C), results as
// they come, errors and warnings per file, and what is told of a file.
#include <ondes.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace fs = std::filesystem;

static const char usage[] =
    "usage: decode_folder [--rate HZ] [--mono] [--workers N] FILE_OR_FOLDER...\n"
    "\n"
    "Decodes audio files in parallel and prints a table of them. Folders are\n"
    "searched for files whose extension is one of a readable format.\n"
    "Exit code: 0 if every file was decoded, 1 if one failed, 2 for wrong usage.\n";

// The extensions of all formats that are read, each with a dot.
static std::vector<std::string> audio_extensions() {
  std::vector<std::string> all;
  for (const ondes::read_format &format : ondes::read_formats()) {
    const std::string list = format.extensions;
    for (std::size_t at = 0; at < list.size();) {
      const std::size_t comma = std::min(list.find(',', at), list.size());
      all.push_back("." + list.substr(at, comma - at));
      at = comma + 1;
    }
  }
  return all;
}

// The files of a folder in order; a path that is none is taken as it is: the library says what is wrong with it.
static void add(std::vector<std::string> &files, const fs::path &path) {
  static const std::vector<std::string> known = audio_extensions();
  std::error_code none;
  if (!fs::is_directory(path, none)) {
    files.push_back(path.string());
    return;
  }
  const std::size_t first = files.size();
  for (const fs::directory_entry &entry : fs::recursive_directory_iterator(path)) {
    std::string extension = entry.path().extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (entry.is_regular_file() && std::find(known.begin(), known.end(), extension) != known.end())
      files.push_back(entry.path().string());
  }
  std::sort(files.begin() + static_cast<std::ptrdiff_t>(first), files.end());
}

static ondes::cancel interrupted;

extern "C" void on_interrupt(int) { interrupted.set(); }

static float peak_of(const ondes::audio_view &audio) {
  float peak = 0;
  for (const float sample : audio.samples<float>()) peak = std::max(peak, std::fabs(sample));
  return peak;
}

// The number that an option has; nothing for anything else.
static std::optional<std::uint32_t> number(const std::string &text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

int main(int argc, char **argv) try {
  ondes::batch_options options;
  std::vector<std::string> files;
  int paths = 0;
  bool wrong = false;
  for (int i = 1; i < argc; i++) {
    const std::string argument = argv[i];
    const auto value = [&] {
      const std::optional<std::uint32_t> given = number(i + 1 < argc ? argv[++i] : "");
      wrong |= !given;
      return given.value_or(0);
    };
    if (argument == "--help")
      return std::fputs(usage, stdout), 0;
    else if (argument == "--mono")
      options.read.mono = true;
    else if (argument == "--rate")
      options.read.rate = value();
    else if (argument == "--workers")
      options.workers = value();
    else
      paths++, add(files, argument);
  }
  if (paths == 0 || wrong) return std::fputs(usage, stderr), 2;

  interrupted = ondes::cancel::create();
  std::signal(SIGINT, on_interrupt);
  options.cancel = &interrupted;
  std::uint64_t shown = 0;
  options.progress = [&](const ondes::progress &now) {
    const std::uint64_t tenths = now.files_total ? 10 * now.files / now.files_total : 0;
    if (std::exchange(shown, tenths) != tenths)
      std::fprintf(stderr, "%llu of %llu files, %.0f s of audio\n", static_cast<unsigned long long>(now.files),
                   static_cast<unsigned long long>(now.files_total), now.seconds);
  };

  ondes::batch batch = ondes::batch::create(options);
  for (const std::string &file : files) batch.add(file);
  const auto start = std::chrono::steady_clock::now();
  double seconds = 0;
  int failed = 0;
  for (const ondes::batch_item &item : batch) {
    const std::string name(item.name());
    if (!item.ok()) {
      failed++;
      std::printf("%-40s  failed: %s\n", name.c_str(), item.error().what());
      continue;
    }
    const ondes::audio_view audio = item.audio();
    const std::size_t warnings = item.warnings().size();
    seconds += audio.duration();
    std::printf("%-40s  %6u Hz  %2u channel%-1s  %9.3f s  peak %.4f  ok", name.c_str(), audio.rate(), audio.channels(),
                audio.channels() == 1 ? "" : "s", audio.duration(), static_cast<double>(peak_of(audio)));
    if (warnings) std::printf(", %zu warning%s", warnings, warnings > 1 ? "s" : "");
    std::printf("\n");
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  std::printf("%zu files, %d failed: %.1f s of audio in %.2f s, %.0f times real time\n", files.size(), failed, seconds,
              wall.count(), seconds / wall.count());
  if (interrupted.is_set()) std::puts("Interrupted: the files that were left count as failed.");
  return failed ? 1 : 0;
} catch (const ondes::error &error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
