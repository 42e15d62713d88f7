// Reading: what a file is, its samples in every type and order, wrong use.
#include "fixtures.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>
#include <thread>
#ifdef __cpp_lib_span
#include <ranges>
#include <span>
#endif
#if __has_include(<filesystem>)
#include <filesystem>
#endif

namespace {

using ondes::layout;
using ondes::reader;
using ondes::sample;

static_assert(!std::is_copy_constructible_v<reader> && std::is_nothrow_move_constructible_v<reader> &&
              std::is_nothrow_move_assignable_v<reader>);
static_assert(sizeof(ondes::audio) == sizeof(void *) || sizeof(ondes::audio) == 2 * sizeof(void *));
static_assert(ondes::sample_of<float> == sample::f32 && ondes::sample_of<ondes::int24> == sample::i24 &&
              ondes::sample_of<std::uint8_t> == sample::u8 && ondes::sample_of<long long> == sample::i64);
static_assert(!ondes::is_sample<char> && !ondes::is_sample<bool> && !ondes::is_sample<std::uint16_t> &&
              !ondes::is_sample<const float>);

TEST(Reader, DescribesAFile) {
  reader from = reader::open(data("wav/s16.wav"));
  const ondes::info info = from.info();
  EXPECT_EQ(info.container, ondes::container::wav);
  EXPECT_EQ(info.codec, ondes::codec::pcm);
  EXPECT_EQ(info.sample_format, sample::i16);
  EXPECT_EQ(info.bit_depth, 16u);
  EXPECT_EQ(info.rate, 44100u);
  EXPECT_EQ(info.channels, 2u);
  EXPECT_EQ(info.frames, 3001u);
  EXPECT_EQ(info.output_frames, 3001u);
  EXPECT_EQ(info.output_rate, 44100u);
  EXPECT_EQ(info.output_channels, 2u);
  EXPECT_TRUE(info.is_exact);
  EXPECT_NEAR(info.duration, 3001.0 / 44100, 1e-12);
  EXPECT_EQ(from.name(), data("wav/s16.wav"));
  EXPECT_STREQ(name(info.container), "WAV");
  EXPECT_STREQ(name(info.codec), "PCM");
  EXPECT_STREQ(name(info.sample_format), "int16");
  EXPECT_EQ(size_of(sample::i24), 3u);
  EXPECT_TRUE(from.warnings().empty());
}

TEST(Reader, OpensWhatHasALossyCodec) {
  const ondes::info info = reader::open(data("mp3/cbr_128_known_100003.mp3")).info();
  EXPECT_EQ(info.codec, ondes::codec::mp3);
  EXPECT_EQ(info.container, ondes::container::mpeg);
  EXPECT_EQ(info.frames, 100003u);
  EXPECT_EQ(info.bit_depth, 0u);
  EXPECT_EQ(info.bit_rate, 128000u);
}

TEST(Reader, ReadsEveryTypeAndOrder) {
  file("made.wav", wav(1000, 2));
  reader from = reader::open("made.wav");
  const ondes::block<std::int16_t> shorts = from.read<std::int16_t>(1000);
  ASSERT_EQ(shorts.frames(), 1000u);
  ASSERT_EQ(shorts.channels(), 2u);
  ASSERT_EQ(shorts.size(), 2000u);
  for (std::uint64_t f = 0; f < 1000; f++)
    for (std::uint32_t c = 0; c < 2; c++) ASSERT_EQ(shorts(f, c), made_sample(f, c));
  EXPECT_EQ(shorts.frame(7)[1], made_sample(7, 1));
  EXPECT_TRUE(shorts.plane(0).empty()) << "it is interleaved";
  EXPECT_TRUE(shorts.frame(1000).empty());

  const auto again = [&] { from.seek(0); };
  again();
  const auto floats = from.read<float>(1000, layout::planar);
  EXPECT_EQ(floats.plane(1).size(), 1000u);
  EXPECT_EQ(floats.plane(1)[7], static_cast<float>(made_sample(7, 1)) / 32768);
  EXPECT_EQ(floats(7, 1), floats.plane(1)[7]);
  EXPECT_TRUE(floats.plane(2).empty());
  EXPECT_TRUE(floats.frame(0).empty()) << "it is planar";
  again();
  EXPECT_EQ(from.read<double>(1)(0, 1), made_sample(0, 1) / 32768.0);
  again();
  EXPECT_EQ(from.read<std::int32_t>(1)(0, 1), made_sample(0, 1) * 65536);
  again();
  EXPECT_EQ(from.read<ondes::int24>(1)(0, 1), made_sample(0, 1) * 256);
  again();
  EXPECT_EQ(from.read<std::int64_t>(1)(0, 1), std::int64_t{made_sample(0, 1)} << 48);
  again();
  EXPECT_EQ(from.read<std::uint8_t>(1)(0, 1), 128 + (made_sample(0, 1) >> 8)) << "the lower bits are dropped";
  again();
  EXPECT_EQ(from.read<std::int8_t>(1)(0, 1), made_sample(0, 1) >> 8);
}

TEST(Reader, AShortPlanarBlockHasNoGaps) {
  file("short.wav", wav(10, 3));
  reader from = reader::open("short.wav");
  from.seek(4);
  const auto block = from.read<std::int16_t>(100, layout::planar);
  ASSERT_EQ(block.frames(), 6u);
  ASSERT_EQ(block.size(), 18u);
  for (std::uint32_t c = 0; c < 3; c++)
    for (std::uint64_t f = 0; f < 6; f++) EXPECT_EQ(block.plane(c)[f], made_sample(4 + f, c));
  EXPECT_TRUE(from.read<std::int16_t>(100).empty()) << "the end";
}

TEST(Reader, ReadsIntoMemoryOfYours) {
  file("into.wav", wav(10, 2));
  reader from = reader::open("into.wav");
  std::vector<std::int16_t> vector(8);
  EXPECT_EQ(from.read_into(vector), 4u);
  EXPECT_EQ(vector[7], made_sample(3, 1));
  std::int16_t array[4];
  EXPECT_EQ(from.read_into(array), 2u);
  EXPECT_EQ(array[0], made_sample(4, 0));
  ondes::int24 triples[6];
  EXPECT_EQ(from.read_into(ondes::span<ondes::int24>(triples, 6), layout::planar), 3u);
  EXPECT_EQ(triples[3], made_sample(6, 1) * 256);
#ifdef __cpp_lib_span
  std::span<std::int16_t> standard(vector);
  EXPECT_EQ(from.read_into(standard.first(2)), 1u);
  EXPECT_EQ(vector[0], made_sample(9, 0));
#endif
  from.seek(10);
  EXPECT_EQ(from.read_into(vector), 0u);
  FAILS(invalid_argument, "7 samples are no whole frames of 2 channels", from.read_into(ondes::span(vector.data(), 7)));
}

TEST(Reader, SeeksExactly) {
  reader from = reader::open(data("flac/s16_known_100003.flac"));
  const auto all = from.read<std::int16_t>(100003);
  for (std::uint64_t start : {0u, 1u, 4095u, 4096u, 50000u, 99000u}) {
    from.seek(start);
    EXPECT_EQ(from.tell(), start);
    const auto part = from.read<std::int16_t>(500);
    EXPECT_TRUE(std::equal(part.begin(), part.end(), all.frame(start).data()));
  }
  from.seek(100003);
  EXPECT_TRUE(from.read<float>(1).empty());
  FAILS(out_of_range, "100004", from.seek(100004));
}

TEST(Reader, IteratesOverBlocks) {
  file("blocks.wav", wav(1000, 2));
  reader from = reader::open("blocks.wav");
  std::uint64_t at = 0;
  std::vector<std::uint64_t> sizes;
  for (const auto &block : from.blocks<std::int16_t>(300)) {
    sizes.push_back(block.frames());
    for (std::uint64_t f = 0; f < block.frames(); f++, at++) ASSERT_EQ(block(f, 1), made_sample(at, 1));
  }
  EXPECT_EQ(sizes, (std::vector<std::uint64_t>{300, 300, 300, 100}));
}

TEST(Reader, LoadsAsOptionsSay) {
  ondes::read_options options;
  options.rate = 16000;
  options.mono = true;
  const ondes::audio audio = ondes::load<float>(data("wav/s16.wav"), options);
  EXPECT_EQ(audio.frames(), 1089u) << "ceil(3001 * 16000 / 44100)";
  EXPECT_EQ(audio.channels(), 1u);
  EXPECT_EQ(audio.rate(), 16000u);
  EXPECT_EQ(audio.format(), sample::f32);
  EXPECT_NEAR(audio.duration(), 1089.0 / 16000, 1e-12);
  EXPECT_EQ(audio.samples<float>().size(), 1089u);
  EXPECT_EQ(audio.raw().size(), 1089u * 4);
  FAILS(invalid_argument, "the samples are float32, not int16", audio.samples<std::int16_t>());

  file("options.wav", wav(1000, 3));
  options = {};
  options.start = 10, options.end = 20, options.channels = 2;
  const auto window = ondes::load<std::int16_t>("options.wav", options, layout::planar);
  ASSERT_EQ(window.frames(), 10u);
  EXPECT_EQ(window.layout(), layout::planar);
  EXPECT_EQ(window.samples<std::int16_t>()(9, 1), made_sample(19, 1));
  options.unit = ondes::unit::milliseconds;
  EXPECT_EQ(ondes::load<float>("options.wav", options).frames(), 441u) << "10 to 20 ms";
  options.unit = ondes::unit::nanoseconds;
  options.start = 22676, options.end = 45351;  // frames 1 and 2 at 44.1 kHz
  EXPECT_EQ(ondes::load<std::int16_t>("options.wav", options).samples<std::int16_t>()(0, 0), made_sample(1, 0));

  options = {};
  options.end = 1010;
  options.ending = ondes::ending::silence;
  const auto longer = ondes::load<std::int16_t>("options.wav", options);
  ASSERT_EQ(longer.frames(), 1010u);
  EXPECT_EQ(longer.samples<std::int16_t>()(1009, 0), 0);
  options.ending = ondes::ending::repeat;
  EXPECT_EQ(ondes::load<std::int16_t>("options.wav", options).samples<std::int16_t>()(1009, 0), made_sample(9, 0));
}

TEST(Reader, LoadsIntoMemoryOfYoursOrNotAtAll) {
  file("whole.wav", wav(100, 2));
  reader from = reader::open("whole.wav");
  std::vector<float> enough(202), short_of_one(198);
  EXPECT_EQ(from.load_into(enough), 100u);
  from.seek(0);
  FAILS(out_of_range, "", from.load_into(short_of_one));
}

TEST(Reader, TrimsOnlyIfAsked) {
  ondes::read_options untrimmed;
  untrimmed.no_trim = true;
  const auto trimmed = ondes::load<float>(data("mp3/short_100.mp3"));
  EXPECT_EQ(trimmed.frames(), 100u);
  EXPECT_GT(ondes::load<float>(data("mp3/short_100.mp3"), untrimmed).frames(), 1152u);
}

TEST(Reader, WarnsOrIsStrict) {
  reader from = reader::open(data("aiff/truncated.aiff"));
  EXPECT_EQ(from.load<std::int16_t>().frames(), 1500u);
  const auto warnings = from.warnings();
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_FALSE(warnings[0].message.empty());
  ondes::read_options strict;
  strict.strict = true;
  FAILS(malformed, "truncated.aiff", ondes::load<float>(data("aiff/truncated.aiff"), strict));
}

TEST(Reader, MeasuresAndVerifies) {
  ondes::read_options estimate;
  estimate.estimate_length = true;
  reader from = reader::open(data("mp3/cbr_128_no_tag.mp3"), estimate);
  EXPECT_FALSE(from.info().is_exact);
  const std::uint64_t frames = from.measure();
  EXPECT_TRUE(from.info().is_exact);
  EXPECT_EQ(from.info().frames, frames);
  EXPECT_EQ(from.load<float>().frames(), frames);

  EXPECT_EQ(reader::open(data("flac/s24.flac")).verify(), ondes::checksum::match);
  EXPECT_EQ(reader::open(data("flac/wrong_md5.flac")).verify(), ondes::checksum::mismatch);
  EXPECT_EQ(reader::open(data("wav/s16.wav")).verify(), ondes::checksum::none);
}

TEST(Reader, IsAsItWasAfterACheckThatWasEnded) {
  ondes::read_options estimate;
  estimate.estimate_length = true;
  reader from = reader::open(data("flac/s16_known_100003.flac"), estimate);
  from.seek(5000);
  ondes::progress last;
  ondes::scan_options watched;
  watched.progress = [&](const ondes::progress &now) { return last = now, false; };
  FAILS(cancelled, "s16_known_100003.flac", from.verify(watched));
  EXPECT_EQ(last.files, 0u);
  EXPECT_EQ(from.tell(), 5000u);
  EXPECT_EQ(from.load<float>().frames(), 95003u);

  const ondes::cancel token = ondes::cancel::create();
  token.set();
  ondes::scan_options ended;
  ended.cancel = &token;
  FAILS(cancelled, "", from.verify(ended));
  reader tagless = reader::open(data("mp3/cbr_128_no_tag.mp3"), estimate);
  FAILS(cancelled, "", tagless.measure(ended));
  FAILS(cancelled, "", tagless.measure(watched));
  EXPECT_FALSE(tagless.info().is_exact);

  watched.progress = [&](const ondes::progress &now) { last = now; };
  EXPECT_EQ(from.verify(watched), ondes::checksum::match);
  EXPECT_EQ(last.frames, 100003u);
  EXPECT_EQ(last.frames_total, 100003u);
  const std::uint64_t frames = tagless.measure(watched);
  EXPECT_EQ(last.frames_total, last.frames);
  EXPECT_EQ(last.frames, frames);
}

TEST(Reader, MeasuresLoudness) {
  // A full-scale square wave: every sample is 1 or -1.
  ondes::write_options options;
  options.format = "wav", options.rate = 48000, options.channels = 1, options.sample_format = sample::f32;
  std::vector<float> square(48000);
  for (std::size_t i = 0; i < square.size(); i++) square[i] = i / 24 % 2 ? -1.0f : 1.0f;
  const ondes::bytes file = ondes::encode(square, options);
  reader from = reader::open_memory(file);
  std::uint64_t told = 0;
  ondes::loudness_options watched;
  watched.progress = [&](const ondes::progress &now) { told = now.frames; };
  const ondes::loudness loudness = from.measure_loudness(watched);
  EXPECT_EQ(loudness.frames, 48000u);
  EXPECT_EQ(told, 48000u);
  EXPECT_EQ(loudness.sample_peak, 1.0);
  EXPECT_GE(loudness.true_peak, 1.0);
  EXPECT_TRUE(std::isnan(loudness.max_short_term)) << "shorter than 3 s";
  // BS.1770: 0 dBFS of a 997 Hz sine is -3.01 LUFS; a square wave has 3.01 dB more, and harmonics.
  EXPECT_NEAR(loudness.integrated, 0.0, 3.0);
  from.seek(0);
  watched.no_true_peak = true;
  EXPECT_TRUE(std::isnan(from.measure_loudness(watched).true_peak));
}

TEST(Reader, ResampledViewsHaveTheirOwnPosition) {
  file("view.wav", wav(44100, 2));
  reader from = reader::open("view.wav");
  ondes::resampled view = from.resampled(22050, ondes::quality::best);
  EXPECT_EQ(view.rate(), 22050.0);
  EXPECT_EQ(view.frames(), 22050u);
  EXPECT_EQ(view.channels(), 2u);
  const auto all = view.read<float>(22050);
  EXPECT_EQ(all.frames(), 22050u);
  EXPECT_EQ(from.tell(), 0u);
  view.seek(1000);
  EXPECT_EQ(view.tell(), 1000u);
  const auto part = view.read<float>(100);
  EXPECT_TRUE(std::equal(part.begin(), part.end(), all.frame(1000).data()));
  view.seek(22000);
  std::uint64_t frames = 0;
  for (const auto &block : view.blocks<float>(30)) frames += block.frames();
  EXPECT_EQ(frames, 50u);
  FAILS(invalid_argument, "rate", from.resampled(-1));

  from = reader();
  FAILS(closed, "", view.read<float>(1));
}

TEST(Reader, SaysWhatIsWrongWithAFile) {
  const ondes::error gone = failure([] { return reader::open("no/such/file.wav"); });
  EXPECT_EQ(gone.status(), ondes::status::not_found);
  EXPECT_NE(gone.os_code(), 0);
  EXPECT_FALSE(gone.offset());
  EXPECT_STREQ(gone.what(), gone.message());
  EXPECT_NE(std::string(gone.what()).find("no/such/file.wav"), std::string::npos);
  EXPECT_STREQ(name(gone.status()), "ONDES_STATUS_NOT_FOUND");
  EXPECT_STRNE(text(gone.status()), "");
  FAILS(is_directory, "", reader::open("."));
  FAILS(unrecognized, "text.wav", reader::open(data("bad/text.wav")));
  FAILS(unsupported, "GSM 6.10 (format tag 0x0031)", reader::open(data("unsupported/gsm610.wav")));
  FAILS(limit, "", reader::open(data("bad/channels_65535.wav")));
  EXPECT_EQ(failure([] { return reader::open(data("bad/channels_0.caf")); }).offset(), 20u);
  FAILS(invalid_argument, "the path has a NUL in it", reader::open(std::string("a\0b", 3)));
  try {
    static_cast<void>(reader::open("no/such/file.wav"));
    FAIL();
  } catch (const std::exception &standard) {  // errors are standard exceptions
    EXPECT_STREQ(standard.what(), gone.what());
  }
}

TEST(Reader, OpensMemory) {
  const std::vector<unsigned char> bytes = wav(100, 2);
  reader from = reader::open_memory(bytes, {}, "inside");
  EXPECT_EQ(from.name(), "inside");
  EXPECT_EQ(from.load<std::int16_t>().samples<std::int16_t>()(99, 1), made_sample(99, 1));
  const std::string text(bytes.begin(), bytes.end());
  EXPECT_EQ(reader::open_memory(text).info().frames, 100u);
  EXPECT_EQ(reader::open_memory(std::string_view(text)).info().frames, 100u);
  EXPECT_EQ(reader::open_memory({bytes.data(), bytes.size()}).info().frames, 100u);
  EXPECT_EQ(reader::open_memory(ondes::span(bytes.data(), bytes.size())).info().frames, 100u);
#ifdef __cpp_lib_span
  EXPECT_EQ(reader::open_memory(std::as_bytes(std::span(bytes))).info().frames, 100u);
#endif
  FAILS(unrecognized, "", reader::open_memory({}));
  // Memory that would be gone at the end of the line, or is no bytes, is refused.
  static_assert(!std::is_constructible_v<ondes::memory, std::vector<unsigned char>>);
  static_assert(!std::is_constructible_v<ondes::memory, std::string>);
  static_assert(!std::is_constructible_v<ondes::memory, const std::vector<int> &>);
}

TEST(Reader, OneThreadAtATime) {
  file("busy.wav", wav(100));
  reader from = reader::open("busy.wav");
  // From another thread, one after the other: fine.
  std::thread([&] { EXPECT_EQ(from.read<std::int16_t>(10).frames(), 10u); }).join();
  EXPECT_EQ(from.tell(), 10u);

  // At the same time: the second is told so. The stream's callback is inside the first call.
  const auto bytes = wav(200000);
  std::size_t at = 0;
  reader *outer = nullptr;
  ondes::io stream;
  ondes::status seen = ondes::status::ok;
  stream.read = [&](unsigned char *dst, std::uint64_t len) {
    if (outer) {
      std::thread([&] { seen = ondes::attempt([&] { return outer->read<float>(1); }).status(); }).join();
      EXPECT_FALSE(outer->tell());
    }
    const std::size_t n = std::min({static_cast<std::size_t>(len), bytes.size() - at, std::size_t{100000}});
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), n, dst);
    at += n;
    return static_cast<std::int64_t>(n);
  };
  reader streamed = reader::open_io(std::move(stream));
  outer = &streamed;
  EXPECT_EQ(streamed.load<std::int16_t>().frames(), 200000u);
  EXPECT_EQ(seen, ondes::status::busy);
}

TEST(Reader, AnEmptyOneFailsAndDoesNothing) {
  file("moved.wav", wav(100));
  reader from = reader::open("moved.wav");
  reader to = std::move(from);
  EXPECT_TRUE(to);
  EXPECT_FALSE(from);
  FAILS(null_argument, "", from.read<float>(1));
  FAILS(null_argument, "", from.seek(0));
  FAILS(null_argument, "", from.info());
  FAILS(null_argument, "", from.load<float>());
  FAILS(null_argument, "", from.tags());
  FAILS(null_argument, "", from.resampled(8000));
  FAILS(null_argument, "", from.measure_loudness());
  EXPECT_EQ(from.name(), "");
  EXPECT_FALSE(from.tell());
  EXPECT_TRUE(from.warnings().empty());
  ondes::audio none;
  EXPECT_EQ(none.frames(), 0u);
  EXPECT_EQ(none.duration(), 0.0);
  FAILS(null_argument, "moved", none.samples<float>());
  ondes::resampled no_view;
  FAILS(null_argument, "", no_view.read<float>(1));
  EXPECT_FALSE(no_view.frames());
  reader &same = to;  // to itself
  to = std::move(same);
  std::swap(from, to);
  EXPECT_EQ(from.read<float>(100).frames(), 100u);
}

TEST(Reader, LendsAndGivesItsCObject) {
  file("lent.wav", wav(100));
  reader from = reader::open("lent.wav");
  EXPECT_EQ(ondes_reader_seek(from.capi(), 50, nullptr), ONDES_STATUS_OK);
  EXPECT_EQ(from.tell(), 50u);
  ondes_reader *raw = from.release();
  EXPECT_FALSE(from);
  EXPECT_EQ(ondes_reader_tell(raw), 50u);
  reader again(raw);
  EXPECT_EQ(again.read<std::int16_t>(1)(0, 0), made_sample(50, 0));
}

TEST(Reader, TakesNoMoreMemoryThanThereAreFrames) {
  file("small.wav", wav(10, 2));
  reader from = reader::open("small.wav");
  from.seek(4);
  const auto rest = from.read<std::int16_t>(UINT64_MAX, layout::planar);
  ASSERT_EQ(rest.frames(), 6u);
  EXPECT_EQ(rest(5, 1), made_sample(9, 1));
  EXPECT_TRUE(from.read<float>(UINT64_MAX).empty());
  // Where the length is not certain, what is asked for must fit into memory.
  ondes::read_options estimate;
  estimate.estimate_length = true;
  reader guessed = reader::open(data("mp3/cbr_128_no_tag.mp3"), estimate);
  FAILS(out_of_memory, "do not fit into memory", guessed.read<float>(UINT64_MAX));
  FAILS(out_of_memory, "do not fit into memory", guessed.read<float>(UINT64_MAX / 4));
}

TEST(Int24, HoldsTheLower24Bits) {
  for (std::int32_t value : {0, 1, -1, 0x123456, 8388607, -8388608}) EXPECT_EQ(ondes::int24(value), value);
  EXPECT_EQ(ondes::int24(8388608), -8388608);
}

TEST(Result, HoldsOne) {
  ondes::result<int> good = 7;
  EXPECT_TRUE(good);
  EXPECT_EQ(*good, 7);
  EXPECT_EQ(good.status(), ondes::status::ok);
  EXPECT_EQ(good.error().status(), ondes::status::ok);
  ondes::result<int> bad = ondes::error(ondes::status::busy, "later");
  EXPECT_FALSE(bad);
  EXPECT_STREQ(bad.error().what(), "later");
  EXPECT_EQ(std::move(bad).value_or(3), 3);
  FAILS(busy, "later", bad.value());
  ondes::result<void> done;
  EXPECT_TRUE(done);
  done.value();

  auto opened = ondes::attempt([] { return reader::open("no/such/file"); });
  static_assert(std::is_same_v<decltype(opened), ondes::result<reader>>);
  EXPECT_EQ(opened.status(), ondes::status::not_found);
  EXPECT_EQ(ondes::attempt([] { return 1; }).value(), 1);
  EXPECT_EQ(ondes::attempt([] { static_cast<void>(reader::open(".")); }).status(), ondes::status::is_directory);
}

TEST(Version, Fits) {
  EXPECT_STREQ(ondes::version(), ONDES_VERSION_STRING);
  EXPECT_EQ(ondes::abi_version(), std::uint32_t{ONDES_ABI_VERSION});
  ondes::check_library();
}

TEST(Version, TellsItsFeatures) {
  EXPECT_EQ(ondes::features(), "encoders,devices,libopus,lame,libflac,vorbis");
  EXPECT_TRUE(ondes::has_feature("lame"));
  EXPECT_FALSE(ondes::has_feature("LAME"));
  EXPECT_FALSE(ondes::has_feature(""));
  for (const auto &format : ondes::write_formats()) EXPECT_TRUE(format.is_built()) << format.name();
}

TEST(Formats, AreListed) {
  bool flac = false;
  for (const auto &format : ondes::read_formats())
    flac |= std::string_view(format.extensions).find("flac") != std::string_view::npos;
  EXPECT_TRUE(flac);
  const auto mp3 = ondes::write_format::find(".MP3");
  ASSERT_TRUE(mp3);
  EXPECT_EQ(mp3->name(), "mp3");
  EXPECT_EQ(mp3->qualities().back(), "320 kbps");
  EXPECT_TRUE(mp3->samples().empty());
  EXPECT_EQ(mp3->max_channels(), 2u);
  EXPECT_TRUE(mp3->has_rate(44100));
  EXPECT_FALSE(mp3->has_rate(96000));
  const auto wave = ondes::write_format::find("wav");
  EXPECT_EQ(wave->title(), "WAV");
  EXPECT_EQ(wave->samples().front(), sample::i16);
  EXPECT_FALSE(ondes::write_format::find("xyz"));
  EXPECT_EQ(ondes::write_format(12345).name(), "");
  EXPECT_GT(ondes::write_formats().size(), 5u);
}

#ifdef __cpp_lib_filesystem
TEST(Reader, TakesAPathObject) {
  EXPECT_EQ(reader::open(std::filesystem::path(ONDES_TEST_DATA) / "wav" / "s16.wav").info().frames, 3001u);
}
#endif

#ifdef __cpp_lib_span
TEST(Span, GoesWithTheStandardOne) {
  static_assert(std::ranges::contiguous_range<ondes::span<int>> && std::ranges::borrowed_range<ondes::span<int>>);
  static_assert(std::ranges::contiguous_range<ondes::view<const float>>);
  std::vector<int> three{1, 2, 3};
  ondes::span<const int> ours(three);
  std::span<const int> standard = ours;
  EXPECT_EQ(standard.size(), 3u);
  EXPECT_EQ(ondes::span<const int>(standard)[2], 3);
  EXPECT_EQ(std::ranges::max(ondes::load<std::int16_t>(file("max.wav", wav(10))).samples<std::int16_t>()),
            made_sample(9, 0));
}
#endif

TEST(Span, HasParts) {
  const std::vector<int> three{1, 2, 3};
  const ondes::span<const int> all(three);
  EXPECT_EQ(all.subspan(1).size(), 2u);
  EXPECT_EQ(all.subspan(1, 1)[0], 2);
  EXPECT_TRUE(all.subspan(4).empty());
  EXPECT_EQ(std::accumulate(all.begin(), all.end(), 0), 6);
}

}  // namespace
