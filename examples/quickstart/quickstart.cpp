// Decodes many files on all cores, as 16 kHz mono.
#include <ondes.hpp>
#include <cstdio>

int main(int argc, char **argv) try {
  ondes::batch_options options;
  options.read.rate = 16000;
  options.read.mono = true;

  ondes::batch batch = ondes::batch::create(options);
  for (int i = 1; i < argc; i++) batch.add(argv[i]);

  for (const ondes::batch_item &item : batch) {
    if (item.ok())  // its samples are item.audio().samples<float>()
      std::printf("%s: %.3f s\n", item.name().data(), item.audio().duration());
    else
      std::printf("%s\n", item.error().what());
  }
} catch (const ondes::error &error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
