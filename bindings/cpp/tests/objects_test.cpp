// Writer, resampler, tags, map, batch, conversion.
#include "fixtures.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <set>
#include <thread>
#if __cplusplus > 201703L
#include <ranges>
#endif

namespace {

using ondes::layout;
using ondes::reader;
using ondes::sample;
using ondes::writer;

ondes::write_options as(const char *format, std::uint32_t channels = 2, std::uint32_t rate = 44100) {
  ondes::write_options options;
  options.format = format, options.rate = rate, options.channels = channels;
  return options;
}

TEST(Writer, WritesWhatIsReadBack) {
  auto options = as("", 2);
  options.sample_format = sample::i24;
  writer to = writer::open("written.wav", options);
  EXPECT_EQ(to.name(), "written.wav");
  EXPECT_EQ(to.format()->name(), "wav");
  EXPECT_EQ(to.sample_format(), sample::i24);
  EXPECT_EQ(to.rate(), 44100u);
  EXPECT_EQ(to.channels(), 2u);
  EXPECT_EQ(to.quality(), "");
  const std::vector<float> halves{0.5f, -0.5f, 0.25f, -0.25f};
  to.write(halves);                                                      // interleaved
  const std::int16_t planes[]{16384, 8192, -16384, -8192};
  to.write(planes, layout::planar);
  to.write(ondes::block<double>({0.5, -0.5}, 2));
  to.write(ondes::view<const float>(halves.data(), 2, 2, layout::interleaved));
  EXPECT_EQ(to.frames(), 7u);
  to.flush();
  EXPECT_EQ(reader::open("written.wav").info().frames, 7u);
  FAILS(invalid_argument, "no whole frames", to.write(ondes::span(halves.data(), 3)));
  FAILS(invalid_argument, "have 1 channel, the file 2", to.write(ondes::block<float>({1}, 1)));
  to.finish();
  FAILS(closed, "", to.finish());
  FAILS(closed, "", to.write(halves));

  const auto read = ondes::load<ondes::int24>("written.wav");
  const auto samples = read.samples<ondes::int24>();
  ASSERT_EQ(samples.frames(), 7u);
  const std::int32_t half = 4194304, quarter = 2097152;
  const std::int32_t expected[]{half, -half, quarter, -quarter, half,  -half,   quarter,
                                -quarter, half, -half, half, -half, quarter, -quarter};
  EXPECT_TRUE(std::equal(samples.begin(), samples.end(), std::begin(expected), std::end(expected)));
}

TEST(Writer, InMemoryAndInOneCall) {
  const std::vector<std::int16_t> samples{1, 2, 3, 4};
  writer to = writer::open_memory(as("wav"));
  FAILS(invalid_argument, "", to.take_bytes());
  to.write(samples);
  to.finish();
  const ondes::bytes bytes = to.take_bytes();
  const ondes::bytes at_once = ondes::encode(samples, as("wav"));
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), at_once.begin(), at_once.end()));
  EXPECT_FALSE(bytes.empty());
  EXPECT_EQ(reader::open_memory(bytes).load<std::int16_t>().samples<std::int16_t>()(1, 1), 4);
  FAILS(invalid_argument, "no whole frames of 3 channels", ondes::encode(samples, as("wav", 3)));
  ondes::bytes none;
  EXPECT_EQ(none.size(), 0u);
}

TEST(Writer, AtomicLeavesNothingUnfinished) {
  auto options = as("wav", 1);
  options.atomic = true;
  {
    writer to = writer::open("atomic.wav", options);
    to.write(std::vector<float>(100));
  }
  FAILS(not_found, "", reader::open("atomic.wav"));
}

TEST(Writer, RefusesWhatAFormatCannotHold) {
  FAILS(invalid_argument, "", writer::open("seven.mp3", as("", 7)));
  FAILS(invalid_argument, "", writer::open("no.extension.xyz", as("")));
  FAILS(invalid_argument, "the path has a NUL in it", writer::open(std::string("\0.wav", 5), as("wav")));
  auto options = as("mp3", 1);
  options.quality = "no such";
  FAILS(invalid_argument, "no such", writer::open_memory(options));
  writer none;
  FAILS(null_argument, "", none.write(std::vector<float>(1)));
  FAILS(null_argument, "", none.finish());
}

TEST(Writer, TakesAfterAReaderWithTags) {
  reader from = reader::open(data("flac/s24.flac"));
  ondes::tags tags = ondes::tags::create();
  tags.set("title", "C++");
  ondes::write_options options;
  options.like = &from;
  options.tags = &tags;
  writer to = writer::open("like.flac", options);
  EXPECT_EQ(to.sample_format(), sample::i24);
  const ondes::audio whole = from.load(sample::i24);
  to.write(whole);
  to.finish();
  reader back = reader::open("like.flac");
  EXPECT_EQ(back.tags().get("title"), "C++");
  const ondes::audio same = back.load(sample::i24, layout::planar);
  for (std::uint64_t f = 0; f < 3001; f++)
    ASSERT_EQ(whole.samples<ondes::int24>()(f, 1), same.samples<ondes::int24>()(f, 1));
}

TEST(Resampler, PiecesMakeTheWhole) {
  std::vector<float> sine(4410);
  for (std::size_t i = 0; i < sine.size(); i++) sine[i] = std::sin(static_cast<float>(i) * 0.05f);
  auto whole = ondes::resampler<float>::create(44100, 16000, 1);
  EXPECT_EQ(whole.channels(), 1u);
  EXPECT_GT(whole.latency(), 0u);
  const auto ready = whole.output_frames(4410);
  std::vector<float> at_once = whole.process(sine).take();
  EXPECT_EQ(at_once.size(), ready);
  const auto rest = whole.flush();
  at_once.insert(at_once.end(), rest.begin(), rest.end());
  EXPECT_EQ(at_once.size(), 1600u) << "4410 * 16000 / 44100";
  EXPECT_EQ(whole.flush_frames(), 0u);
  EXPECT_TRUE(whole.flush().empty());

  auto pieces = ondes::resampler<float>::create(44100, 16000, 1);
  std::vector<float> got, room(1600);
  for (std::size_t at = 0; at < sine.size(); at += 147) {
    const std::uint64_t n = pieces.process_into(ondes::span<const float>(sine).subspan(at, 147), room);
    got.insert(got.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(n));
  }
  const std::uint64_t n = pieces.flush_into(room);
  got.insert(got.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(n));
  EXPECT_EQ(got, at_once);

  pieces.reset();
  pieces.process(sine);
  FAILS(out_of_range, "", pieces.flush_into(ondes::span<float>(room).subspan(0, 10)));
  pieces.reset();
  EXPECT_EQ(pieces.process(sine).frames(), ready);
}

TEST(Resampler, AClipAtOnce) {
  std::vector<float> sine(4410);
  for (std::size_t i = 0; i < sine.size(); i++) sine[i] = std::sin(static_cast<float>(i) * 0.05f);
  auto stream = ondes::resampler<float>::create(44100, 16000, 1);
  std::vector<float> expected = stream.process(sine).take();
  const auto rest = stream.flush();
  expected.insert(expected.end(), rest.begin(), rest.end());

  ondes::resample_options options;
  options.threads = ondes::all_cores;
  const ondes::audio clip = ondes::resample(ondes::block<float>(sine, 1), 44100, 16000, options);
  EXPECT_EQ(clip.rate(), 16000u);
  const auto got = clip.samples<float>();
  ASSERT_EQ(got.frames(), expected.size());
  for (std::uint64_t f = 0; f < got.frames(); f++) ASSERT_EQ(got(f, 0), expected[static_cast<std::size_t>(f)]);

  const ondes::audio back = ondes::resample(clip, 44100);
  EXPECT_EQ(back.frames(), 4410u);
  FAILS(invalid_argument, "above 256:1", ondes::resample(clip, 1));
  options.quality = ondes::quality::zero_order_hold;
  const std::vector<std::int16_t> words{-32768, 16384};
  const ondes::audio floats = ondes::resample(ondes::block<std::int16_t>(words, 1), 1, 2, options);
  EXPECT_EQ(floats.frames(), 4u);
  EXPECT_EQ(floats.samples<float>()(0, 0), -1.0f);
}

TEST(Resampler, ChannelsAndWrongUse) {
  auto two = ondes::resampler<double>::create(1, 2, 2, ondes::quality::zero_order_hold);
  const std::vector<double> planes{1, 2, 3, 4, 5, 6};  // 1 2 3 and 4 5 6
  const auto out = two.process(planes, layout::planar);
  ASSERT_GE(out.frames(), 2u);
  EXPECT_EQ(out.plane(1)[0], 4.0);
  FAILS(invalid_argument, "no whole frames", two.process(std::vector<double>(3)));
  FAILS(invalid_argument, "rate", ondes::resampler<float>::create(0, 1, 1));
  auto moved = std::move(two);
  FAILS(null_argument, "", two.process(planes));
  FAILS(null_argument, "", two.flush());
  EXPECT_FALSE(two.latency());
  EXPECT_TRUE(moved);
}

TEST(Tags, AreReadAndChanged) {
  ondes::tags tags = ondes::tags::open(data("tags/ffmpeg_id3v24.mp3"));
  EXPECT_TRUE(tags.is_complete());
  EXPECT_EQ(tags.get("artist"), "Zoë & Søn");
  EXPECT_EQ(tags.get("Album Artist"), "Various");
  EXPECT_FALSE(tags.get("conductor"));
  std::vector<std::string> keys;
  for (const auto &[key, value] : tags.texts()) {
    keys.emplace_back(key);
    EXPECT_FALSE(value.empty());
  }
  EXPECT_EQ(keys.size(), tags.count());
  EXPECT_EQ(keys.front(), "title");
  ASSERT_EQ(tags.pictures().size(), 1u);
  const ondes::picture cover = tags.pictures()[0];
  EXPECT_EQ(cover.mime, "image/png");
  EXPECT_EQ(cover.kind, ondes::picture_kind::other);
  EXPECT_EQ(cover.data.size(), 74u);

  const std::vector<unsigned char> png(cover.data.begin(), cover.data.end());
  tags.clear();
  EXPECT_EQ(tags.count(), 0u);
  tags.add("genre", "Jazz");
  tags.add("genre", "Blues");
  EXPECT_EQ(tags.count(), 2u);
  tags.set("genre", "Folk");
  EXPECT_EQ(tags.get("genre"), "Folk");
  tags.remove("genre");
  EXPECT_EQ(tags.count(), 0u);
  tags.add_picture(ondes::picture_kind::front_cover, png, "", "me");
  EXPECT_EQ(tags.pictures()[0].description, "me");
  EXPECT_EQ(tags.pictures()[0].mime, "image/png");
  tags.remove_picture(0);
  FAILS(out_of_range, "", tags.remove_picture(0));
  FAILS(invalid_argument, "the value has a NUL in it", tags.set("title", std::string("a\0b", 3)));
  FAILS(invalid_argument, "the key has a NUL in it", tags.add(std::string("\0", 1), "x"));

  const auto known = ondes::tags::known_keys();
  EXPECT_NE(std::find(known.begin(), known.end(), "albumartist"), known.end());
}

TEST(Tags, FromMemoryStreamsAndReaders) {
  const std::string path = data("tags/ffmpeg_id3v24.mp3");
  const auto bytes = content(path);
  EXPECT_EQ(ondes::tags::open_memory(bytes).get("album"), "Ein Album");
  std::ifstream in(path, std::ios::binary);
  EXPECT_EQ(ondes::tags::open_stream(in).get("album"), "Ein Album");
  ondes::tags later;
  {
    reader from = reader::open(path);
    later = from.tags();
    EXPECT_EQ(from.tell(), 0u);
  }
  EXPECT_EQ(later.get("album"), "Ein Album");
  FAILS(not_found, "", ondes::tags::open("no/such/file"));
  ondes::tags none;
  EXPECT_EQ(none.count(), 0u);
  EXPECT_FALSE(none.get("title"));
  FAILS(null_argument, "", none.set("title", "x"));
}

TEST(Map, ShowsAndChangesAFile) {
  ondes::map_form form;
  form.sample_format = sample::f32, form.channels = 2, form.rate = 48000, form.frames = 100;
  {
    ondes::map map = ondes::map::create("map.wav", form);
    auto samples = map.samples<float>();
    EXPECT_EQ(samples.frames(), 100u);
    samples(99, 1) = 0.5f;
    map.write(0, std::vector<std::int16_t>{16384, -16384});
    FAILS(out_of_range, "", map.write(100, std::vector<float>{1, 1}));
    FAILS(invalid_argument, "no whole frames", map.write(0, std::vector<float>{1}));
    map.flush();
    map.append(20);
    EXPECT_EQ(map.info().frames, 120u);
  }
  ondes::map map = ondes::map::open("map.wav");
  const ondes::map_info info = map.info();
  EXPECT_EQ(info.container, ondes::container::wav);
  EXPECT_EQ(info.sample_format, sample::f32);
  EXPECT_EQ(info.frames, 120u);
  EXPECT_EQ(info.frame_stride, 8u);
  EXPECT_EQ(info.mode, ondes::map_mode::read);
  EXPECT_FALSE(info.is_buffered);
  EXPECT_EQ(map.name(), "map.wav");
  EXPECT_TRUE(map.warnings().empty());
  const auto samples = map.samples<const float>();
  EXPECT_EQ(samples(0, 0), 0.5f);
  EXPECT_EQ(samples(99, 1), 0.5f);
  FAILS(invalid_argument, "to be read", map.samples<float>());
  FAILS(invalid_argument, "float32, not int16", map.samples<const std::int16_t>());
  FAILS(invalid_argument, "", map.append(1));

  EXPECT_EQ(map.read<std::int16_t>(99, 1000)(0, 1), 16384);
  EXPECT_EQ(map.read<std::int16_t>(99, 1000).frames(), 21u);
  EXPECT_EQ(map.read<double>(0, 4, layout::planar).plane(1)[0], -0.5);
  FAILS(out_of_range, "", map.read<float>(121, 1));
  std::vector<float> two(4);
  EXPECT_EQ(map.read_into(119, two), 1u);

  ondes::map other = map.share();
  map = ondes::map();
  EXPECT_EQ(other.samples<const float>()(0, 0), 0.5f);
  FAILS(null_argument, "", map.info());
}

TEST(Map, SaysWhenSamplesAreNotNative) {
  ondes::map map = ondes::map::open(data("aiff/s16.aiff"));
  FAILS(invalid_argument, "order of bytes", map.samples<const std::int16_t>());
  const auto audio = ondes::load<std::int16_t>(data("aiff/s16.aiff"));
  const auto read = map.read<std::int16_t>(0, 3001);
  EXPECT_TRUE(std::equal(read.begin(), read.end(), audio.samples<std::int16_t>().begin()));
}

TEST(Map, RawAndBuffered) {
  const auto bytes = wav(10, 2);
  file("raw.wav", bytes);
  ondes::map_form form;
  form.sample_format = sample::i16, form.channels = 2, form.offset = 44;
  ondes::map raw = ondes::map::open_raw("raw.wav", form, ondes::map_mode::copy_on_write);
  EXPECT_EQ(raw.samples<const std::int16_t>()(9, 1), made_sample(9, 1));
  raw.samples<std::int16_t>()(9, 1) = 0;
  EXPECT_EQ(content("raw.wav"), bytes);
  ondes::map buffered = ondes::map::open("raw.wav", ondes::map_mode::read_write, true);
  EXPECT_TRUE(buffered.info().is_buffered);
  EXPECT_EQ(buffered.samples<const std::int16_t>()(9, 1), made_sample(9, 1));
  form.frames = 5;
  EXPECT_EQ(ondes::map::create("new.raw", form, ondes::map_header::none).info().offset, 44u);
  EXPECT_EQ(content("new.raw").size(), 44u + 5 * 4);
}

TEST(Map, AnyThreadAtAnyTime) {
  ondes::map_form form;
  form.sample_format = sample::i32, form.channels = 1, form.rate = 8000, form.frames = 4000;
  ondes::map map = ondes::map::create("threads.wav", form);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; t++)
    threads.emplace_back([&, t] {
      for (std::uint64_t f = 0; f < 1000; f++)
        map.write(static_cast<std::uint64_t>(t) * 1000 + f, std::vector<std::int32_t>{t + 1});
    });
  for (auto &thread : threads) thread.join();
  for (std::uint64_t f = 0; f < 4000; f++)
    ASSERT_EQ(map.samples<const std::int32_t>()(f, 0), static_cast<std::int32_t>(f / 1000 + 1));
}

TEST(Batch, GivesFilesInOrderWithWhatWentWrong) {
  const auto bytes = wav(50, 1);
  ondes::batch_options options;
  options.format = sample::i16;
  options.workers = 3;
  ondes::progress last;
  options.progress = [&](const ondes::progress &now) { last = now; };
  ondes::batch batch = ondes::batch::create(options);
  batch.add(data("wav/s16.wav"));
  batch.add("no/such/file");
  batch.add_memory(bytes, "memory");
  batch.add(data("aiff/truncated.aiff"));
  EXPECT_EQ(batch.count(), 4u);

  std::vector<std::string> names;
  for (auto &&item : batch) {
    EXPECT_EQ(item.index(), names.size());
    names.emplace_back(item.name());
    if (item.index() == 1) {
      EXPECT_FALSE(item.ok());
      EXPECT_EQ(item.status(), ondes::status::not_found);
      EXPECT_EQ(item.error().status(), ondes::status::not_found);
      FAILS(not_found, "no/such/file", item.audio());
      EXPECT_EQ(item.frames(), 0u);
    } else {
      EXPECT_TRUE(item.ok());
      EXPECT_EQ(item.error().status(), ondes::status::ok);
      EXPECT_EQ(item.audio().frames(), item.frames());
    }
    if (item.index() == 2) {
      EXPECT_EQ(item.audio().samples<std::int16_t>()(49, 0), made_sample(49, 0));
    }
    if (item.index() == 3) {
      EXPECT_EQ(item.warnings().size(), 1u);
      EXPECT_EQ(item.info().container, ondes::container::aiff);
    }
  }
  EXPECT_EQ(names, (std::vector<std::string>{data("wav/s16.wav"), "no/such/file", "memory", data("aiff/truncated.aiff")}));
  EXPECT_EQ(last.files, 4u);
  EXPECT_EQ(last.failed, 1u);
  EXPECT_FALSE(batch.next()) << "the end stays";
  EXPECT_TRUE(batch.begin() == batch.end());
  batch.add("late");
  EXPECT_EQ(batch.next().name(), "late") << "files may be added while it runs";
  FAILS(invalid_argument, "the path has a NUL in it", batch.add(std::string("\0", 1)));
}

TEST(Batch, TakesStreams) {
  ondes::batch batch = ondes::batch::create();
  batch.add_stream(std::make_unique<std::ifstream>(data("wav/s16.wav"), std::ios::binary), "stream.wav");
  ondes::io broken;
  broken.read = [](unsigned char *, std::uint64_t) -> std::int64_t { throw 7; };
  std::atomic<int> closes{0};
  broken.close = [&] { closes++; };
  batch.add_io(broken, "broken");
  FAILS(io, "was its file opened?", batch.add_stream(std::make_unique<std::ifstream>("no/such/file")));
  FAILS(null_argument, "no stream", batch.add_stream(nullptr));
  const auto items = batch.collect();
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[0].frames(), 3001u);
  EXPECT_EQ(items[0].name(), "stream.wav");
  EXPECT_EQ(items[1].status(), ondes::status::callback);
  EXPECT_EQ(closes, 1);
}

TEST(Batch, ItemsOutliveIt) {
  ondes::batch_options options;
  options.unordered = true;
  options.read.mono = true;
  std::vector<ondes::batch_item> items;
  {
    ondes::batch batch = ondes::batch::create(options);
    for (int i = 0; i < 20; i++) batch.add(data("wav/s16.wav"));
    while (auto item = batch.next()) items.push_back(std::move(item));
  }
  std::set<std::uint64_t> places;
  for (const auto &item : items) {
    places.insert(item.index());
    EXPECT_EQ(item.audio().samples<float>().size(), 3001u);
  }
  EXPECT_EQ(places.size(), 20u);
}

TEST(Batch, CollectsAndFills) {
  file("ten.wav", wav(10, 2));
  file("five.wav", wav(5, 2));
  const auto two = [] {
    ondes::batch_options options;
    options.format = sample::i16;
    ondes::batch batch = ondes::batch::create(options);
    batch.add("ten.wav");
    batch.add("five.wav");
    return batch;
  };
  {
    ondes::batch batch = two();
    const auto items = batch.collect();
    ASSERT_EQ(items.size(), 2u);
    EXPECT_EQ(items[1].frames(), 5u);
  }
  std::vector<std::int16_t> block(2 * 2 * 8, -1);
  ondes::batch batch = two();
  std::vector<float> floats(block.size());
  FAILS(invalid_argument, "the batch gives int16, the block holds float32", batch.fill(floats, 2, 8));
  FAILS(out_of_range, "too few", batch.fill(block, 2, 9));
  FAILS(out_of_memory, "", batch.fill(block, 2, UINT64_MAX));
  const auto items = batch.fill(block, 2, 8, ondes::padding::repeat);
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[1].frames(), 5u);
  FAILS(invalid_argument, "in the block", items[0].audio());
  const ondes::view<const std::int16_t> second(block.data() + 16, 8, 2, layout::interleaved);
  EXPECT_EQ(second(4, 1), made_sample(4, 1));
  EXPECT_EQ(second(5, 1), made_sample(0, 1)) << "again from the start";
}

TEST(Batch, CancelsAndMoves) {
  const ondes::cancel token = ondes::cancel::create();
  ondes::batch_options options;
  options.cancel = &token;
  options.progress = [](const ondes::progress &) {};
  ondes::batch first = ondes::batch::create(options);
  first.add(data("wav/s16.wav"));
  ondes::batch batch = std::move(first);
  token.set();
  const auto items = batch.collect();
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].status(), ondes::status::cancelled);
  FAILS(null_argument, "", first.next());
  FAILS(null_argument, "", first.collect());
  batch = ondes::batch::create();
  EXPECT_TRUE(batch.collect().empty());
  ondes::batch_item none;
  EXPECT_FALSE(none.ok());
  FAILS(null_argument, "", none.audio());

  ondes::batch plain = ondes::batch::create();
  plain.add(data("wav/s16.wav"));
  ondes::batch adopted(plain.release(), sample::f32);
  EXPECT_EQ(adopted.collect().at(0).frames(), 3001u);
}

#ifdef __cpp_lib_ranges
static_assert(std::input_iterator<ondes::batch::iterator> && std::ranges::input_range<ondes::batch>);
static_assert(std::ranges::input_range<decltype(std::declval<ondes::tags>().texts())>);
#endif

TEST(Batch, ItemsAreSharedBetweenThreads) {
  ondes::batch batch = ondes::batch::create();
  batch.add(data("wav/s16.wav"));
  const auto items = batch.collect();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; t++)
    threads.emplace_back([&] {
      float sum = 0;
      for (float value : items[0].audio().samples<float>()) sum += value;
      EXPECT_TRUE(std::isfinite(sum));
    });
  for (auto &thread : threads) thread.join();
}

TEST(Convert, AsWavemapDoes) {
  const std::vector<std::uint16_t> from{0, 65535};
  std::vector<float> to(2);
  ondes::convert(from, to);
  EXPECT_EQ(to[0], -1.0f);
  EXPECT_EQ(to[1], 1.0f);
  std::vector<float> wrong(3);
  FAILS(invalid_argument, "2 numbers do not become 3", ondes::convert(from, wrong));
}

}  // namespace
