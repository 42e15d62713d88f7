// Devices, on those without hardware ("null" and "loopback"): queues, functions in the device's thread, exceptions.
#include "fixtures.hpp"

#include <atomic>
#include <chrono>
#include <thread>

namespace {

using namespace std::chrono_literals;
using ondes::direction;
using ondes::stream;

// What only a callback throws.
struct thrown {};

ondes::stream_options on(const char *input, const char *output) {
  ondes::stream_options options;
  options.input = input, options.output = output, options.buffer_size = 256;
  return options;
}

TEST(Stream, WhatIsPlayedComesBack) {
  stream loop = stream::open(on("loopback", "loopback"));
  EXPECT_EQ(loop.rate(), 48000u);
  EXPECT_EQ(loop.buffer_size(), 256u);
  EXPECT_EQ(loop.channels(direction::input), 2u);
  EXPECT_EQ(loop.channels(direction::output), 2u);
  EXPECT_EQ(loop.device_name(direction::output), "loopback");
  EXPECT_NEAR(loop.latency(direction::output).count(), 256.0 / 48000, 1e-9);
  EXPECT_FALSE(loop.is_running());

  std::vector<std::int16_t> played(2 * 2000);
  for (std::size_t i = 0; i < played.size(); i++) played[i] = made_sample(i, 0);
  EXPECT_EQ(loop.write(played, 0s), 2000u);
  EXPECT_EQ(loop.write(ondes::block<std::int16_t>({5, 6}, 1), 0s), 2u) << "mono goes to both channels";
  EXPECT_EQ(loop.write(ondes::block<float>({0.5f, 0.25f}, 2, ondes::layout::planar), 0s), 1u);
  EXPECT_EQ(loop.buffered(direction::output), 2003u);
  loop.start();
  EXPECT_TRUE(loop.is_running());
  const auto recorded = loop.read<std::int16_t>(2003);
  ASSERT_EQ(recorded.frames(), 2003u);
  EXPECT_TRUE(std::equal(played.begin(), played.end(), recorded.begin()));
  EXPECT_EQ(recorded(2001, 0), 6);
  EXPECT_EQ(recorded(2001, 1), 6);
  EXPECT_EQ(recorded(2002, 1), 8192);
  std::vector<float> planes(2 * 10);
  EXPECT_EQ(loop.read_into(planes, ondes::forever, ondes::layout::planar), 10u);
  loop.drain();
  EXPECT_FALSE(loop.is_running());
  FAILS(invalid_argument, "no whole frames", loop.write(std::vector<float>(3)));
  FAILS(invalid_argument, "3 channels", loop.write(ondes::block<float>({1, 2, 3}, 3)));
  loop.close();
  FAILS(closed, "", loop.start());
}

TEST(Stream, WaitsNoLongerThanAsked) {
  // Ten seconds, and queues for as much: not over before this thread gets to ask, however busy the machine is.
  const std::uint32_t many = 480000;
  ondes::stream_options options = on("null:channels=1", "null:channels=1");
  options.output_queue = many;
  stream null = stream::open(options);
  null.start();
  EXPECT_LT(null.read<float>(many, 50ms).frames(), many);
  const ondes::cancel token = ondes::cancel::create();
  std::thread later([&] {
    std::this_thread::sleep_for(50ms);
    token.set();
  });
  FAILS(cancelled, "", [&] {
    while (true) static_cast<void>(null.read<float>(many, ondes::forever, &token));
  }());
  later.join();
  std::vector<float> long_sound(many);
  EXPECT_GT(null.write(long_sound, 0s), 0u);
  FAILS(timed_out, "", null.drain(10ms));
  null.stop();
}

TEST(Stream, DropsAndCounts) {
  ondes::stream_options options = on("null:channels=1", "");
  options.input_queue = 512;
  stream null = stream::open(options);
  null.start();
  while (null.dropped_input() == 0) std::this_thread::sleep_for(5ms);
  FAILS(input_dropped, "", null.read<float>(512, 0s));
  null.set_ignore_dropped_input(true);
  EXPECT_TRUE(null.ignores_dropped_input());
  while (null.dropped_input() == 0) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(null.read<float>(512, 0s).frames(), 512u);
  null.reset_counts();
  EXPECT_EQ(null.missed_output(), 0u);
  FAILS(invalid_argument, "no output", null.write(std::vector<float>(2)));
  FAILS(invalid_argument, "", null.set_process([](ondes::view<float>) {}));
}

TEST(Stream, ADataFunctionDealsWithAll) {
  std::atomic<std::uint64_t> frames{0};
  std::atomic<bool> good{true};
  ondes::stream_options options = on("null:channels=1", "null:channels=2");
  options.data = [&](ondes::view<const float> in, ondes::view<float> out) -> std::int64_t {
    if (in.channels() != 1 || out.channels() != 2 || in.frames() != out.frames()) good = false;
    for (float &value : out) value = 0;
    frames += out.frames();
    return frames >= 2048 ? 0 : static_cast<std::int64_t>(out.frames());
  };
  stream null = stream::open(options);
  stream moved = std::move(null);  // also then the functions are where the device finds them
  moved.start();
  moved.drain();
  EXPECT_TRUE(good);
  EXPECT_GE(frames.load(), 2048u);
  FAILS(null_argument, "", null.start());
  FAILS(null_argument, "", null.set_process(nullptr));
  FAILS(null_argument, "", null.read<float>(1));
}

TEST(Stream, WhatADataFunctionThrowsComesBackOnce) {
  ondes::stream_options options = on("", "null");
  options.data = [](ondes::view<const float>, ondes::view<float>) -> std::int64_t { throw thrown(); };
  stream null = stream::open(options);
  null.start();
  EXPECT_THROW(null.drain(), thrown);
  FAILS(callback, "", null.drain());
}

TEST(Stream, AProcessChangesWhatIsPlayed) {
  stream loop = stream::open(on("loopback", "loopback"));
  loop.set_process([](ondes::view<float> samples) {
    for (float &value : samples) value *= 2;
  });
  const std::vector<float> quarter(2 * 512, 0.25f);
  loop.write(quarter, 0s);
  loop.start();
  EXPECT_EQ(loop.read<float>(512)(100, 1), 0.5f);
  loop.set_process([](ondes::view<float> samples) {
    for (float &value : samples) value = -1;
  });
  loop.set_process(nullptr);
  const auto until_it_throws = [&] {
    loop.set_process([](ondes::view<float>) { throw thrown(); });
    for (int i = 0; i < 1000; i++) static_cast<void>(loop.read<float>(256));
  };
  EXPECT_THROW(until_it_throws(), thrown);
  loop.stop();
}

TEST(Stream, SaysWhatItCannotOpen) {
  FAILS(invalid_argument, "neither an input nor an output", stream::open({}));
  auto monitor = on("", "null");
  monitor.monitor = true;
  FAILS(invalid_argument, "an input and an output", stream::open(monitor));
  FAILS(no_device, "no such device at all", stream::open(on("", "no such device at all")));
}

TEST(Devices, AreListed) {
  for (const ondes::device &each : ondes::devices(direction::output)) EXPECT_FALSE(each.id.empty());
}

TEST(Play, IsHeardToTheEnd) {
  ondes::play_options options;
  options.device = "null:channels=2";
  ondes::progress last;
  options.progress = [&](const ondes::progress &now) { last = now; };
  const auto start = std::chrono::steady_clock::now();
  ondes::play(ondes::load<float>(data("wav/s16.wav")), options);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 60ms) << "3001 frames at 44.1 kHz are 68 ms";
  EXPECT_EQ(last.frames_total, 3001u);
  ondes::play(ondes::block<std::int16_t>(std::vector<std::int16_t>(800), 1), 8000, options);
  options.progress = [](const ondes::progress &) { throw thrown(); };
  EXPECT_THROW(ondes::play(ondes::block<float>(std::vector<float>(8000), 1), 8000, options), thrown);
}

}  // namespace
