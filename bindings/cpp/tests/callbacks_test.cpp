// Streams and progress: exceptions come through C unchanged, C++ streams keep their state.
#include "fixtures.hpp"

#include <algorithm>
#include <sstream>
#include <streambuf>

namespace {

using ondes::reader;
using ondes::writer;

// What only a callback throws.
struct thrown {
  int number;
};

// A stream of lambdas over bytes that counts its calls, and throws at one of them.
struct counted {
  std::vector<unsigned char> bytes;
  std::size_t at = 0;
  int reads = 0, closes = 0, throw_at = -1;

  ondes::io stream() {
    ondes::io made;
    made.read = [this](unsigned char *dst, std::uint64_t len) {
      if (reads++ == throw_at) throw thrown{reads};
      const std::size_t n = std::min(static_cast<std::size_t>(len), bytes.size() - at);
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), n, dst);
      at += n;
      return static_cast<std::int64_t>(n);
    };
    made.seek = [this](std::int64_t to) {
      at = static_cast<std::size_t>(to);
      return to;
    };
    made.tell = [this] { return static_cast<std::int64_t>(at); };
    made.size = [this] { return static_cast<std::int64_t>(bytes.size()); };
    made.close = [this] { closes++; };
    return made;
  }
};

TEST(Io, ReadsThroughLambdas) {
  counted source{wav(100000, 2)};
  {
    reader from = reader::open_io(source.stream(), {}, "lambdas");
    EXPECT_EQ(from.name(), "lambdas");
    from.seek(90000);
    EXPECT_EQ(from.read<std::int16_t>(1)(0, 1), made_sample(90000, 1));
    EXPECT_EQ(source.closes, 0);
  }
  EXPECT_EQ(source.closes, 1);
}

TEST(Io, WhatItThrowsComesBackUnchanged) {
  for (int call = 0; call < 6; call++) {
    counted source{wav(100000, 2)};
    source.throw_at = call;
    try {
      reader from = reader::open_io(source.stream());
      static_cast<void>(from.load<float>());
      EXPECT_LE(source.reads, call) << "it was called, and threw";
    } catch (const thrown &mine) {
      EXPECT_EQ(mine.number, call + 1);
    }
    EXPECT_EQ(source.closes, 1);
  }
}

TEST(Io, AnErrorOfYoursIsTheSameObject) {
  ondes::io stream;
  stream.read = [](unsigned char *, std::uint64_t) -> std::int64_t {
    throw ondes::error(ondes::status::permission, "the vault is locked");
  };
  FAILS(permission, "the vault is locked", reader::open_io(stream));
  FAILS(permission, "the vault is locked", ondes::tags::open_io(stream));
}

TEST(Io, ANegativeNumberIsAFailure) {
  ondes::io stream;
  stream.read = [](unsigned char *, std::uint64_t) -> std::int64_t { return -7; };
  FAILS(callback, "-7", reader::open_io(stream));
  stream.read = nullptr;
  bool closed = false;
  stream.close = [&] { closed = true; };
  FAILS(null_argument, "io.read", reader::open_io(stream));
  EXPECT_TRUE(closed);
}

TEST(Io, WhatCloseThrowsAtTheEndIsDropped) {
  counted source{wav(10)};
  ondes::io stream = source.stream();
  stream.close = [&] {
    source.closes++;
    throw thrown{1};
  };
  { reader from = reader::open_io(stream); }
  EXPECT_EQ(source.closes, 1);
}

TEST(Io, CallbacksMayUseOtherObjectsAndThrowThroughThem) {
  counted inner{wav(1000)}, outer{wav(1000)};
  inner.throw_at = 0;
  ondes::io stream = outer.stream();
  const auto read = stream.read;
  int caught = 0;
  stream.read = [&](unsigned char *dst, std::uint64_t len) {
    try {
      inner.reads = 0;
      static_cast<void>(reader::open_io(inner.stream()));
    } catch (const thrown &) {
      caught++;  // the inner call's own affair
    }
    { reader unused = reader::open("inner.wav"); }
    return read(dst, len);
  };
  file("inner.wav", wav(10));
  EXPECT_EQ(reader::open_io(stream).load<float>().frames(), 1000u);
  EXPECT_GT(caught, 0);
}

TEST(Io, AnotherReaderGoesOnAfterwards) {
  counted source{wav(100000)};
  source.throw_at = 1;
  EXPECT_THROW(static_cast<void>(reader::open_io(source.stream()).load<float>()), thrown);
  source.at = 0;
  EXPECT_EQ(reader::open_io(source.stream()).load<float>().frames(), 100000u) << "nothing is left behind";
}

TEST(Streams, AFileStream) {
  std::ifstream in(data("wav/s16.wav"), std::ios::binary);
  reader from = reader::open_stream(in);
  const auto all = from.load<std::int16_t>();
  EXPECT_EQ(all.frames(), 3001u);
  from.seek(17);
  EXPECT_EQ(from.read<std::int16_t>(1)(0, 1), all.samples<std::int16_t>()(17, 1));
  from.seek(3001);
  EXPECT_TRUE(from.read<float>(1).empty());
}

TEST(Streams, OneThatBelongsToTheReader) {
  reader from = reader::open_stream(std::make_unique<std::ifstream>(data("opus/short_100.opus"), std::ios::binary));
  EXPECT_EQ(from.load<float>().frames(), 100u);
  FAILS(null_argument, "no stream", reader::open_stream(std::unique_ptr<std::istream>()));
}

TEST(Streams, StartWhereTheyStand) {
  const auto bytes = wav(100);
  std::stringstream in("skip" + std::string(bytes.begin(), bytes.end()), std::ios::in | std::ios::binary);
  in.ignore(4);
  EXPECT_EQ(reader::open_stream(in).load<std::int16_t>().samples<std::int16_t>()(99, 0), made_sample(99, 0));
}

TEST(Streams, OneThatHasFailedIsRefused) {
  std::ifstream in("no/such/file", std::ios::binary);
  FAILS(io, "was its file opened?", reader::open_stream(in));
  FAILS(io, "was its file opened?", ondes::tags::open_stream(in));
  std::ofstream out("no/such/folder/file.wav", std::ios::binary);
  ondes::write_options options;
  options.format = "wav", options.rate = 8000, options.channels = 1;
  FAILS(io, "was its file opened?", writer::open_stream(out, options));
}

TEST(Streams, AnExceptionMaskIsNoTrouble) {
  const auto bytes = wav(100);
  std::istringstream in(std::string(bytes.begin(), bytes.end()), std::ios::binary);
  in.exceptions(std::ios::eofbit | std::ios::failbit | std::ios::badbit);
  EXPECT_EQ(reader::open_stream(in).load<float>().frames(), 100u) << "the end is no failure";
  EXPECT_TRUE(in.good());
}

// A stream buffer that cannot seek, and throws or ends after some bytes.
class pipe : public std::streambuf {
 public:
  pipe(std::vector<unsigned char> bytes, std::size_t good, bool throws)
      : bytes_(std::move(bytes)), good_(good), throws_(throws) {}

 protected:
  int_type underflow() override {
    if (at_ >= good_ && throws_) throw thrown{42};
    if (at_ >= std::min(good_, bytes_.size())) return traits_type::eof();
    one_ = static_cast<char>(bytes_[at_++]);
    setg(&one_, &one_, &one_ + 1);
    return traits_type::to_int_type(one_);
  }

 private:
  std::vector<unsigned char> bytes_;
  std::size_t good_, at_ = 0;
  bool throws_;
  char one_ = 0;
};

TEST(Streams, APipeIsReadForward) {
  pipe buffer(wav(200000, 2), SIZE_MAX, false);
  std::istream in(&buffer);
  reader from = reader::open_stream(in);
  EXPECT_EQ(from.read<std::int16_t>(200000)(199999, 1), made_sample(199999, 1));
  FAILS(not_seekable, "", from.seek(0));
}

TEST(Streams, WhatTheBufferThrowsComesBackUnchanged) {
  for (std::size_t good : {0u, 10u, 44u, 1000u}) {
    pipe buffer(wav(1000, 2), good, true);
    std::istream in(&buffer);
    EXPECT_THROW(static_cast<void>(reader::open_stream(in).load<float>()), thrown) << good;
  }
}

// A buffer that takes so many bytes, then throws or refuses.
class full : public std::streambuf {
 public:
  full(std::size_t room, bool throws) : room_(room), throws_(throws) {}

 protected:
  std::streamsize xsputn(const char *, std::streamsize count) override {
    if (static_cast<std::size_t>(count) <= room_) return room_ -= static_cast<std::size_t>(count), count;
    if (throws_) throw thrown{7};
    return 0;
  }
  int_type overflow(int_type c) override {
    const char one = traits_type::to_char_type(c);
    return xsputn(&one, 1) == 1 ? c : traits_type::eof();
  }

 private:
  std::size_t room_;
  bool throws_;
};

TEST(Streams, AFullTarget) {
  const std::vector<std::int16_t> silence(1000000);
  ondes::write_options options;
  options.format = "mp3", options.rate = 44100, options.channels = 1;
  const auto write = [&](bool throws) {
    full buffer(1000, throws);
    std::ostream out(&buffer);
    writer to = writer::open_stream(out, options);
    to.write(silence);
    to.finish();
  };
  EXPECT_THROW(write(true), thrown);
  FAILS(callback, "write", write(false));
}

TEST(Streams, WriteAndReadBack) {
  std::stringstream both(std::ios::in | std::ios::out | std::ios::binary);
  ondes::write_options options;
  options.format = "flac", options.rate = 44100, options.channels = 2;
  writer to = writer::open_stream(both, options);
  std::vector<std::int16_t> samples(2000);
  for (std::size_t i = 0; i < samples.size(); i++) samples[i] = made_sample(i / 2, i % 2 ? 1 : 0);
  to.write(samples);
  to.finish();
  both.seekg(0);
  reader from = reader::open_stream(both);
  EXPECT_EQ(from.info().frames, 1000u);
  EXPECT_EQ(from.verify(), ondes::checksum::match);
  EXPECT_EQ(from.read<std::int16_t>(1000)(999, 1), made_sample(999, 1));
}

TEST(Progress, EndsTheWork) {
  file("long.wav", wav(2000000));
  reader from = reader::open("long.wav");
  ondes::write_options options;
  options.format = "wav";
  options.like = &from;
  writer to = writer::open_memory(options);
  ondes::transcode_options watch;
  watch.progress = [](const ondes::progress &) { return false; };
  FAILS(cancelled, "", ondes::transcode(from, to, watch));

  const ondes::cancel token = ondes::cancel::create();
  EXPECT_FALSE(token.is_set());
  token.set();
  EXPECT_TRUE(token.is_set());
  FAILS(cancelled, "", from.load<float>(ondes::layout::interleaved, &token));
}

TEST(Progress, WhatItThrowsComesBackUnchanged) {
  reader from = reader::open(data("wav/s16.wav"));
  ondes::write_options options;
  options.format = "wav";
  options.like = &from;
  writer to = writer::open_memory(options);
  ondes::transcode_options watch;
  watch.progress = [](const ondes::progress &) { throw thrown{3}; };
  EXPECT_THROW(static_cast<void>(ondes::transcode(from, to, watch)), thrown);

  from.seek(0);
  ondes::loudness_options measured;
  measured.progress = watch.progress;
  EXPECT_THROW(static_cast<void>(from.measure_loudness(measured)), thrown);

  ondes::batch_options all;
  all.progress = watch.progress;
  ondes::batch batch = ondes::batch::create(all);
  batch.add(data("wav/s16.wav"));
  EXPECT_THROW(
      for (auto &&item : batch) static_cast<void>(item), thrown);
}

TEST(Progress, TellsTheWhole) {
  reader from = reader::open(data("wav/s16.wav"));
  ondes::write_options options;
  options.format = "wav";
  options.like = &from;
  writer to = writer::open_memory(options);
  ondes::progress last;
  ondes::transcode_options watch;
  watch.progress = [&](const ondes::progress &now) {
    last = now;
    return true;
  };
  EXPECT_EQ(ondes::transcode(from, to, watch), 3001u);
  EXPECT_EQ(last.frames, 3001u);
  EXPECT_EQ(last.frames_total, 3001u);
  EXPECT_NEAR(last.seconds, 3001.0 / 44100, 1e-9);
}

}  // namespace
