// Compiled with -fno-exceptions -fno-rtti: every failure is a result. An argument is a WAV file of 3001 frames.
#include <ondes.hpp>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <vector>

static int failures = 0;

static void check(bool is_true, const char *what, int line) {
  if (is_true) return;
  std::fprintf(stderr, "line %d: not true: %s\n", line, what);
  failures++;
}
#define CHECK(condition) check(static_cast<bool>(condition), #condition, __LINE__)

int main(int argc, char **argv) {
  if (argc != 2) return 2;

  ondes::result<ondes::reader> gone = ondes::reader::open("no/such/file");
  CHECK(!gone && gone.status() == ondes::status::not_found);
  CHECK(std::string(gone.error().message()).find("no/such/file") != std::string::npos);

  auto reader = ondes::reader::open(argv[1]);
  CHECK(reader);
  CHECK(reader->info()->frames == 3001u);
  auto block = reader->read<float>(1000);
  CHECK(block && block->frames() == 1000);
  CHECK(reader->seek(3002).status() == ondes::status::out_of_range);
  CHECK(reader->seek(0));
  std::uint64_t frames = 0;
  for (auto &&each : reader->blocks<std::int16_t>(500)) frames += each ? each->frames() : 0;
  CHECK(frames == 3001);

  auto batch = ondes::batch::create();
  CHECK(batch && batch->add(argv[1]) && batch->add("no/such/file"));
  int good = 0, bad = 0;
  for (auto &&item : *batch) (item && item->ok() ? good : bad)++;
  CHECK(good == 1 && bad == 1);
  CHECK(batch->add("late") && batch->next()->status() == ondes::status::not_found);

  // A stream that says it fails.
  ondes::io stream;
  stream.read = [](unsigned char *, std::uint64_t) -> std::int64_t { return -1; };
  CHECK(ondes::reader::open_io(stream).status() == ondes::status::callback);

  std::stringstream file(std::ios::in | std::ios::out | std::ios::binary);
  ondes::write_options options;
  options.format = "flac", options.rate = 8000, options.channels = 1;
  auto writer = ondes::writer::open_stream(file, options);
  CHECK(writer && writer->write(std::vector<std::int16_t>(1234)) && writer->finish());
  auto back = ondes::reader::open_stream(file);
  CHECK(back && back->load<float>()->frames() == 1234u);
  std::ifstream no_file("no/such/file");
  CHECK(ondes::reader::open_stream(no_file).status() == ondes::status::io);

  auto attempted = ondes::attempt([] { return ondes::tags::create(); });
  CHECK(attempted && attempted->set("title", "x"));
  CHECK(ondes::map::open("no/such/file").status() == ondes::status::not_found);
  CHECK(ondes::check_library());
  return failures != 0;
}
