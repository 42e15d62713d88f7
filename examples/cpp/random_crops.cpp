// Loads random windows of one second from audio files, as 16 kHz mono, as training does.
//
//   c++ -O2 -std=c++17 random_crops.cpp -londes -o random_crops && ./random_crops 1000 *.flac
//
// Every file is opened once: its reader converts rate and channels, and seeking
// to any frame is exact. Files of less than a second are filled up with silence.
#include <ondes.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

constexpr std::uint64_t rate = 16000;

struct source {
  ondes::reader reader;
  std::uint64_t frames;
};

// Numbers that are the same in every run (xorshift64, Marsaglia 2003).
static std::uint64_t next_random(std::uint64_t &state) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

int main(int argc, char **argv) try {
  const long crops = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 0;
  if (argc < 3 || crops < 1) {
    const bool wants_help = argc == 2 && argv[1] == std::string("--help");
    std::fputs("usage: random_crops COUNT FILE...\n", wants_help ? stdout : stderr);
    return wants_help ? 0 : 2;
  }
  ondes::read_options options;
  options.rate = static_cast<std::uint32_t>(rate);
  options.mono = true;
  std::vector<source> sources;
  for (int i = 2; i < argc; i++) {
    ondes::reader reader = ondes::reader::open(argv[i], options);
    const std::uint64_t frames = reader.measure();
    sources.push_back({std::move(reader), frames});
  }

  std::vector<float> crop(rate);
  std::uint64_t state = 1;
  double energy = 0;
  const auto start = std::chrono::steady_clock::now();
  for (long i = 0; i < crops; i++) {
    source &from = sources[next_random(state) % sources.size()];
    const std::uint64_t places = from.frames > rate ? from.frames - rate + 1 : 1;
    from.reader.seek(next_random(state) % places);
    const std::uint64_t frames = from.reader.read_into(crop);
    std::fill(crop.begin() + static_cast<std::ptrdiff_t>(frames), crop.end(), 0.0f);
    for (const float sample : crop) energy += static_cast<double>(sample) * sample;
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  const auto count = static_cast<double>(crops);
  std::printf("%ld crops of 1 s from %zu files, level %.4f: %.0f crops per second\n", crops, sources.size(),
              std::sqrt(energy / static_cast<double>(rate) / count), count / wall.count());
} catch (const ondes::error &error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
