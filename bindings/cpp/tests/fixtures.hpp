// What the C++ tests share: files, and words for failures.
#ifndef ONDES_FIXTURES_HPP
#define ONDES_FIXTURES_HPP

#include <ondes.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

// A file of tests/data.
inline std::string data(const std::string &name) { return ONDES_TEST_DATA "/" + name; }

inline std::vector<unsigned char> content(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  return std::vector<unsigned char>(std::istreambuf_iterator<char>(in), {});
}

// The sample of the WAV files that are made here: different in every place, never 0.
inline std::int16_t made_sample(std::uint64_t frame, std::uint32_t channel) {
  return static_cast<std::int16_t>(1 + (frame * 7 + channel * 1000) % 30000);
}

// A 16-bit WAV file in memory.
inline std::vector<unsigned char> wav(std::uint32_t frames, std::uint32_t channels = 1, std::uint32_t rate = 44100) {
  std::vector<unsigned char> file;
  const auto text = [&](const char *word) { file.insert(file.end(), word, word + 4); };
  const auto number = [&](std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; i++) file.push_back(static_cast<unsigned char>(value >> (8 * i)));
  };
  const std::uint32_t size = frames * channels * 2;
  text("RIFF"), number(36 + size, 4), text("WAVE"), text("fmt "), number(16, 4), number(1, 2), number(channels, 2);
  number(rate, 4), number(rate * channels * 2, 4), number(channels * 2, 2), number(16, 2), text("data"), number(size, 4);
  for (std::uint32_t f = 0; f < frames; f++)
    for (std::uint32_t c = 0; c < channels; c++) number(static_cast<std::uint16_t>(made_sample(f, c)), 2);
  return file;
}

// Writes a file into the test's own folder, the working directory.
inline std::string file(const std::string &name, const std::vector<unsigned char> &bytes) {
  std::ofstream out(name, std::ios::binary);
  out.write(reinterpret_cast<const char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return name;
}

// What `work` throws as ondes::error, which it must.
template <class Work>
ondes::error failure(Work &&work) {
  try {
    static_cast<void>(work());
  } catch (const ondes::error &thrown) {
    return thrown;
  }
  ADD_FAILURE() << "nothing was thrown";
  return ondes::error(ondes::status::ok, "");
}

// The call fails with this status and a message that holds this text.
#define FAILS(expected, text, ...)                                                             \
  do {                                                                                         \
    const ondes::error failure_ = failure([&] { return (__VA_ARGS__), 0; });                   \
    EXPECT_EQ(failure_.status(), ondes::status::expected) << failure_.what();                  \
    EXPECT_NE(std::string(failure_.what()).find(text), std::string::npos) << failure_.what();  \
    EXPECT_NE(std::string(failure_.what()).rfind("ondes_", 0), 0U) << failure_.what();         \
  } while (0)


#endif
