// Tells what an audio file is, without decoding it.
//
//   c++ -std=c++17 info.cpp -londes -o info && ./info song.flac
#include <ondes.hpp>

#include <iomanip>
#include <iostream>
#include <string>

int main(int argc, char **argv) try {
  if (argc != 2 || argv[1] == std::string("--help")) {
    (argc == 2 ? std::cout : std::cerr) << "usage: info FILE\n";
    return argc == 2 ? 0 : 2;
  }
  ondes::reader reader = ondes::reader::open(argv[1]);
  const ondes::info info = reader.info();
  std::cout << "file       " << reader.name() << '\n'
            << "container  " << name(info.container) << '\n'
            << "codec      " << name(info.codec) << '\n'
            << "rate       " << info.rate << " Hz\n"
            << "channels   " << info.channels << '\n'
            << "samples    " << name(info.sample_format) << '\n';
  if (info.bit_depth) std::cout << "bit depth  " << info.bit_depth << '\n';
  if (info.bit_rate) std::cout << "bit rate   " << (info.bit_rate + 500) / 1000 << " kbit/s\n";
  if (info.frames)
    std::cout << "length     " << (info.is_exact ? "" : "about ") << std::fixed << std::setprecision(3) << info.duration
              << " s, " << *info.frames << " frames\n";

  for (const ondes::warning &warning : reader.warnings()) std::cout << "warning    " << warning.message << '\n';

  // A damaged tag is no reason to say nothing of the file.
  if (const auto tags = ondes::attempt([&] { return reader.tags(); })) {
    for (const auto &[key, value] : tags->texts()) std::cout << "tag        " << key << ": " << value << '\n';
    for (const ondes::picture &picture : tags->pictures())
      std::cout << "picture    " << picture.mime << ", " << picture.data.size() << " bytes\n";
  }
} catch (const ondes::error &error) {
  std::cerr << error.what() << '\n';
  return 1;
}
