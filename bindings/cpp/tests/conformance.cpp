// The same results as in every other language: tests/conformance/README.md.
//
//   cpp_conformance CASES DATA     CASES by tests/conformance/flat.py, DATA is tests/data
#include "../../../tests/c/cases.h"

#include <ondes.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

std::string data;  // the folder of test data
const fields *one; // the case
fields got;        // what it gives

// ---- What the case says ----

const char *word(const std::string &name) { return find(one, name.c_str()); }
bool has(const std::string &name) { return word(name) != nullptr; }
bool is(const std::string &name, const std::string &value) { return has(name) && word(name) == value; }
std::string text(const std::string &name) { return has(name) ? word(name) : ""; }
std::uint64_t whole(const std::string &name, std::uint64_t otherwise = 0) {
  return has(name) ? std::strtoull(word(name), nullptr, 10) : otherwise;
}
std::uint32_t small(const std::string &name, std::uint32_t otherwise = 0) {
  return static_cast<std::uint32_t>(whole(name, otherwise));
}

ondes::sample sample(const std::string &field, ondes::sample otherwise = ondes::sample::f32) {
  for (int number = 1; number <= 8; number++)
    if (is(field, ondes::name(static_cast<ondes::sample>(number)))) return static_cast<ondes::sample>(number);
  return otherwise;
}
ondes::layout order() { return is("with.layout", "planar") ? ondes::layout::planar : ondes::layout::interleaved; }

// Calls `work` with a value of the type of samples that a name stands for.
template <class Work>
void with_sample(const std::string &name, Work &&work) {
  if (name == "uint8") return work(std::uint8_t{});
  if (name == "int8") return work(std::int8_t{});
  if (name == "int16") return work(std::int16_t{});
  if (name == "int24") return work(ondes::int24{});
  if (name == "int32") return work(std::int32_t{});
  if (name == "int64") return work(std::int64_t{});
  if (name == "float64") return work(double{});
  work(float{});
}
template <class Work>
void with_sample(Work &&work) {
  with_sample(text("with.sample"), work);
}
// The same with the numbers that only ondes::convert knows.
template <class Work>
void with_number(const std::string &name, Work &&work) {
  if (name == "uint16") return work(std::uint16_t{});
  if (name == "uint32") return work(std::uint32_t{});
  if (name == "uint64") return work(std::uint64_t{});
  with_sample(name, work);
}

ondes::quality quality(const std::string &field) {
  static const std::pair<const char *, ondes::quality> names[] = {{"fast", ondes::quality::fast},
                                                                  {"best", ondes::quality::best},
                                                                  {"linear", ondes::quality::linear},
                                                                  {"zero_order_hold", ondes::quality::zero_order_hold}};
  for (const auto &[name, value] : names)
    if (is(field, name)) return value;
  return ondes::quality::balanced;
}
ondes::length_rule length_rule() {
  return is("with.length_rule", "floor") ? ondes::length_rule::floor : ondes::length_rule::exact;
}

ondes::read_options read_options() {
  ondes::read_options options;
  options.unit = is("options.unit", "milliseconds")  ? ondes::unit::milliseconds
                 : is("options.unit", "nanoseconds") ? ondes::unit::nanoseconds
                                                     : ondes::unit::frames;
  options.start = whole("options.start");
  options.end = whole("options.end");
  options.channels = small("options.channels");
  options.mono = is("options.mono", "true");
  options.rate = small("options.rate");
  options.threads = small("options.threads");
  options.quality = quality("options.quality");
  options.ending = is("options.ending", "silence")  ? ondes::ending::silence
                   : is("options.ending", "repeat") ? ondes::ending::repeat
                                                    : ondes::ending::shorter;
  options.no_trim = is("options.trim", "false");
  options.strict = is("options.strict", "true");
  options.estimate_length = is("options.estimate_length", "true");
  return options;
}

// ---- What is opened ----

using file_bytes = std::vector<unsigned char>;

file_bytes bytes_of(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return file_bytes(std::istreambuf_iterator<char>(file), {});
}

file_bytes from_hex(const std::string &digits) {
  file_bytes bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes.push_back(static_cast<unsigned char>(std::stoul(digits.substr(i, 2), nullptr, 16)));
  return bytes;
}

struct source {
  std::string file, path, how;
  file_bytes bytes;
};

source find_source(const std::string &prefix) {
  source found;
  found.file = text(prefix + ".file");
  found.path = data + "/" + found.file;
  found.how = has(prefix + ".as") ? text(prefix + ".as") : "path";
  if (found.how == "path") return found;
  found.bytes = bytes_of(found.path);
  const file_bytes patch = from_hex(text(prefix + ".patch.bytes"));
  std::copy(patch.begin(), patch.end(), found.bytes.begin() + static_cast<std::ptrdiff_t>(whole(prefix + ".patch.at")));
  found.bytes.resize(static_cast<std::size_t>(whole(prefix + ".cut", found.bytes.size())));
  return found;
}

struct stream {
  file_bytes bytes;
  std::uint64_t at = 0;
};

ondes::io input(source &from) {
  auto held = std::make_shared<stream>();
  held->bytes = std::move(from.bytes);
  const bool can_seek = from.how == "io", fails = from.how == "failing";
  ondes::io io;
  io.read = [=](unsigned char *dst, std::uint64_t len) -> std::int64_t {
    if (fails && held->at >= 5000) return -7;
    const std::uint64_t n = std::min({len, held->bytes.size() - held->at, can_seek ? len : std::uint64_t{1000}});
    std::copy_n(held->bytes.begin() + static_cast<std::ptrdiff_t>(held->at), n, dst);
    held->at += n;
    return static_cast<std::int64_t>(n);
  };
  if (!can_seek) return io;
  io.seek = [=](std::int64_t position) { return held->at = static_cast<std::uint64_t>(position), position; };
  io.tell = [=] { return static_cast<std::int64_t>(held->at); };
  io.size = [=] { return static_cast<std::int64_t>(held->bytes.size()); };
  return io;
}

ondes::io output(const std::shared_ptr<stream> &held, bool can_seek) {
  ondes::io io;
  io.write = [=](const unsigned char *src, std::uint64_t len) {
    held->bytes.resize(std::max<std::size_t>(held->bytes.size(), held->at + len));
    std::copy_n(src, len, held->bytes.begin() + static_cast<std::ptrdiff_t>(held->at));
    held->at += len;
    return static_cast<std::int64_t>(len);
  };
  if (!can_seek) return io;
  io.seek = [=](std::int64_t position) { return held->at = static_cast<std::uint64_t>(position), position; };
  io.tell = [=] { return static_cast<std::int64_t>(held->at); };
  return io;
}

// A reader, and the bytes that it uses where it is of memory.
struct opened {
  source from = find_source("input");
  ondes::reader reader = open();

 private:
  ondes::reader open() {
    if (from.how == "path") return ondes::reader::open(from.path, read_options());
    if (from.how == "memory") return ondes::reader::open_memory(from.bytes, read_options(), from.file);
    return ondes::reader::open_io(input(from), read_options(), from.file);
  }
};

void seek(ondes::reader &reader) {
  if (has("with.seek")) reader.seek(whole("with.seek"));
}

ondes::cancel make_cancel() {
  ondes::cancel cancel = ondes::cancel::create();
  if (is("with.cancelled", "true")) cancel.set();
  return cancel;
}

// ---- What is told ----

void tell(const std::string &name, const std::string &value) { put(&got, name.c_str(), value.c_str()); }
void tell(const std::string &name, std::string_view value) { tell(name, std::string(value)); }
void tell(const std::string &name, const char *value) { put(&got, name.c_str(), value); }
void tell(const std::string &name, std::uint64_t value) { put_number(&got, "", name.c_str(), value); }
void tell(const std::string &name, std::uint32_t value) { tell(name, std::uint64_t{value}); }
void tell(const std::string &name, bool value) { tell(name, value ? "true" : "false"); }
void tell(const std::string &name, double value) { put_float(&got, name.c_str(), value); }
void tell(const std::string &name, std::optional<std::uint64_t> value) { tell(name, value.value_or(ONDES_UNKNOWN)); }

void tell_error(const ondes::error &error, const std::string &prefix = {}) {
  tell(prefix + "error.status", ondes::name(error.status()) + std::string("ONDES_STATUS_").size());
  tell(prefix + "error.text", error.what());
  tell(prefix + "error.offset", error.offset());
}

void tell_warnings(const std::vector<ondes::warning> &warnings, const std::string &prefix = {}) {
  tell(prefix + "warnings", std::uint64_t{warnings.size()});
  tell(prefix + "warning", warnings.empty() ? "" : warnings.front().message);
}

template <class T>
void tell_block(const ondes::block<T> &block, const std::string &prefix = {}) {
  put_frames(&got, prefix.c_str(), block.data(), block.frames(), block.channels(), sizeof(T), std::is_floating_point_v<T>,
             block.layout() == ondes::layout::planar);
}

template <class Audio>
void tell_audio(const Audio &audio, const std::string &prefix = {}) {
  const bool is_float = audio.format() == ondes::sample::f32 || audio.format() == ondes::sample::f64;
  put_frames(&got, prefix.c_str(), audio.raw().data(), audio.frames(), audio.channels(), ondes::size_of(audio.format()),
             is_float, audio.layout() == ondes::layout::planar);
  tell(prefix + "channels", audio.channels());
  tell(prefix + "rate", audio.rate());
}

void tell_texts(const ondes::tags &tags) {
  std::vector<std::string> texts;
  for (const auto &[key, value] : tags.texts()) texts.push_back(std::string(key) + "=" + std::string(value));
  std::sort(texts.begin(), texts.end());
  for (std::size_t i = 0; i < texts.size(); i++) tell("texts." + std::to_string(i), texts[i]);
}

std::string md5_of(const void *bytes, std::size_t size) {
  char sum[33];
  md5(bytes, size, sum);
  return sum;
}

// ---- Reading ----

void call_info() {
  opened file;
  const ondes::info info = file.reader.info();
  tell("container", ondes::name(info.container));
  tell("codec", ondes::name(info.codec));
  tell("sample", ondes::name(info.sample_format));
  tell("bit_depth", info.bit_depth);
  tell("rate", info.rate);
  tell("channels", info.channels);
  tell("channel_mask", info.channel_mask);
  tell("is_exact", info.is_exact);
  tell("frames", info.frames);
  tell("output_frames", info.output_frames);
  tell("output_rate", info.output_rate);
  tell("output_channels", info.output_channels);
  tell_warnings(file.reader.warnings());
}

void call_load() {
  opened file;
  const ondes::cancel cancel = make_cancel();
  seek(file.reader);
  if (has("with.capacity")) {
    with_sample([&](auto value) {
      const std::uint32_t channels = file.reader.info().output_channels;
      std::vector<decltype(value)> room(whole("with.capacity") * channels);
      const std::uint64_t frames = file.reader.load_into(room, order(), &cancel);
      room.resize(frames * channels);
      tell_block(ondes::block<decltype(value)>(std::move(room), channels, order()));
    });
  } else {
    tell_audio(file.reader.load(sample("with.sample"), order(), &cancel));
  }
  tell_warnings(file.reader.warnings());
}

void call_read() {
  opened file;
  with_sample([&](auto value) {
    using T = decltype(value);
    if (has("with.skip")) file.reader.read<T>(whole("with.skip"));
    seek(file.reader);
    tell_block(file.reader.read<T>(whole("with.frames"), order()));
  });
  tell("tell", file.reader.tell());
}

void call_chunks() {
  opened file;
  const std::uint32_t channels = file.reader.info().output_channels;
  with_sample([&](auto value) {
    using T = decltype(value);
    std::vector<T> all;
    try {
      for (const ondes::block<T> &piece : file.reader.blocks<T>(whole("with.size")))
        all.insert(all.end(), piece.begin(), piece.end());
    } catch (const ondes::error &error) {
      tell_error(error);
    }
    tell_block(ondes::block<T>(std::move(all), channels));
  });
  tell("channels", channels);
  tell_warnings(file.reader.warnings());
}

void call_measure() {
  opened file;
  tell("frames", file.reader.measure());
}

void call_verify() {
  opened file;
  const ondes::checksum verdict = file.reader.verify();
  tell("checksum", verdict == ondes::checksum::none ? "none" : verdict == ondes::checksum::match ? "match" : "mismatch");
}

void call_tags() {
  source from = find_source("input");
  const ondes::tags tags = !is("with.from", "file")  ? opened().reader.tags()
                           : from.how == "path"   ? ondes::tags::open(from.path)
                           : from.how == "memory" ? ondes::tags::open_memory(from.bytes, from.file)
                                                  : ondes::tags::open_io(input(from), from.file);
  tell_texts(tags);
  tell("is_complete", tags.is_complete());
  std::size_t place = 0;
  for (const ondes::picture &picture : tags.pictures())
    tell("pictures." + std::to_string(place++), std::to_string(static_cast<int>(picture.kind)) + " " + std::string(picture.mime) + " " +
                                                    std::to_string(picture.data.size()) + " " + std::string(picture.description));
}

void call_loudness() {
  opened file;
  seek(file.reader);
  ondes::loudness_options options;
  options.no_true_peak = is("with.true_peak", "false");
  const ondes::loudness loudness = file.reader.measure_loudness(options);
  tell("frames", loudness.frames);
  tell("integrated", loudness.integrated);
  tell("range", loudness.range);
  tell("max_momentary", loudness.max_momentary);
  tell("max_short_term", loudness.max_short_term);
  tell("sample_peak", loudness.sample_peak);
  tell("true_peak", loudness.true_peak);
}

// ---- Writing ----

// What a file is that was made.
void read_again(ondes::memory file) {
  tell("bytes", md5_of(file.data(), file.size()));
  ondes::reader reader = ondes::reader::open_memory(file);
  tell("container", ondes::name(reader.info().container));
  tell("codec", ondes::name(reader.info().codec));
  tell_texts(reader.tags());
  tell_audio(reader.load(sample("with.sample")), "read.");
}

std::string target() { return has("with.path") ? text("with.path") : "made"; }

ondes::write_options write_options(ondes::reader &reader, bool is_like) {
  ondes::write_options options;
  options.format = text("with.format");
  options.quality = text("with.quality");
  options.like = is_like ? &reader : nullptr;
  options.rate = small("with.rate", is_like ? 0 : reader.info().output_rate);
  options.channels = small("with.channels", is_like ? 0 : reader.info().output_channels);
  options.sample_format = sample("with.file_sample", ondes::sample::none);
  options.threads = small("with.threads");
  options.atomic = is("with.atomic", "true");
  options.no_bit_reservoir = is("with.bit_reservoir", "false");
  return options;
}

// Has a writer to what the case says used, and tells what it made.
template <class Work>
void written(const ondes::write_options &options, Work &&work) {
  const auto held = std::make_shared<stream>();
  const std::string to = has("with.to") ? text("with.to") : "memory";
  ondes::writer writer = to == "path"     ? ondes::writer::open(target(), options)
                         : to == "memory" ? ondes::writer::open_memory(options)
                                          : ondes::writer::open_io(output(held, to == "io"), options);
  work(writer);
  tell("frames", writer.frames());
  if (to == "memory") {
    const ondes::bytes file = writer.take_bytes();
    return read_again(file);
  }
  const file_bytes file = to == "path" ? bytes_of(target()) : held->bytes;
  read_again(file);
}

void call_write() {
  opened file;
  ondes::write_options options = write_options(file.reader, is("with.like", "true"));
  ondes::tags tags = ondes::tags::create();
  for (std::size_t i = 0; has("with.tags." + std::to_string(i)); i++) {
    const std::string pair = text("with.tags." + std::to_string(i));
    tags.add(pair.substr(0, pair.find('=')), pair.substr(pair.find('=') + 1));
    options.tags = &tags;
  }
  with_sample([&](auto value) {
    using T = decltype(value);
    const ondes::audio audio = file.reader.load<T>(order());
    const ondes::view<const T> all = audio.samples<T>();
    if (is("with.to", "encode")) {
      const ondes::bytes made = ondes::encode(all, options, order());
      tell("frames", all.frames());
      return read_again(made);
    }
    written(options, [&](ondes::writer &writer) {
      const std::uint64_t chunk = whole("with.chunk", all.frames());
      for (std::uint64_t at = 0; at < all.frames(); at += chunk) {
        const std::uint64_t frames = std::min(chunk, all.frames() - at);
        if (frames == all.frames()) {
          writer.write(all);
        } else {
          writer.write(ondes::span<const T>(all.data() + at * all.channels(), frames * all.channels()));
        }
        if (is("with.flush", "true")) writer.flush();
      }
      for (std::uint64_t i = 0; i < whole("with.finish", 1); i++) writer.finish();
    });
  });
}

void call_transcode() {
  opened file;
  const ondes::cancel cancel = make_cancel();
  ondes::transcode_options watch;
  watch.cancel = &cancel;
  written(write_options(file.reader, true), [&](ondes::writer &writer) { ondes::transcode(file.reader, writer, watch); });
}

// ---- Rates ----

template <class T>
void resample(ondes::reader &reader) {
  const ondes::audio audio = reader.load<T>();
  const ondes::view<const T> all = audio.template samples<T>();
  auto resampler = ondes::resampler<T>::create(audio.rate(), std::strtod(word("with.rate"), nullptr), audio.channels(),
                                               quality("with.quality"), length_rule());
  std::vector<T> out;
  const std::uint64_t chunk = whole("with.chunk", all.frames()) * all.channels();
  for (std::uint64_t at = 0; at < all.size(); at += chunk) {
    const ondes::block<T> piece =
        resampler.process(ondes::span<const T>(all.data() + at, std::min(chunk, all.size() - at)));
    out.insert(out.end(), piece.begin(), piece.end());
  }
  const ondes::block<T> rest = resampler.flush();
  out.insert(out.end(), rest.begin(), rest.end());
  tell_block(ondes::block<T>(std::move(out), audio.channels()));
}

void call_resample() {
  opened file;
  if (is("with.sample", "float64")) return resample<double>(file.reader);
  resample<float>(file.reader);
}

void call_resample_clip() {
  opened file;
  const ondes::cancel cancel = make_cancel();
  ondes::resample_options options;
  options.quality = quality("with.quality");
  options.threads = small("with.threads");
  options.cancel = &cancel;
  const ondes::audio all = file.reader.load(sample("with.sample"), order());
  tell_audio(ondes::resample(all, std::strtod(word("with.rate"), nullptr), options));
}

void call_resampled() {
  opened file;
  ondes::resampled view = file.reader.resampled(std::strtod(word("with.rate"), nullptr), quality("with.quality"), length_rule());
  const std::uint64_t length = view.frames().value_or(0);
  tell("length", view.frames());
  if (is("with.free_reader", "true")) file.reader = ondes::reader();
  if (has("with.seek")) view.seek(whole("with.seek"));
  with_sample([&](auto value) { tell_block(view.read<decltype(value)>(whole("with.frames", length + 1), order())); });
  tell("tell", view.tell());
}

// ---- Maps and numbers ----

ondes::map_form map_form() {
  ondes::map_form form;
  form.sample_format = sample("with.form.sample");
  form.byte_order = is("with.form.byte_order", "big") ? ondes::byte_order::big_endian : ondes::byte_order::little_endian;
  form.channels = small("with.form.channels");
  form.rate = small("with.form.rate");
  form.frames = whole("with.form.frames");
  form.offset = whole("with.form.offset");
  form.tail = whole("with.form.tail");
  return form;
}

void call_map() {
  const std::string path = data + "/" + text("input.file");
  const ondes::map_mode mode = is("with.mode", "copy_on_write") ? ondes::map_mode::copy_on_write
                               : is("with.mode", "read_write")  ? ondes::map_mode::read_write
                                                                : ondes::map_mode::read;
  const bool buffered = is("with.buffered", "true");
  const ondes::map map = has("with.form.sample") ? ondes::map::open_raw(path, map_form(), mode, buffered)
                                                 : ondes::map::open(path, mode, buffered);
  const ondes::map_info info = map.info();
  tell("container", ondes::name(info.container));
  tell("file_sample", ondes::name(info.sample_format));
  tell("byte_order", info.byte_order == ondes::byte_order::big_endian ? "big" : "little");
  tell("bit_depth", info.bit_depth);
  tell("channels", info.channels);
  tell("rate", info.rate);
  tell("frames", info.frames);
  tell("frame_stride", info.frame_stride);
  tell("channel_stride", info.channel_stride);
  tell("offset", info.offset);
  tell("tail", info.tail);
  tell("warnings", std::uint64_t{map.warnings().size()});
  with_sample([&](auto value) {
    tell_block(map.read<decltype(value)>(whole("with.seek"), whole("with.frames", info.frames), order()), "read.");
  });
}

void call_map_create() {
  const ondes::map_header header = is("with.raw", "true")              ? ondes::map_header::none
                                   : is("with.wavemap_header", "true") ? ondes::map_header::wavemap
                                                                       : ondes::map_header::usual;
  with_sample([&](auto value) {
    const ondes::audio audio = opened().reader.load<decltype(value)>();
    ondes::map map = ondes::map::create(target(), map_form(), header);
    if (has("with.append")) map.append(whole("with.append"));
    map.write(whole("with.at"), audio.samples<decltype(value)>());
    map.flush();
  });
  const file_bytes file = bytes_of(target());
  if (header == ondes::map_header::none) return tell("bytes", md5_of(file.data(), file.size()));
  read_again(file);
}

void call_convert() {
  const file_bytes given = from_hex(text("with.bytes"));
  with_number(text("with.from"), [&](auto from) {
    with_number(text("with.to"), [&](auto to) {
      std::vector<decltype(from)> src(given.size() / sizeof from);
      std::vector<decltype(to)> dst(src.size());
      std::memcpy(src.data(), given.data(), given.size());
      ondes::convert(src, dst);
      std::string digits;
      for (std::size_t i = 0; i < dst.size() * sizeof to; i++) {
        char pair[3];
        std::snprintf(pair, sizeof pair, "%02x", static_cast<unsigned>(reinterpret_cast<unsigned char *>(dst.data())[i]));
        digits += pair;
      }
      tell("bytes", digits);
    });
  });
}

// ---- Many files ----

// A batch, and the bytes that it uses.
struct many {
  std::vector<std::unique_ptr<source>> sources;
  ondes::cancel cancel = make_cancel();
  ondes::batch batch;

  many() {
    ondes::batch_options options;
    options.format = sample("with.sample");
    options.layout = order();
    options.workers = small("with.workers");
    options.ahead = small("with.ahead");
    options.read = read_options();
    options.cancel = &cancel;
    batch = ondes::batch::create(options);
    for (std::string prefix = "with.inputs.0"; has(prefix + ".file"); prefix = "with.inputs." + std::to_string(sources.size())) {
      source &from = *sources.emplace_back(std::make_unique<source>(find_source(prefix)));
      if (from.how == "path")
        batch.add(from.path);
      else if (from.how == "memory")
        batch.add_memory(from.bytes, from.file);
      else
        batch.add_io(input(from), from.file);
    }
  }
};

std::string prefix_of(const ondes::batch_item &item) { return "items." + std::to_string(item.index()) + "."; }

void call_batch() {
  many all;
  for (const ondes::batch_item &item : all.batch) {
    if (!item.ok()) {
      tell_error(item.error(), prefix_of(item));
    } else {
      tell_audio(item.audio(), prefix_of(item));
      tell_warnings(item.warnings(), prefix_of(item));
    }
  }
}

void call_fill() {
  many all;
  const std::uint32_t channels = small("with.channels");
  const std::uint64_t frames = whole("with.frames");
  const ondes::padding padding = is("with.padding", "repeat") ? ondes::padding::repeat : ondes::padding::zero;
  with_sample([&](auto value) {
    std::vector<decltype(value)> block(all.batch.count() * channels * frames);
    for (const ondes::batch_item &item : all.batch.fill(block, channels, frames, padding)) {
      if (item.ok())
        tell(prefix_of(item) + "frames", item.frames());
      else
        tell_error(item.error(), prefix_of(item));
    }
    tell("md5", md5_of(block.data(), block.size() * sizeof value));
  });
}

// ---- Formats and devices ----

void call_format() {
  const std::optional<ondes::write_format> format = ondes::write_format::find(text("with.name"));
  tell("found", format.has_value());
  if (!format) return;
  tell("name", format->name());
  tell("title", format->title());
  tell("extensions", format->extensions());
  tell("max_channels", format->max_channels());
  tell("has_rate", format->has_rate(44100));
  std::size_t place = 0;
  for (const ondes::sample held : format->samples()) tell("samples." + std::to_string(place++), ondes::name(held));
  place = 0;
  for (const std::string_view quality : format->qualities()) tell("qualities." + std::to_string(place++), quality);
}

void call_play() {
  opened file;
  ondes::play_options options;
  options.device = text("with.device");
  ondes::play(file.reader.load<float>(), options);
}

void call_stream() {
  ondes::stream_options options;
  options.input = text("with.input");
  options.output = text("with.output");
  options.rate = small("with.rate");
  const ondes::stream stream = ondes::stream::open(options);
  tell("rate", stream.rate());
  tell("channels", stream.channels(options.output.empty() ? ondes::direction::input : ondes::direction::output));
}

const std::pair<const char *, void (*)()> calls[] = {
    {"info", call_info},           {"load", call_load},         {"read", call_read},
    {"chunks", call_chunks},       {"measure", call_measure},   {"verify", call_verify},
    {"tags", call_tags},           {"loudness", call_loudness}, {"write", call_write},
    {"transcode", call_transcode}, {"resample", call_resample}, {"resample_clip", call_resample_clip}, {"resampled", call_resampled},
    {"map", call_map},             {"map_create", call_map_create}, {"convert", call_convert},
    {"batch", call_batch},         {"fill", call_fill},         {"format", call_format},
    {"play", call_play},           {"stream", call_stream}};

bool run() {
  for (const auto &[name, call] : calls) {
    if (!is("call", name)) continue;
    try {
      call();
    } catch (const ondes::error &error) {
      tell_error(error);
    }
    return true;
  }
  std::fprintf(stderr, "%s: no call is named %s\n", word("name"), word("call"));
  return false;
}

}  // namespace

int main(int argc, char **argv) {
  FILE *file = argc == 3 ? std::fopen(argv[1], "r") : nullptr;
  if (!file) return std::fputs("usage: cpp_conformance CASES DATA\n", stderr), 2;
  data = argv[2];
  fields current = {nullptr, 0, 0};
  one = &current;
  int cases = 0, wrong = 0;
  for (; next_case(file, &current); cases++) {
    wrong += !run();
    wrong += differences(one, &got);
    clear(&got);
  }
  std::free(got.list);
  std::free(current.list);
  std::fclose(file);
  std::printf("%d cases, %d differences\n", cases, wrong);
  return wrong > 0 || cases < 200;
}
