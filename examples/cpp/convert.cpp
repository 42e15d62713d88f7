// Converts an audio file into another format, in constant memory, with tags.
//
//   c++ -std=c++17 convert.cpp -londes -o convert && ./convert song.flac song.mp3
//   ./convert --quality 128 --rate 22050 --mono talk.wav talk.ogg
//
// The format follows the extension of the output. The output appears when it is
// whole, and not at all if anything goes wrong.
#include <ondes.hpp>

#include <charconv>
#include <iomanip>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

static void print_usage(std::ostream &to) {
  to << "usage: convert"
        " [--rate HZ] [--mono] [--format NAME] [--quality WORD] [--bits 8|16|24|32] INPUT OUTPUT\n"
        "\nFormats and their words for quality:\n";
  for (const ondes::write_format &format : ondes::write_formats()) {
    to << "  " << std::left << std::setw(5) << format.name() << ' ' << format.title();
    const char *before = ": ";
    for (const std::string_view word : format.qualities()) to << std::exchange(before, ", ") << word;
    to << '\n';
  }
}

// Whether a progress bar has yet to be ended.
static bool bar = false;

// A progress bar, where the length is known.
static void show(const ondes::progress &now) {
  const double share =
      now.frames_total ? static_cast<double>(now.frames) / static_cast<double>(now.frames_total) : 0.0;
  const auto done = static_cast<std::size_t>(40 * (share < 1 ? share : 1));
  std::cerr << "\r[" << std::string(done, '#') << std::string(40 - done, '.') << "] " << std::fixed
            << std::setprecision(0) << 100 * share << " %  " << now.seconds << " s of audio";
  bar = now.files != now.files_total;
  if (!bar) std::cerr << '\n';
}

// The number that an option has; nothing for anything else.
static std::optional<std::uint32_t> number(const std::string &text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

static std::optional<ondes::sample> with_bits(std::optional<std::uint32_t> bits) {
  switch (bits.value_or(0)) {
    case 8: return ondes::sample::u8;
    case 16: return ondes::sample::i16;
    case 24: return ondes::sample::i24;
    case 32: return ondes::sample::i32;
    default: return std::nullopt;
  }
}

int main(int argc, char **argv) try {
  ondes::read_options from;
  ondes::write_options to;
  std::vector<std::string> paths;
  bool wrong = false;
  for (int i = 1; i < argc; i++) {
    const std::string argument = argv[i];
    const auto value = [&] { return std::string(i + 1 < argc ? argv[++i] : ""); };
    if (argument == "--help") {
      print_usage(std::cout);
      return 0;
    } else if (argument == "--mono") {
      from.mono = true;
    } else if (argument == "--rate") {
      const std::optional<std::uint32_t> rate = number(value());
      to.rate = rate.value_or(0);
      wrong |= !rate;
    } else if (argument == "--format") {
      to.format = value();
    } else if (argument == "--quality") {
      to.quality = value();
    } else if (argument == "--bits") {
      const std::optional<ondes::sample> format = with_bits(number(value()));
      to.sample_format = format.value_or(ondes::sample::i16);
      wrong |= !format;
    } else if (argument[0] == '-') {
      wrong = true;
    } else {
      paths.push_back(argument);
    }
  }
  if (wrong || paths.size() != 2) {
    print_usage(std::cerr);
    return 2;
  }

  ondes::reader reader = ondes::reader::open(paths[0], from);
  to.like = &reader;
  to.atomic = true;
  to.threads = ondes::all_cores;
  ondes::writer writer = ondes::writer::open(paths[1], to);
  ondes::transcode_options watch;
  watch.progress = show;
  const std::uint64_t frames = ondes::transcode(reader, writer, watch);
  for (const ondes::warning &warning : reader.warnings()) std::cerr << "warning: " << warning.message << '\n';
  // Not to standard output, which may be where the audio goes.
  std::cerr << paths[1] << ": " << frames << " frames of " << writer.channels() << (writer.channels() == 1 ? " channel at " : " channels at ") << writer.rate()
            << " Hz" << (writer.quality().empty() ? "" : ", ") << writer.quality() << '\n';
} catch (const ondes::error &error) {
  std::cerr << (bar ? "\n" : "") << error.what() << '\n';
  return 1;
}
