/// ondes for C++17 and later: this header over ondes.h, and the library.
///
///     #include <ondes.hpp>
///     #include <cstdio>
///
///     int main(int argc, char **argv) try {
///       ondes::read_options options;
///       options.rate = 16000, options.mono = true;  // as a speech model wants it
///       ondes::audio audio = ondes::load<float>(argv[argc - 1], options);
///       for (float sample : audio.samples<float>()) std::printf("%g\n", sample);
///     } catch (const ondes::error &error) {
///       std::fprintf(stderr, "%s\n", error.what());
///       return 1;
///     }
///
/// Objects. Each owns one object of the C library and frees it; it can be
/// moved, not copied. What was moved from is empty (`operator bool` is false):
/// its getters give 0 or nothing, its calls fail with `status::null_argument`.
/// An object that was made is open: there is no half-made one. `capi()` lends
/// the C object to functions of ondes.h, `release()` gives it away, and the
/// constructor from a pointer takes one over.
///
/// Errors. With exceptions a call gives its value, `outcome<T>` being T, and
/// throws `ondes::error`. Compiled with -fno-exceptions, or with
/// ONDES_NO_THROW defined before this header, `outcome<T>` is `result<T>`: the
/// value or the error. It is the same header, and both kinds of files can be
/// linked into one program. `attempt` makes a result of what throws.
///
/// Callbacks. What a lambda or a stream of yours throws passes no C code: the
/// call that it was thrown in ends and throws it again, unchanged.
///
/// Words, threads and memory are those of ondes.h: positions and lengths are
/// in frames, rates in Hz; an object may be used from any thread, from one at
/// a time (a second gets `status::busy`); `audio`, `bytes`, `batch_item` and
/// `cancel` may be shared at will, and so may `map`; a `stream` is read by one
/// thread, written by another, started and stopped by a third.
#ifndef ONDES_HPP
#define ONDES_HPP

#include <ondes.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <ios>
#include <istream>
#include <iterator>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>
#if defined(__has_include) && __cplusplus > 201703L
#if __has_include(<span>)
#include <span>
#endif
#endif

// The ways to compile this header differ in what its functions return and do.
// Each has names of its own for the linker, so that files of all kinds can be
// parts of one program.
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
#define ONDES_HPP_EXCEPTIONS 1
#ifdef ONDES_NO_THROW
#define ONDES_HPP_STYLE results
#define ONDES_HPP_THROWS 0
#else
#define ONDES_HPP_STYLE throwing
#define ONDES_HPP_THROWS 1
#endif
#else
#define ONDES_HPP_EXCEPTIONS 0
#define ONDES_HPP_STYLE results_without_exceptions
#define ONDES_HPP_THROWS 0
#endif

static_assert(ONDES_ABI_VERSION == 1, "ondes.hpp and ondes.h are of different versions");

namespace ondes {
inline namespace ONDES_HPP_STYLE {

// ---- Numbers --------------------------------------------------------------------------------------

/// How a call ended. Later libraries may give numbers that are not named here: they are failures.
enum class status : std::int32_t {
  ok = ONDES_STATUS_OK,
  null_argument = ONDES_STATUS_NULL_ARGUMENT,
  invalid_argument = ONDES_STATUS_INVALID_ARGUMENT,
  wrong_handle = ONDES_STATUS_WRONG_HANDLE,
  busy = ONDES_STATUS_BUSY,
  closed = ONDES_STATUS_CLOSED,
  poisoned = ONDES_STATUS_POISONED,
  not_found = ONDES_STATUS_NOT_FOUND,
  is_directory = ONDES_STATUS_IS_DIRECTORY,
  permission = ONDES_STATUS_PERMISSION,
  no_space = ONDES_STATUS_NO_SPACE,
  io = ONDES_STATUS_IO,
  callback = ONDES_STATUS_CALLBACK,
  unrecognized = ONDES_STATUS_UNRECOGNIZED,
  unsupported = ONDES_STATUS_UNSUPPORTED,
  malformed = ONDES_STATUS_MALFORMED,
  limit = ONDES_STATUS_LIMIT,
  format_changed = ONDES_STATUS_FORMAT_CHANGED,
  not_seekable = ONDES_STATUS_NOT_SEEKABLE,
  out_of_range = ONDES_STATUS_OUT_OF_RANGE,
  no_device = ONDES_STATUS_NO_DEVICE,
  device_refused = ONDES_STATUS_DEVICE_REFUSED,
  device_lost = ONDES_STATUS_DEVICE_LOST,
  input_dropped = ONDES_STATUS_INPUT_DROPPED,
  cancelled = ONDES_STATUS_CANCELLED,
  timed_out = ONDES_STATUS_TIMED_OUT,
  internal = ONDES_STATUS_INTERNAL,
  panic = ONDES_STATUS_PANIC,
  out_of_memory = ONDES_STATUS_OUT_OF_MEMORY,
};

/// The format of one sample; `sample_of<T>` is the one of a C++ type.
enum class sample : std::int32_t {
  none = 0,
  u8 = ONDES_SAMPLE_U8,
  i8 = ONDES_SAMPLE_I8,
  i16 = ONDES_SAMPLE_I16,
  i24 = ONDES_SAMPLE_I24,
  i32 = ONDES_SAMPLE_I32,
  i64 = ONDES_SAMPLE_I64,
  f32 = ONDES_SAMPLE_F32,
  f64 = ONDES_SAMPLE_F64,
};

/// The order of samples in memory: frame after frame, or plane (all of one channel) after plane.
enum class layout : std::int32_t {
  interleaved = ONDES_LAYOUT_INTERLEAVED,
  planar = ONDES_LAYOUT_PLANAR,
};

/// The file format around the audio.
enum class container : std::int32_t {
  unknown = ONDES_CONTAINER_UNKNOWN,
  wav = ONDES_CONTAINER_WAV,
  rf64 = ONDES_CONTAINER_RF64,
  bw64 = ONDES_CONTAINER_BW64,
  w64 = ONDES_CONTAINER_W64,
  aiff = ONDES_CONTAINER_AIFF,
  aifc = ONDES_CONTAINER_AIFC,
  caf = ONDES_CONTAINER_CAF,
  au = ONDES_CONTAINER_AU,
  flac = ONDES_CONTAINER_FLAC,
  ogg = ONDES_CONTAINER_OGG,
  mpeg = ONDES_CONTAINER_MPEG,
  adts = ONDES_CONTAINER_ADTS,
  mp4 = ONDES_CONTAINER_MP4,
  matroska = ONDES_CONTAINER_MATROSKA,
  webm = ONDES_CONTAINER_WEBM,
};

/// How the audio is coded.
enum class codec : std::int32_t {
  unknown = ONDES_CODEC_UNKNOWN,
  pcm = ONDES_CODEC_PCM,
  alaw = ONDES_CODEC_ALAW,
  ulaw = ONDES_CODEC_ULAW,
  ms_adpcm = ONDES_CODEC_MS_ADPCM,
  ima_adpcm = ONDES_CODEC_IMA_ADPCM,
  flac = ONDES_CODEC_FLAC,
  alac = ONDES_CODEC_ALAC,
  mp1 = ONDES_CODEC_MP1,
  mp2 = ONDES_CODEC_MP2,
  mp3 = ONDES_CODEC_MP3,
  vorbis = ONDES_CODEC_VORBIS,
  opus = ONDES_CODEC_OPUS,
  aac = ONDES_CODEC_AAC,
};

/// The verdict of reader::verify.
enum class checksum : std::int32_t {
  none = ONDES_CHECKSUM_NONE,
  match = ONDES_CHECKSUM_MATCH,
  mismatch = ONDES_CHECKSUM_MISMATCH,
};

/// What a picture in tags shows.
enum class picture_kind : std::int32_t {
  other = ONDES_PICTURE_OTHER,
  file_icon = ONDES_PICTURE_FILE_ICON,
  other_file_icon = ONDES_PICTURE_OTHER_FILE_ICON,
  front_cover = ONDES_PICTURE_FRONT_COVER,
  back_cover = ONDES_PICTURE_BACK_COVER,
  leaflet = ONDES_PICTURE_LEAFLET,
  media = ONDES_PICTURE_MEDIA,
  lead_artist = ONDES_PICTURE_LEAD_ARTIST,
  artist = ONDES_PICTURE_ARTIST,
  conductor = ONDES_PICTURE_CONDUCTOR,
  band = ONDES_PICTURE_BAND,
  composer = ONDES_PICTURE_COMPOSER,
  lyricist = ONDES_PICTURE_LYRICIST,
  recording_location = ONDES_PICTURE_RECORDING_LOCATION,
  during_recording = ONDES_PICTURE_DURING_RECORDING,
  during_performance = ONDES_PICTURE_DURING_PERFORMANCE,
  screen_capture = ONDES_PICTURE_SCREEN_CAPTURE,
  bright_fish = ONDES_PICTURE_BRIGHT_FISH,
  illustration = ONDES_PICTURE_ILLUSTRATION,
  artist_logo = ONDES_PICTURE_ARTIST_LOGO,
  publisher_logo = ONDES_PICTURE_PUBLISHER_LOGO,
};

/// What fills the frames after a file's end in a block.
enum class padding : std::int32_t {
  zero = ONDES_PADDING_ZERO,
  repeat = ONDES_PADDING_REPEAT,
};

/// How well a rate is converted: docs/RESAMPLING.md has the measurements.
enum class quality : std::int32_t {
  balanced = ONDES_QUALITY_BALANCED,
  fast = ONDES_QUALITY_FAST,
  best = ONDES_QUALITY_BEST,
  zero_order_hold = ONDES_QUALITY_ZERO_ORDER_HOLD,
  linear = ONDES_QUALITY_LINEAR,
  catmull_rom = ONDES_QUALITY_CATMULL_ROM,
  lagrange = ONDES_QUALITY_LAGRANGE,
  windowed_sinc = ONDES_QUALITY_WINDOWED_SINC,
  windowed_sinc256 = ONDES_QUALITY_WINDOWED_SINC256,
  windowed_sinc128 = ONDES_QUALITY_WINDOWED_SINC128,
  windowed_sinc64 = ONDES_QUALITY_WINDOWED_SINC64,
  windowed_sinc32 = ONDES_QUALITY_WINDOWED_SINC32,
  windowed_sinc16 = ONDES_QUALITY_WINDOWED_SINC16,
  windowed_sinc8 = ONDES_QUALITY_WINDOWED_SINC8,
};

/// How many frames a number of frames becomes at another rate.
enum class length_rule : std::int32_t {
  exact = ONDES_LENGTH_RULE_EXACT,
  floor = ONDES_LENGTH_RULE_FLOOR,
};

/// What follows the audio of a file that ends before the `end` of read_options.
enum class ending : std::int32_t {
  shorter = ONDES_ENDING_SHORT,
  silence = ONDES_ENDING_SILENCE,
  repeat = ONDES_ENDING_REPEAT,
};

/// What may be done to the samples of a map.
enum class map_mode : std::int32_t {
  read = ONDES_MAP_MODE_READ,
  read_write = ONDES_MAP_MODE_READ_WRITE,
  copy_on_write = ONDES_MAP_MODE_COPY_ON_WRITE,
};

/// The order of the bytes of a sample.
enum class byte_order : std::int32_t {
  little_endian = ONDES_BYTE_ORDER_LITTLE_ENDIAN,
  big_endian = ONDES_BYTE_ORDER_BIG_ENDIAN,
};

/// Which way audio goes: from a device (recording), or to one (playing).
enum class direction : std::int32_t {
  input = ONDES_DIRECTION_INPUT,
  output = ONDES_DIRECTION_OUTPUT,
};

/// As a number of threads or workers: one per core.
inline constexpr std::uint32_t all_cores = ONDES_ALL_CORES;

/// The name as in ondes.h, "ONDES_STATUS_NOT_FOUND"; static.
inline const char *name(status value) noexcept { return ondes_status_name(static_cast<std::int32_t>(value)); }
/// What it means in a few words; static.
inline const char *text(status value) noexcept { return ondes_status_text(static_cast<std::int32_t>(value)); }
/// The name that numpy has for it, "int24", "float32"; static.
inline const char *name(sample value) noexcept { return ondes_sample_name(static_cast<std::int32_t>(value)); }
/// The name as people know it, "WAV"; static.
inline const char *name(container value) noexcept { return ondes_container_name(static_cast<std::int32_t>(value)); }
/// The name as people know it, "MP3"; static.
inline const char *name(codec value) noexcept { return ondes_codec_name(static_cast<std::int32_t>(value)); }
/// The bytes that one sample takes.
inline std::uint32_t size_of(sample value) noexcept { return ondes_sample_size(static_cast<std::int32_t>(value)); }

// ---- Errors ---------------------------------------------------------------------------------------

namespace detail {

/// A message of the C library without the name of its function, which those about wrong calls begin with.
inline const char *without_function(const char *message) noexcept {
  const char *end = message;
  while ((*end >= 'a' && *end <= 'z') || *end == '_') end++;
  return std::strncmp(message, "ondes_", 6) == 0 && end[0] == ':' && end[1] == ' ' ? end + 2 : message;
}

}  // namespace detail

/// What went wrong in one call: a value, which may be copied and outlives what it came from.
class error : public std::runtime_error {
 public:
  /// An error of your own, such as one to compare with or to pass on.
  error(ondes::status status, const std::string &message) : std::runtime_error(message), status_(status) {}

  /// Copies an error of the C library; `number` is what the call returned.
  explicit error(std::int32_t number, const ondes_error *from)
      : std::runtime_error(from ? detail::without_function(ondes_error_message(from)) : ondes_status_text(number)),
        status_(static_cast<ondes::status>(number)),
        os_code_(ondes_error_os_code(from)),
        offset_(ondes_error_offset(from)) {}

  /// Copies an error of the C library, such as that of a batch item.
  explicit error(const ondes_error *from) : error(ondes_error_status(from), from) {}

  /// Which kind of failure.
  ondes::status status() const noexcept { return status_; }
  /// What failed, where and why, in one sentence; the same as what().
  const char *message() const noexcept { return what(); }
  /// The system's number, errno or GetLastError; 0 if the system was not the cause.
  std::int32_t os_code() const noexcept { return os_code_; }
  /// The byte of the file at which the trouble is.
  std::optional<std::uint64_t> offset() const noexcept {
    return offset_ == ONDES_UNKNOWN ? std::nullopt : std::optional<std::uint64_t>(offset_);
  }

 private:
  ondes::status status_;
  std::int32_t os_code_ = 0;
  std::uint64_t offset_ = ONDES_UNKNOWN;
};

namespace detail {

/// Where a value is asked for and there is an error.
[[noreturn]] inline void raise(const error &failure) {
#if ONDES_HPP_EXCEPTIONS
  throw failure;
#else
  std::fprintf(stderr, "ondes: a result was used that is an error: %s\n", failure.what());
  std::abort();
#endif
}

}  // namespace detail

/// A value, or the error that there is instead.
template <class T>
class [[nodiscard]] result {
 public:
  /// The type of the value.
  using value_type = T;

  /// A call that worked, and one that did not.
  result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  result(ondes::error failure) : content_(std::in_place_index<1>, std::move(failure)) {}

  /// Whether it is a value.
  explicit operator bool() const noexcept { return has_value(); }
  bool has_value() const noexcept { return content_.index() == 0; }

  /// The value. If there is none, throws the error, or without exceptions prints it and ends the program.
  T &value() & { return require(), *std::get_if<0>(&content_); }
  const T &value() const & { return require(), *std::get_if<0>(&content_); }
  T &&value() && { return require(), std::move(*std::get_if<0>(&content_)); }
  T &operator*() & { return value(); }
  const T &operator*() const & { return value(); }
  T &&operator*() && { return std::move(*this).value(); }
  T *operator->() { return &value(); }
  const T *operator->() const { return &value(); }

  /// The value, or another one if there is none.
  T value_or(T other) && { return has_value() ? std::move(*this).value() : std::move(other); }

  /// The error. If there is none, its status is `status::ok`.
  ondes::error error() const {
    return has_value() ? ondes::error(ONDES_STATUS_OK, nullptr) : *std::get_if<1>(&content_);
  }
  /// Its status; `status::ok` if it is a value.
  ondes::status status() const noexcept {
    return has_value() ? ondes::status::ok : std::get_if<1>(&content_)->status();
  }

 private:
  void require() const {
    if (!has_value()) detail::raise(*std::get_if<1>(&content_));
  }
  std::variant<T, ondes::error> content_;
};

/// Whether a call worked, or the error.
template <>
class [[nodiscard]] result<void> {
 public:
  /// There is no value.
  using value_type = void;

  result() = default;
  /// A call that did not work.
  result(ondes::error failure) : failure_(std::move(failure)) {}

  /// Whether it worked.
  explicit operator bool() const noexcept { return has_value(); }
  bool has_value() const noexcept { return !failure_.has_value(); }
  /// Throws the error if there is one, or without exceptions prints it and ends the program.
  void value() const {
    if (failure_) detail::raise(*failure_);
  }
  /// The error. If there is none, its status is `status::ok`.
  ondes::error error() const { return failure_ ? *failure_ : ondes::error(ONDES_STATUS_OK, nullptr); }
  ondes::status status() const noexcept { return failure_ ? failure_->status() : ondes::status::ok; }

 private:
  std::optional<ondes::error> failure_;
};

/// What a call gives: its value where failures are thrown, otherwise a result.
#if ONDES_HPP_THROWS
template <class T>
using outcome = T;
#else
template <class T>
using outcome = result<T>;
#endif

namespace detail {

template <class T>
struct is_result : std::false_type {};
template <class T>
struct is_result<result<T>> : std::true_type {};

/// From inside, where everything is a result, to the outside.
template <class T>
outcome<T> give(result<T> from) {
#if ONDES_HPP_THROWS
  return std::move(from).value();
#else
  return from;
#endif
}

}  // namespace detail

/// Makes a result of what `work` returns or, where failures are thrown, throws as ondes::error.
template <class Work>
auto attempt(Work &&work) {
  using T = decltype(std::forward<Work>(work)());
  if constexpr (detail::is_result<T>::value) {
    return std::forward<Work>(work)();
  } else {
#if ONDES_HPP_EXCEPTIONS
    try {
      if constexpr (std::is_void_v<T>) {
        std::forward<Work>(work)();
        return result<void>();
      } else {
        return result<T>(std::forward<Work>(work)());
      }
    } catch (const error &failure) {
      return result<T>(failure);
    }
#else
    if constexpr (std::is_void_v<T>) {
      std::forward<Work>(work)();
      return result<void>();
    } else {
      return result<T>(std::forward<Work>(work)());
    }
#endif
  }
}

// ---- Version --------------------------------------------------------------------------------------

/// The version of the library that is loaded, "0.1.0"; static.
inline const char *version() noexcept { return ondes_version_string(); }
/// The version of the binary interface of the library that is loaded.
inline std::uint32_t abi_version() noexcept { return ondes_abi_version(); }
/// What the library that is loaded was built with, "encoders,devices,libopus,lame,libflac,vorbis"; static.
/// What needs another feature fails with status::unsupported, and the message names it.
inline std::string_view features() noexcept { return ondes_features(); }
/// Whether the library that is loaded was built with a feature, named as in features().
inline bool has_feature(const std::string &name) noexcept { return ondes_has_feature(name.c_str()) != 0; }

namespace detail {

inline result<void> library_fits() {
  static const std::uint32_t loaded = ondes_abi_version();
  if (loaded == ONDES_ABI_VERSION) return {};
  return error(status::internal, "the library ondes that is loaded has the binary interface " +
                                     std::to_string(loaded) + ", this program was built for " +
                                     std::to_string(ONDES_ABI_VERSION));
}

}  // namespace detail

/// Checks that the library that is loaded has the interface of this header. Whatever opens or makes
/// an object does so by itself.
inline outcome<void> check_library() { return detail::give(detail::library_fits()); }

// ---- Memory ---------------------------------------------------------------------------------------

namespace detail {

template <class Container>
using element_of = std::remove_pointer_t<decltype(std::data(std::declval<Container &>()))>;

template <class T>
inline constexpr bool is_byte = std::is_same_v<T, char> || std::is_same_v<T, signed char> ||
                                std::is_same_v<T, unsigned char> || std::is_same_v<T, std::byte>;

}  // namespace detail

/// Values that lie in a row in memory of someone else: std::span, also for C++17. Everything that has
/// data() and size() becomes one, std::span too, and it becomes a std::span.
template <class T>
class span {
 public:
  /// As containers have them.
  using element_type = T;
  using value_type = std::remove_cv_t<T>;
  using iterator = T *;

  constexpr span() noexcept = default;
  /// A number of values in someone's memory.
  constexpr span(T *data, std::size_t size) noexcept : data_(data), size_(size) {}
  /// All of a container that has `data()` and `size()`.
  template <class Container, class Element = detail::element_of<Container>,
            class = std::enable_if_t<std::is_convertible_v<Element (*)[], T (*)[]> &&
                                     !std::is_same_v<std::decay_t<Container>, span>>>
  constexpr span(Container &&container) noexcept : data_(std::data(container)), size_(std::size(container)) {}

  /// The first of them.
  constexpr T *data() const noexcept { return data_; }
  /// How many there are.
  constexpr std::size_t size() const noexcept { return size_; }
  /// Whether there are none.
  constexpr bool empty() const noexcept { return size_ == 0; }
  /// From the first to behind the last.
  constexpr T *begin() const noexcept { return data_; }
  constexpr T *end() const noexcept { return data_ + size_; }
  /// The index must be below size().
  constexpr T &operator[](std::size_t index) const noexcept { return data_[index]; }
  /// `count` values from `offset` on; fewer where there are fewer.
  constexpr span subspan(std::size_t offset, std::size_t count = SIZE_MAX) const noexcept {
    const std::size_t from = offset < size_ ? offset : size_;
    return span(data_ + from, count < size_ - from ? count : size_ - from);
  }

 private:
  T *data_ = nullptr;
  std::size_t size_ = 0;
};

namespace detail {

template <class T>
struct is_view : std::false_type {};
template <class T>
struct is_view<span<T>> : std::true_type {};
template <class T, class Traits>
struct is_view<std::basic_string_view<T, Traits>> : std::true_type {};
#ifdef __cpp_lib_span
template <class T, std::size_t Size>
struct is_view<std::span<T, Size>> : std::true_type {};
#endif

}  // namespace detail

/// Bytes of yours that the library reads: any container or span of char, unsigned char or std::byte.
///
/// They are not copied: keep them, unchanged, as long as the call that takes them says. A container
/// that would be gone after the line is refused by the compiler.
class memory {
 public:
  constexpr memory() noexcept = default;
  /// A number of bytes.
  memory(const void *data, std::size_t size) noexcept
      : data_(static_cast<const unsigned char *>(data)), size_(size) {}
  /// All of a container of bytes.
  template <class Container, class Element = detail::element_of<Container>,
            std::enable_if_t<detail::is_byte<std::remove_cv_t<Element>> &&
                                 !std::is_same_v<std::decay_t<Container>, memory> &&
                                 (std::is_lvalue_reference_v<Container> ||
                                  detail::is_view<std::remove_cv_t<Container>>::value),
                             int> = 0>
  memory(Container &&container) noexcept : memory(std::data(container), std::size(container)) {}
  template <class Container, class Element = detail::element_of<Container>,
            std::enable_if_t<detail::is_byte<std::remove_cv_t<Element>> &&
                                 !std::is_same_v<std::decay_t<Container>, memory> &&
                                 !(std::is_lvalue_reference_v<Container> ||
                                   detail::is_view<std::remove_cv_t<Container>>::value),
                             long> = 0>
  memory(Container &&container) = delete;

  /// The first byte, and how many there are.
  const unsigned char *data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }

 private:
  const unsigned char *data_ = nullptr;
  std::size_t size_ = 0;
};

// ---- Samples --------------------------------------------------------------------------------------

/// A signed 24-bit sample as the library has it: three bytes, little-endian.
struct int24 {
  /// The lowest byte first.
  unsigned char bytes[3];

  int24() = default;
  /// The lower 24 bits of a number.
  constexpr explicit int24(std::int32_t value) noexcept
      : bytes{static_cast<unsigned char>(static_cast<std::uint32_t>(value) & 0xff),
              static_cast<unsigned char>((static_cast<std::uint32_t>(value) >> 8) & 0xff),
              static_cast<unsigned char>((static_cast<std::uint32_t>(value) >> 16) & 0xff)} {}
  /// -8388608 to 8388607.
  constexpr operator std::int32_t() const noexcept {
    const std::int32_t value = bytes[0] | bytes[1] << 8 | bytes[2] << 16;
    return value < 0x800000 ? value : value - 0x1000000;
  }
};
static_assert(sizeof(int24) == 3 && std::is_trivial_v<int24>);

namespace detail {

template <class T>
constexpr std::int32_t number_of() {
  if constexpr (std::is_same_v<T, float>) return ONDES_SAMPLE_F32;
  if constexpr (std::is_same_v<T, double>) return ONDES_SAMPLE_F64;
  if constexpr (std::is_same_v<T, int24>) return ONDES_SAMPLE_I24;
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char> &&
                !std::is_same_v<T, wchar_t> && !std::is_same_v<T, char16_t> && !std::is_same_v<T, char32_t>) {
    switch (sizeof(T)) {
      case 1: return std::is_signed_v<T> ? ONDES_SAMPLE_I8 : ONDES_SAMPLE_U8;
      case 2: return std::is_signed_v<T> ? ONDES_SAMPLE_I16 : std::int32_t{ONDES_NUMBER_U16};
      case 4: return std::is_signed_v<T> ? ONDES_SAMPLE_I32 : std::int32_t{ONDES_NUMBER_U32};
      case 8: return std::is_signed_v<T> ? ONDES_SAMPLE_I64 : std::int32_t{ONDES_NUMBER_U64};
      default: break;
    }
  }
  return 0;
}

}  // namespace detail

/// Whether T is the type of a sample: std::uint8_t, signed integers of 8, 16, 32 and 64 bits, int24, float, double.
template <class T>
inline constexpr bool is_sample = detail::number_of<T>() > 0 && detail::number_of<T>() < ONDES_NUMBER_U16;

/// The format that a C++ type holds.
template <class T>
inline constexpr sample sample_of = is_sample<T> ? static_cast<sample>(detail::number_of<T>()) : sample::none;

/// Samples in someone's memory, with their number of channels and their order.
template <class T>
class view {
 public:
  /// As containers have them.
  using element_type = T;
  using value_type = std::remove_cv_t<T>;

  constexpr view() noexcept = default;
  /// So many frames, in this order.
  constexpr view(T *data, std::uint64_t frames, std::uint32_t channels, ondes::layout order) noexcept
      : data_(data), frames_(frames), channels_(channels), layout_(order) {}
  /// Of a view that may be written to, one that may not.
  template <class U, class = std::enable_if_t<std::is_same_v<T, const U>>>
  constexpr view(const view<U> &from) noexcept
      : view(from.data(), from.frames(), from.channels(), from.layout()) {}

  /// The first sample.
  constexpr T *data() const noexcept { return data_; }
  /// All samples: frames() * channels().
  constexpr std::size_t size() const noexcept { return static_cast<std::size_t>(frames_ * channels_); }
  /// Whether there are none.
  constexpr bool empty() const noexcept { return size() == 0; }
  /// From the first to behind the last, one frame after the other or plane after plane.
  constexpr T *begin() const noexcept { return data_; }
  constexpr T *end() const noexcept { return data_ + size(); }
  /// The sample at a place in memory.
  constexpr T &operator[](std::size_t index) const noexcept { return data_[index]; }

  /// How many frames of how many channels there are, and in which order.
  constexpr std::uint64_t frames() const noexcept { return frames_; }
  constexpr std::uint32_t channels() const noexcept { return channels_; }
  constexpr ondes::layout layout() const noexcept { return layout_; }

  /// The sample of a channel in a frame, whatever the order; both must be there.
  constexpr T &operator()(std::uint64_t frame, std::uint32_t channel) const noexcept {
    return data_[static_cast<std::size_t>(layout_ == ondes::layout::planar ? channel * frames_ + frame
                                                                           : frame * channels_ + channel)];
  }
  /// All samples of a channel: empty if there is no such channel, or they are not planar.
  constexpr span<T> plane(std::uint32_t channel) const noexcept {
    if (channel >= channels_ || (layout_ != ondes::layout::planar && channels_ != 1)) return {};
    return span<T>(data_ + static_cast<std::size_t>(channel * frames_), static_cast<std::size_t>(frames_));
  }
  /// The samples of a frame: empty if there is no such frame, or they are not interleaved.
  constexpr span<T> frame(std::uint64_t index) const noexcept {
    if (index >= frames_ || (layout_ != ondes::layout::interleaved && channels_ != 1)) return {};
    return span<T>(data_ + static_cast<std::size_t>(index * channels_), channels_);
  }

 private:
  T *data_ = nullptr;
  std::uint64_t frames_ = 0;
  std::uint32_t channels_ = 0;
  ondes::layout layout_ = ondes::layout::interleaved;
};

/// Samples in memory of its own.
template <class T>
class block {
 public:
  /// As containers have it.
  using value_type = T;

  block() = default;
  /// Samples of yours: as many whole frames of so many channels as there are.
  block(std::vector<T> samples, std::uint32_t channels, ondes::layout order = ondes::layout::interleaved)
      : samples_(std::move(samples)), channels_(channels), layout_(order) {
    samples_.resize(static_cast<std::size_t>(frames() * channels_));
  }

  /// The samples as a view.
  ondes::view<T> view() noexcept { return {samples_.data(), frames(), channels_, layout_}; }
  ondes::view<const T> view() const noexcept { return {samples_.data(), frames(), channels_, layout_}; }
  operator ondes::view<const T>() const noexcept { return view(); }

  /// The first sample, and how many there are: frames() * channels().
  T *data() noexcept { return samples_.data(); }
  const T *data() const noexcept { return samples_.data(); }
  std::size_t size() const noexcept { return samples_.size(); }
  /// Whether there is no frame in it: after a read, the end.
  bool empty() const noexcept { return samples_.empty(); }
  /// From the first to behind the last, one frame after the other or plane after plane.
  T *begin() noexcept { return data(); }
  T *end() noexcept { return data() + size(); }
  const T *begin() const noexcept { return data(); }
  const T *end() const noexcept { return data() + size(); }
  /// The sample at a place in memory.
  T &operator[](std::size_t index) noexcept { return samples_[index]; }
  const T &operator[](std::size_t index) const noexcept { return samples_[index]; }

  /// How many frames of how many channels there are, and in which order.
  std::uint64_t frames() const noexcept { return channels_ ? samples_.size() / channels_ : 0; }
  std::uint32_t channels() const noexcept { return channels_; }
  ondes::layout layout() const noexcept { return layout_; }
  /// The sample of a channel in a frame, whatever the order; both must be there.
  T &operator()(std::uint64_t frame, std::uint32_t channel) noexcept { return view()(frame, channel); }
  const T &operator()(std::uint64_t frame, std::uint32_t channel) const noexcept { return view()(frame, channel); }
  /// All samples of a channel: empty if there is no such channel, or they are not planar.
  span<T> plane(std::uint32_t channel) noexcept { return view().plane(channel); }
  span<const T> plane(std::uint32_t channel) const noexcept { return view().plane(channel); }
  /// The samples of a frame: empty if there is no such frame, or they are not interleaved.
  span<T> frame(std::uint64_t index) noexcept { return view().frame(index); }
  span<const T> frame(std::uint64_t index) const noexcept { return view().frame(index); }

  /// The samples as a vector: nothing is copied.
  std::vector<T> take() && { return std::move(samples_); }

 private:
  std::vector<T> samples_;
  std::uint32_t channels_ = 0;
  ondes::layout layout_ = ondes::layout::interleaved;
};

// ---- Calls into C ---------------------------------------------------------------------------------

namespace detail {

/// One call of the C library on this thread. What callbacks throw meanwhile waits here, since the
/// library runs them in the thread that called it.
class call_scope {
 public:
  call_scope() noexcept : outer_(innermost()) { innermost() = this; }
  call_scope(const call_scope &) = delete;
  call_scope &operator=(const call_scope &) = delete;
  ~call_scope() { innermost() = outer_; }

#if ONDES_HPP_EXCEPTIONS
  /// In a catch block of a callback. Without a call around it there is nobody to tell.
  static void keep() noexcept {
    call_scope *scope = innermost();
    if (scope && !scope->thrown_) scope->thrown_ = std::current_exception();
  }
  void rethrow() {
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  }
#else
  void rethrow() noexcept {}
#endif

 private:
  static call_scope *&innermost() noexcept {
    static thread_local call_scope *scope = nullptr;
    return scope;
  }
  call_scope *outer_;
#if ONDES_HPP_EXCEPTIONS
  std::exception_ptr thrown_;
#endif
};

/// Runs a callback. What it throws ends here as `failure`.
template <class T, class Work>
T guarded(T failure, Work &&work) noexcept {
#if ONDES_HPP_EXCEPTIONS
  try {
    return work();
  } catch (...) {
    call_scope::keep();
    return failure;
  }
#else
  (void)failure;
  return work();
#endif
}

template <class C, void (*Free)(C *)>
struct freer {
  void operator()(C *object) const noexcept {
    call_scope scope;  // what a close callback throws here is not for the call around it
    Free(object);
  }
};

/// Owner of one C object. `Kept` is what the object uses as long as it lives.
template <class C, void (*Free)(C *), class Kept = std::monostate>
class object {
 public:
  using c_type = C;

  object() noexcept = default;
  /// Takes over an object of the C library.
  explicit object(C *owned, Kept kept = {}) noexcept : kept_(std::move(kept)), handle_(owned) {}
  object(object &&) noexcept = default;
  object &operator=(object &&other) noexcept {
    handle_ = std::move(other.handle_);  // first: the old object uses what it kept
    kept_ = std::move(other.kept_);
    return *this;
  }
  ~object() = default;

  /// Whether there is an object: false after it was moved away or released.
  explicit operator bool() const noexcept { return handle_ != nullptr; }
  /// The C object, for functions of ondes.h; it stays this object's.
  C *capi() noexcept { return handle_.get(); }
  const C *capi() const noexcept { return handle_.get(); }
  /// The C object, which is yours to free from now on.
  C *release() noexcept { return handle_.release(); }

 protected:
  Kept &kept() noexcept { return kept_; }

 private:
  Kept kept_{};
  std::unique_ptr<C, freer<C, Free>> handle_;
};

using owned_error = std::unique_ptr<ondes_error, freer<ondes_error, ondes_error_free>>;

/// Calls `call(&err)`, which returns a status, and gives what `make()` makes of its outputs.
template <class Call, class Make>
auto run(Call &&call, Make &&make) -> result<decltype(make())> {
  call_scope scope;
  ondes_error *err = nullptr;
  const std::int32_t number = call(&err);
  const owned_error owned(err);
  scope.rethrow();
  if (number != ONDES_STATUS_OK) return error(number, err);
  if constexpr (std::is_void_v<decltype(make())>) {
    return {};
  } else {
    return make();
  }
}

template <class Call>
result<void> run(Call &&call) {
  return run(std::forward<Call>(call), [] {});
}

/// Calls `call(&raw, &err)`, which makes a C object, and gives what `wrap(raw)` makes its owner.
template <class Object, class Call, class Wrap>
result<Object> create(Call &&call, Wrap &&wrap) {
  if (auto fits = library_fits(); !fits) return fits.error();
  Object made;
  return run(
      [&](ondes_error **err) {
        typename Object::c_type *raw = nullptr;
        const std::int32_t number = call(&raw, err);
        made = wrap(raw);
        return number;
      },
      [&] { return std::move(made); });
}

template <class Object, class Call>
result<Object> create(Call &&call) {
  return create<Object>(std::forward<Call>(call), [](typename Object::c_type *raw) { return Object(raw); });
}

/// A string as C has it would end unseen at a NUL inside.
inline result<void> whole(const char *what, const std::string &text) {
  if (text.find('\0') == std::string::npos) return {};
  return error(status::invalid_argument, std::string(what) + " has a NUL in it");
}

inline const char *or_null(const std::string &text) noexcept { return text.empty() ? nullptr : text.c_str(); }

inline std::optional<std::uint64_t> known(std::uint64_t number) noexcept {
  return number == ONDES_UNKNOWN ? std::nullopt : std::optional<std::uint64_t>(number);
}

/// A static text or one of the object's; nothing for NULL.
inline std::string_view or_empty(const char *text) noexcept { return text ? text : std::string_view(); }

/// The frames that `size` samples are: whole ones.
inline result<std::uint64_t> frames_of(std::size_t size, std::uint32_t channels) {
  if (channels != 0 && size % channels == 0) return std::uint64_t{size / channels};
  return error(status::invalid_argument,
               std::to_string(size) + " samples are no whole frames of " + std::to_string(channels) + " channels");
}

/// The samples that so many frames are; memory for more than there can be is out of memory.
inline result<std::size_t> samples_of(std::uint64_t frames, std::uint32_t channels, std::size_t sample_size) {
  if (channels == 0 || frames <= PTRDIFF_MAX / sample_size / channels) return static_cast<std::size_t>(frames * channels);
  return error(status::out_of_memory, std::to_string(frames) + " frames do not fit into memory");
}

constexpr std::int32_t c(sample value) { return static_cast<std::int32_t>(value); }
constexpr std::int32_t c(direction value) { return static_cast<std::int32_t>(value); }
constexpr std::int32_t c(layout value) { return static_cast<std::int32_t>(value); }

/// Iterates over what a range pulls, one value at a time, until `pull()` is false.
template <class Range>
class input_iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = typename Range::value_type;
  using difference_type = std::ptrdiff_t;
  using pointer = value_type *;
  using reference = value_type &;

  input_iterator() = default;
  explicit input_iterator(Range *range) : range_(range) { ++*this; }
  reference operator*() const { return *range_->current_; }
  pointer operator->() const { return &*range_->current_; }
  input_iterator &operator++() {
    if (!range_->pull()) range_ = nullptr;
    return *this;
  }
  void operator++(int) { ++*this; }
  friend bool operator==(const input_iterator &a, const input_iterator &b) { return a.range_ == b.range_; }
  friend bool operator!=(const input_iterator &a, const input_iterator &b) { return a.range_ != b.range_; }

 private:
  Range *range_ = nullptr;
};

/// What `get(index)` gives for the indices below a count.
template <class Get>
class indexed {
 public:
  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = decltype(std::declval<const Get &>()(std::uint64_t{}));
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = value_type;

    iterator() = default;
    iterator(const Get *get, std::uint64_t index) : get_(get), index_(index) {}
    reference operator*() const { return (*get_)(index_); }
    iterator &operator++() { return ++index_, *this; }
    iterator operator++(int) { return iterator(get_, index_++); }
    friend bool operator==(const iterator &a, const iterator &b) { return a.index_ == b.index_; }
    friend bool operator!=(const iterator &a, const iterator &b) { return a.index_ != b.index_; }

   private:
    const Get *get_ = nullptr;
    std::uint64_t index_ = 0;
  };

  indexed(Get get, std::uint64_t count) : get_(std::move(get)), count_(count) {}
  iterator begin() const { return iterator(&get_, 0); }
  iterator end() const { return iterator(&get_, count_); }
  std::uint64_t size() const { return count_; }
  typename iterator::value_type operator[](std::uint64_t index) const { return get_(index); }

 private:
  Get get_;
  std::uint64_t count_;
};

}  // namespace detail

// ---- Formats --------------------------------------------------------------------------------------

/// A file format that the library reads.
struct read_format {
  /// Its name; static.
  const char *name;
  /// Its file name extensions, lower case, without dots, "aiff,aif,aifc"; static.
  const char *extensions;
};

/// The file formats that the library reads.
inline std::vector<read_format> read_formats() {
  std::vector<read_format> formats;
  for (std::uint64_t i = 0; i < ondes_read_format_count(); i++)
    formats.push_back({ondes_read_format_name(i), ondes_read_format_extensions(i)});
  return formats;
}

/// A file format that the library writes. Its texts are static.
class write_format {
 public:
  /// The one with this index, below count().
  explicit write_format(std::uint64_t index) noexcept : index_(index) {}
  /// Finds one by its name or an extension, with or without a dot, in any case.
  static std::optional<write_format> find(const std::string &name) {
    const auto index = detail::known(ondes_write_format_find(name.c_str()));
    return index ? std::optional<write_format>(*index) : std::nullopt;
  }

  /// Its number among all.
  std::uint64_t index() const noexcept { return index_; }
  /// The name for write_options, "wav".
  std::string_view name() const noexcept { return detail::or_empty(ondes_write_format_name(index_)); }
  /// The name as people know it, "Ogg Vorbis".
  std::string_view title() const noexcept { return detail::or_empty(ondes_write_format_title(index_)); }
  /// File name extensions, "aiff,aif,aifc".
  std::string_view extensions() const noexcept { return detail::or_empty(ondes_write_format_extensions(index_)); }
  /// Its words for quality, the least first; none if there is no choice.
  std::vector<std::string_view> qualities() const {
    std::vector<std::string_view> words;
    while (const char *word = ondes_write_format_quality(index_, words.size())) words.emplace_back(word);
    return words;
  }
  /// The samples that a file can hold, its usual ones first; none for lossy codecs.
  std::vector<sample> samples() const {
    std::vector<sample> formats;
    while (const std::int32_t format = ondes_write_format_sample(index_, formats.size()))
      formats.push_back(static_cast<sample>(format));
    return formats;
  }
  /// Whether the library that is loaded writes it: a build may leave its encoder out.
  bool is_built() const noexcept { return ondes_write_format_is_built(index_) != 0; }
  /// The most channels that a file can hold.
  std::uint32_t max_channels() const noexcept { return ondes_write_format_max_channels(index_); }
  /// Whether a file can have this rate, in Hz.
  bool has_rate(std::uint32_t rate) const noexcept { return ondes_write_format_has_rate(index_, rate) != 0; }

 private:
  std::uint64_t index_;
};

/// The file formats that the library writes, also those that the build left out.
inline std::vector<write_format> write_formats() {
  std::vector<write_format> formats;
  for (std::uint64_t i = 0; i < ondes_write_format_count(); i++) formats.emplace_back(i);
  return formats;
}

// ---- Cancelling and progress ----------------------------------------------------------------------

/// A token that ends long work early. Any thread may set it at any time, and it may be gone before the work is.
class cancel : public detail::object<ondes_cancel, ondes_cancel_free> {
 public:
  using object::object;
  /// Makes a token that is not set.
  static outcome<cancel> create() { return detail::give(detail::create<cancel>(ondes_cancel_new)); }
  /// Asks the work that was given the token to end; the token stays set. Also from a signal handler.
  void set() const noexcept { ondes_cancel_set(capi()); }
  /// Whether that was asked.
  bool is_set() const noexcept { return ondes_cancel_is_set(capi()) != 0; }
};

/// How far long work has come.
struct progress {
  /// Files done, failed ones included; files in all; files that failed.
  std::uint64_t files = 0, files_total = 0, failed = 0;
  /// Frames done, and in all where that is known beforehand, otherwise 0.
  std::uint64_t frames = 0, frames_total = 0;
  /// Bytes of the files that are done.
  std::uint64_t bytes = 0;
  /// Seconds of audio done.
  double seconds = 0;
};

/// Your function that is told how far the work is, at most about 20 times a second, in the thread that
/// called. It takes a `const progress &`, and returns nothing, or false to end the work.
class progress_fn {
 public:
  progress_fn() = default;
  /// No function.
  progress_fn(std::nullptr_t) {}
  /// A function or lambda that takes a progress, and returns whether to go on, or nothing.
  template <class Function, class = std::enable_if_t<std::is_invocable_v<Function &, const progress &> &&
                                                     !std::is_same_v<std::decay_t<Function>, progress_fn>>>
  progress_fn(Function function) {
    if constexpr (std::is_void_v<std::invoke_result_t<Function &, const progress &>>)
      function_ = [function = std::move(function)](const progress &now) mutable { return function(now), true; };
    else
      function_ = std::move(function);
  }

  /// Whether there is a function.
  explicit operator bool() const noexcept { return static_cast<bool>(function_); }

  /// For structs of ondes.h: this function, with a pointer to a progress_fn as its user_data.
  static std::int32_t call(void *user_data, const ondes_progress *now) noexcept {
    return detail::guarded<std::int32_t>(ONDES_CANCEL, [&] {
      progress told;
      told.files = now->files;
      told.files_total = now->files_total;
      told.failed = now->failed;
      told.frames = now->frames;
      told.frames_total = now->frames_total;
      told.bytes = now->bytes;
      told.seconds = now->seconds;
      return static_cast<progress_fn *>(user_data)->function_(told) ? ONDES_CONTINUE : ONDES_CANCEL;
    });
  }

 private:
  std::function<bool(const progress &)> function_;
};

namespace detail {

/// Sets the members that all options have which watch long work. `watch` must live as long as the work.
template <class Options>
void set_watch(Options &options, const cancel *token, progress_fn *watch) {
  options.cancel = token ? token->capi() : nullptr;
  if (watch && *watch) {
    options.progress = progress_fn::call;
    options.user_data = watch;
  }
}

}  // namespace detail

// ---- Streams --------------------------------------------------------------------------------------

/// A byte stream of yours, made of lambdas: set at least `read`, or `write` to write to it.
///
/// They have the meanings of ondes_io: called in the thread that called the library, one at a time; a
/// negative number, or an exception, is a failure.
struct io {
  /// Reads up to that many bytes and returns how many; 0 is the end.
  std::function<std::int64_t(unsigned char *, std::uint64_t)> read = {};
  /// Writes all of these bytes and returns how many.
  std::function<std::int64_t(const unsigned char *, std::uint64_t)> write = {};
  /// Moves to a position, counted from the start of your stream, and returns it. None: forward only.
  std::function<std::int64_t(std::int64_t)> seek = {};
  /// Returns the position. None: the stream stands at its start when it is opened.
  std::function<std::int64_t()> tell = {};
  /// Returns the bytes in the whole stream. None: not known.
  std::function<std::int64_t()> size = {};
  /// Makes written bytes safe, and returns 0.
  std::function<std::int64_t()> flush = {};
  /// The library is done with the stream. Runs exactly once, also when opening fails; what it throws is dropped
  /// where an object is destroyed.
  std::function<void()> close = {};
};

namespace detail {

/// The C form of a stream, which owns it until its close callback.
inline ondes_io c_io(io &&from) {
  auto owned = std::make_unique<io>(std::move(from));
  ondes_io to = ONDES_IO_INIT;
  if (owned->read)
    to.read = [](void *data, std::uint8_t *dst, std::uint64_t len) noexcept {
      return guarded<std::int64_t>(-1, [&] { return static_cast<io *>(data)->read(dst, len); });
    };
  if (owned->write)
    to.write = [](void *data, const std::uint8_t *src, std::uint64_t len) noexcept {
      return guarded<std::int64_t>(-1, [&] { return static_cast<io *>(data)->write(src, len); });
    };
  if (owned->seek)
    to.seek = [](void *data, std::int64_t position) noexcept {
      return guarded<std::int64_t>(-1, [&] { return static_cast<io *>(data)->seek(position); });
    };
  if (owned->tell)
    to.tell = [](void *data) noexcept {
      return guarded<std::int64_t>(-1, [&] { return static_cast<io *>(data)->tell(); });
    };
  if (owned->size)
    to.size = [](void *data) noexcept {
      return guarded<std::int64_t>(-1, [&] { return static_cast<io *>(data)->size(); });
    };
  if (owned->flush)
    to.flush = [](void *data) noexcept {
      return guarded<std::int64_t>(-1, [&] { return static_cast<io *>(data)->flush(); });
    };
  to.close = [](void *data) noexcept {
    const std::unique_ptr<io> stream(static_cast<io *>(data));
    if (stream->close)
      guarded<int>(0, [&] {
        stream->close();
        return 0;
      });
  };
  to.user_data = owned.release();
  return to;
}

inline result<void> has_not_failed(const std::ios &stream) {
  if (!stream.fail()) return {};
  return error(status::io, "the C++ stream had failed before: was its file opened?");
}

// With exceptions C++ streams are used through their buffers: what these throw comes through as it is, and
// neither the stream's state nor its exception mask plays a part. Without, the streams' own functions are
// used, which catch what their buffers throw.
#if ONDES_HPP_EXCEPTIONS
inline std::int64_t get(std::istream &in, unsigned char *dst, std::uint64_t len) {
  return in.rdbuf()->sgetn(reinterpret_cast<char *>(dst), static_cast<std::streamsize>(len));
}
inline std::int64_t put(std::ostream &out, const unsigned char *src, std::uint64_t len) {
  return out.rdbuf()->sputn(reinterpret_cast<const char *>(src), static_cast<std::streamsize>(len));
}
inline std::int64_t step(std::istream &in, std::int64_t by, std::ios::seekdir from) {
  return in.rdbuf()->pubseekoff(by, from, std::ios::in);
}
inline std::int64_t step(std::ostream &out, std::int64_t by, std::ios::seekdir from) {
  return out.rdbuf()->pubseekoff(by, from, std::ios::out);
}
inline std::int64_t sync(std::ostream &out) { return out.rdbuf()->pubsync(); }
#else
/// The end of a file was no failure: forgets it, but no true failure, and tells whether there is one.
inline bool settle(std::ios &stream) {
  if (!stream.bad()) stream.clear();
  return stream.bad();
}
inline std::int64_t get(std::istream &in, unsigned char *dst, std::uint64_t len) {
  in.read(reinterpret_cast<char *>(dst), static_cast<std::streamsize>(len));
  const std::streamsize count = in.gcount();
  return settle(in) ? -1 : count;
}
inline std::int64_t put(std::ostream &out, const unsigned char *src, std::uint64_t len) {
  out.write(reinterpret_cast<const char *>(src), static_cast<std::streamsize>(len));
  return out.good() ? static_cast<std::int64_t>(len) : -1;
}
inline std::int64_t step(std::istream &in, std::int64_t by, std::ios::seekdir from) {
  if (!in.seekg(by, from)) return settle(in), -1;
  return in.tellg();
}
inline std::int64_t step(std::ostream &out, std::int64_t by, std::ios::seekdir from) {
  if (!out.seekp(by, from)) return settle(out), -1;
  return out.tellp();
}
inline std::int64_t sync(std::ostream &out) { return out.flush() ? 0 : -1; }
#endif

inline io input(std::shared_ptr<std::istream> in) {
  in->clear();  // its end may have been reached and left again
  io made;
  made.read = [in](unsigned char *dst, std::uint64_t len) { return get(*in, dst, len); };
  const std::int64_t here = step(*in, 0, std::ios::cur);
  const std::int64_t size = here < 0 ? -1 : step(*in, 0, std::ios::end);
  if (size < 0 || step(*in, here, std::ios::beg) != here) return made;  // forward only
  made.seek = [in](std::int64_t position) { return step(*in, position, std::ios::beg); };
  made.tell = [in] { return step(*in, 0, std::ios::cur); };
  made.size = [size] { return size; };
  return made;
}

inline io output(std::shared_ptr<std::ostream> out) {
  io made;
  made.write = [out](const unsigned char *src, std::uint64_t len) { return put(*out, src, len); };
  made.flush = [out] { return sync(*out); };
  const std::int64_t here = step(*out, 0, std::ios::cur);
  if (here < 0 || step(*out, here, std::ios::beg) != here) return made;  // forward only
  made.seek = [out](std::int64_t position) { return step(*out, position, std::ios::beg); };
  made.tell = [out] { return step(*out, 0, std::ios::cur); };
  return made;
}

/// A stream that someone else owns.
template <class Stream>
std::shared_ptr<Stream> borrowed(Stream &stream) {
  return std::shared_ptr<Stream>(std::shared_ptr<void>(), &stream);
}

}  // namespace detail

// ---- Bytes ----------------------------------------------------------------------------------------

/// A file in memory of the library. Never changes: any number of threads may look at it.
class bytes : public detail::object<ondes_bytes, ondes_bytes_free> {
 public:
  using object::object;
  /// As containers have it.
  using value_type = unsigned char;
  /// The first byte, and how many there are.
  const unsigned char *data() const noexcept { return ondes_bytes_data(capi()); }
  std::size_t size() const noexcept { return static_cast<std::size_t>(ondes_bytes_size(capi())); }
  /// Whether there is none.
  bool empty() const noexcept { return size() == 0; }
  /// From the first to behind the last.
  const unsigned char *begin() const noexcept { return data(); }
  const unsigned char *end() const noexcept { return data() + size(); }
};

// ---- Decoded audio --------------------------------------------------------------------------------

namespace detail {

/// What can be told of decoded audio. `Self` has `capi()`.
template <class Self>
class audio_getters {
 public:
  std::uint64_t frames() const noexcept { return ondes_audio_frames(c_audio()); }
  std::uint32_t channels() const noexcept { return ondes_audio_channels(c_audio()); }
  /// In Hz.
  std::uint32_t rate() const noexcept { return ondes_audio_rate(c_audio()); }
  /// In seconds.
  double duration() const noexcept {
    return rate() ? static_cast<double>(frames()) / static_cast<double>(rate()) : 0.0;
  }
  sample format() const noexcept { return static_cast<sample>(ondes_audio_format(c_audio())); }
  ondes::layout layout() const noexcept { return static_cast<ondes::layout>(ondes_audio_layout(c_audio())); }
  /// The samples of whatever format, as bytes.
  memory raw() const noexcept {
    return memory(ondes_audio_samples(c_audio()),
                  static_cast<std::size_t>(frames() * channels() * size_of(format())));
  }

  /// The samples, valid as long as the audio. Fails with `invalid_argument` if they are of another type.
  template <class T>
  outcome<view<const T>> samples() const {
    return give(typed<T>());
  }

 private:
  const ondes_audio *c_audio() const noexcept { return static_cast<const Self *>(this)->capi(); }
  template <class T>
  result<view<const T>> typed() const {
    static_assert(is_sample<T>, "T is no type of samples");
    if (!c_audio()) return error(status::null_argument, "there is no audio: it was moved away");
    if (format() != sample_of<T>)
      return error(status::invalid_argument,
                   std::string("the samples are ") + name(format()) + ", not " + name(sample_of<T>));
    return view<const T>(static_cast<const T *>(ondes_audio_samples(c_audio())), frames(), channels(), layout());
  }
};

}  // namespace detail

/// Decoded audio in memory of the library. Never changes: any number of threads may look at it.
class audio : public detail::object<ondes_audio, ondes_audio_free>, public detail::audio_getters<audio> {
 public:
  using object::object;
};

/// Decoded audio that belongs to something else, such as a batch_item, and lives as long.
class audio_view : public detail::audio_getters<audio_view> {
 public:
  /// Of audio that the C library lends, and of one that is yours.
  explicit audio_view(const ondes_audio *lent) noexcept : lent_(lent) {}
  audio_view(const audio &from) noexcept : lent_(from.capi()) {}
  /// The C object.
  const ondes_audio *capi() const noexcept { return lent_; }

 private:
  const ondes_audio *lent_;
};

// ---- Tags -----------------------------------------------------------------------------------------

/// One text of tags. Its views are valid until the tags are changed or gone.
struct tag {
  /// Both in UTF-8.
  std::string_view key, value;
};

/// One picture of tags. Its views are valid until the tags are changed or gone.
struct picture {
  /// What it shows.
  picture_kind kind = picture_kind::other;
  /// "image/jpeg", or "-->" if the data is the address of the picture instead; and what people wrote about it.
  std::string_view mime, description;
  /// An image file.
  span<const unsigned char> data;
};

/// What a file says about its audio: texts under keys, and pictures. docs/TAGS.md has the keys.
class tags : public detail::object<ondes_tags, ondes_tags_free> {
 public:
  using object::object;
  /// Makes tags without anything in them.
  static outcome<tags> create() { return detail::give(detail::create<tags>(ondes_tags_new)); }
  /// Reads the tags of the file at a path (UTF-8 on Windows), whether or not its audio can be decoded.
  static outcome<tags> open(const std::string &path) {
    if (auto whole = detail::whole("the path", path); !whole) return detail::give(result<tags>(whole.error()));
    return detail::give(detail::create<tags>(
        [&](ondes_tags **out, ondes_error **err) { return ondes_tags_open_path(path.c_str(), out, err); }));
  }
  /// Reads the tags of a file in memory, which is not needed afterwards. `name` is for messages.
  static outcome<tags> open_memory(memory file, const std::string &name = {}) {
    return detail::give(detail::create<tags>([&](ondes_tags **out, ondes_error **err) {
      return ondes_tags_open_memory(file.data(), file.size(), detail::or_null(name), out, err);
    }));
  }
  /// Reads the tags of a stream of yours; one that cannot seek gives those in front of the audio only.
  static outcome<tags> open_io(io stream, const std::string &name = {}) {
    return detail::give(detail::create<tags>([&](ondes_tags **out, ondes_error **err) {
      const ondes_io lent = detail::c_io(std::move(stream));
      return ondes_tags_open_io(&lent, detail::or_null(name), out, err);
    }));
  }
  /// Reads the tags of a C++ stream, from where it stands; it should be opened as binary.
  static outcome<tags> open_stream(std::istream &in, const std::string &name = {}) {
    if (auto good = detail::has_not_failed(in); !good) return detail::give(result<tags>(good.error()));
    return open_io(detail::input(detail::borrowed(in)), name);
  }

  /// Whether all tags of the file could be read: false if a part was damaged, unknown or too large.
  bool is_complete() const noexcept { return ondes_tags_is_complete(capi()) != 0; }

  /// Counts the texts: every value of every key.
  std::uint64_t count() const noexcept { return ondes_tags_count(capi()); }
  /// All texts, in the order of the file: `for (auto [key, value] : tags.texts())`.
  auto texts() const {
    return detail::indexed(
        [c = capi()](std::uint64_t i) {
          return tag{detail::or_empty(ondes_tags_key(c, i)), detail::or_empty(ondes_tags_value(c, i))};
        },
        count());
  }
  /// The first value of a key.
  std::optional<std::string_view> get(const std::string &key) const {
    const char *value = ondes_tags_get(capi(), key.c_str());
    return value ? std::optional<std::string_view>(value) : std::nullopt;
  }
  /// Gives a key this one value instead of all that it has.
  outcome<void> set(const std::string &key, const std::string &value) {
    return detail::give(change(key, value, [&](ondes_error **err) {
      return ondes_tags_set(capi(), key.c_str(), value.c_str(), err);
    }));
  }
  /// Gives a key one more value.
  outcome<void> add(const std::string &key, const std::string &value) {
    return detail::give(change(key, value, [&](ondes_error **err) {
      return ondes_tags_add(capi(), key.c_str(), value.c_str(), err);
    }));
  }
  /// Takes a key away with all its values; one that is not there is fine.
  outcome<void> remove(const std::string &key) {
    return detail::give(change(key, {}, [&](ondes_error **err) {
      return ondes_tags_remove(capi(), key.c_str(), err);
    }));
  }
  /// Takes everything away, pictures as well.
  outcome<void> clear() {
    return detail::give(detail::run([&](ondes_error **err) { return ondes_tags_clear(capi(), err); }));
  }

  /// All pictures.
  auto pictures() const {
    return detail::indexed(
        [c = capi()](std::uint64_t i) {
          picture one;
          one.kind = static_cast<picture_kind>(ondes_tags_picture_kind(c, i));
          one.mime = detail::or_empty(ondes_tags_picture_mime(c, i));
          one.description = detail::or_empty(ondes_tags_picture_description(c, i));
          one.data = {ondes_tags_picture_data(c, i), static_cast<std::size_t>(ondes_tags_picture_size(c, i))};
          return one;
        },
        ondes_tags_picture_count(capi()));
  }
  /// Adds a picture; its bytes are copied. `mime` may be empty for JPEG, PNG, GIF, BMP and WebP.
  outcome<void> add_picture(picture_kind kind, memory image, const std::string &mime = {},
                            const std::string &description = {}) {
    return detail::give(detail::run([&](ondes_error **err) {
      return ondes_tags_add_picture(capi(), static_cast<std::int32_t>(kind), detail::or_null(mime),
                                    detail::or_null(description), image.data(), image.size(), err);
    }));
  }
  /// Takes a picture away; those behind it move up.
  outcome<void> remove_picture(std::uint64_t index) {
    return detail::give(
        detail::run([&](ondes_error **err) { return ondes_tags_remove_picture(capi(), index, err); }));
  }

  /// The well-known keys, which mean the same in every format; static.
  static std::vector<std::string_view> known_keys() {
    std::vector<std::string_view> keys;
    while (const char *key = ondes_tags_known_key(keys.size())) keys.emplace_back(key);
    return keys;
  }

 private:
  template <class Call>
  static result<void> change(const std::string &key, const std::string &value, Call &&call) {
    if (auto whole = detail::whole("the key", key); !whole) return whole;
    if (auto whole = detail::whole("the value", value); !whole) return whole;
    return detail::run(call);
  }
};

// ---- Reader ---------------------------------------------------------------------------------------

/// What positions in read_options count.
enum class unit {
  frames,
  /// Frame floor(ms * rate / 1000).
  milliseconds,
  /// The nearest frame, so that second k / rate is frame k.
  nanoseconds,
};

/// What to read of a file, and as what: by default all of it, as it is.
struct read_options {
  /// Where reading begins, and where it ends (0: the end of the file), in frames at the file's rate or in `unit`.
  std::uint64_t start = 0, end = 0;
  ondes::unit unit = ondes::unit::frames;
  /// Only the first so many channels; 0 is all.
  std::uint32_t channels = 0;
  /// The mean of all channels instead of each.
  bool mono = false;
  /// Convert to this rate in Hz; 0 keeps the file's.
  std::uint32_t rate = 0;
  /// Threads that may decode one file in reader::load: 0 is the calling thread alone, or all_cores.
  std::uint32_t threads = 0;
  /// How well the rate is converted.
  ondes::quality quality = ondes::quality::balanced;
  /// What follows a file that ends before `end`. It comes before the conversion to `rate`.
  ondes::ending ending = ondes::ending::shorter;
  /// Keep encoder delay and padding, which are trimmed otherwise.
  bool no_trim = false;
  /// Fail at damage that is bridged with a warning otherwise.
  bool strict = false;
  /// Take an estimated length, where a local file would be scanned for the exact one otherwise.
  bool estimate_length = false;
};

/// What a file is, and what is read of it.
struct info {
  /// The file format, and how the audio in it is coded.
  ondes::container container = ondes::container::unknown;
  ondes::codec codec = ondes::codec::unknown;
  /// The smallest format that holds the file's samples without loss; f32 for lossy codecs.
  sample sample_format = sample::none;
  /// Significant bits per sample; 0 for lossy codecs.
  std::uint32_t bit_depth = 0;
  /// Bits per second on average; 0 if not known.
  std::uint32_t bit_rate = 0;
  /// The file's sample rate in Hz, and its channels.
  std::uint32_t rate = 0, channels = 0;
  /// Speakers of the channels, in order, as in WAVE_FORMAT_EXTENSIBLE; 0 if they have none.
  std::uint32_t channel_mask = 0;
  /// Whether the counts of frames are exact; otherwise they are estimates or unknown (see reader::measure).
  bool is_exact = false;
  /// Frames in the file, if something tells.
  std::optional<std::uint64_t> frames;
  /// Seconds of audio in the file; NaN if nothing tells.
  double duration = 0;
  /// Frames that the options leave to be read, at their rate, if something tells.
  std::optional<std::uint64_t> output_frames;
  /// The rate (Hz) and the channels of the frames that are read.
  std::uint32_t output_rate = 0, output_channels = 0;
};

/// Damage that did not keep a file from being read.
struct warning {
  /// What is wrong, and what was done about it.
  std::string message;
  /// At which byte.
  std::optional<std::uint64_t> offset;
};

/// How work through a whole file is watched: progress counts its frames at its own rate, whatever the
/// reader gives of them.
struct scan_options {
  /// Ends the work from another thread, and leaves the reader as it was.
  const ondes::cancel *cancel = nullptr;
  /// Called from inside the call.
  progress_fn progress = {};
};

/// What is measured, and how that is watched.
struct loudness_options {
  /// Leave out the true peak, which is half of the work.
  bool no_true_peak = false;
  /// Ends the work from another thread.
  const ondes::cancel *cancel = nullptr;
  /// Called from inside the call.
  progress_fn progress = {};
};

/// Loudness by EBU R 128, and peaks. A loudness is NaN where the audio is shorter than the window that
/// defines it, and minus infinity where it is silent.
struct loudness {
  /// Frames that were measured.
  std::uint64_t frames = 0;
  /// Integrated (gated) loudness in LUFS, and loudness range in LU.
  double integrated = 0, range = 0;
  /// Maximum momentary (400 ms) and short-term (3 s) loudness in LUFS.
  double max_momentary = 0, max_short_term = 0;
  /// The largest sample, and the same with what lies between samples, linear: full scale is 1.
  double sample_peak = 0, true_peak = 0;
};

namespace detail {

inline ondes_read_options c_options(const read_options &from) {
  ondes_read_options to = ONDES_READ_OPTIONS_INIT;
  to.flags = (from.unit == unit::milliseconds ? std::uint32_t{ONDES_READ_MILLISECONDS} : 0u) |
             (from.unit == unit::nanoseconds ? std::uint32_t{ONDES_READ_NANOSECONDS} : 0u) |
             (from.no_trim ? std::uint32_t{ONDES_READ_NO_TRIM} : 0u) |
             (from.strict ? std::uint32_t{ONDES_READ_STRICT} : 0u) |
             (from.estimate_length ? std::uint32_t{ONDES_READ_ESTIMATE_LENGTH} : 0u);
  to.start = from.start;
  to.end = from.end;
  to.channels = from.channels;
  to.mono = from.mono ? 1 : 0;
  to.rate = from.rate;
  to.threads = from.threads;
  to.quality = static_cast<std::int32_t>(from.quality);
  to.ending = static_cast<std::int32_t>(from.ending);
  return to;
}

inline ondes::info from_c(const ondes_info &from) {
  ondes::info to;
  to.container = static_cast<container>(from.container);
  to.codec = static_cast<codec>(from.codec);
  to.sample_format = static_cast<sample>(from.sample_format);
  to.bit_depth = from.bit_depth;
  to.bit_rate = from.bit_rate;
  to.rate = from.rate;
  to.channels = from.channels;
  to.channel_mask = from.channel_mask;
  to.is_exact = from.is_exact != 0;
  to.frames = known(from.frames);
  to.duration = from.duration;
  to.output_frames = known(from.output_frames);
  to.output_rate = from.output_rate;
  to.output_channels = from.output_channels;
  return to;
}

/// Collects warnings through the C function that gives one.
template <class C>
std::vector<warning> warnings_of(C *object, std::uint64_t count,
                                 std::int32_t (*get)(C *, std::uint64_t, const char **, std::uint64_t *,
                                                     ondes_error **)) {
  std::vector<warning> all;
  for (std::uint64_t i = 0; i < count; i++) {
    const char *message = nullptr;
    std::uint64_t offset = 0;
    if (get(object, i, &message, &offset, nullptr) == ONDES_STATUS_OK) all.push_back({message, known(offset)});
  }
  return all;
}

/// Blocks of a reader, one after the other, until its end.
template <class T, class Source>
class block_range {
 public:
  using value_type = outcome<block<T>>;
  using iterator = input_iterator<block_range>;

  block_range(Source &source, std::uint64_t frames, layout order) : source_(&source), frames_(frames), layout_(order) {}
  iterator begin() { return iterator(this); }
  iterator end() { return iterator(); }

 private:
  friend iterator;
  bool pull() {
    if (failed_) return false;
    result<block<T>> next = source_->template read_block<T>(frames_, layout_);
    if (next && next->empty()) return false;
    failed_ = !next;
    current_.emplace(give(std::move(next)));
    return true;
  }
  Source *source_;
  std::uint64_t frames_;
  layout layout_;
  bool failed_ = false;
  std::optional<value_type> current_;
};

/// What is left to be read, if that is certain.
inline std::optional<std::uint64_t> left_of(std::optional<std::uint64_t> all, std::optional<std::uint64_t> at) {
  if (!all || !at) return std::nullopt;
  return *all > *at ? *all - *at : 0;
}

/// Typed reading, for what has `read_raw`, `channels_read` and `frames_left`.
template <class Self>
class typed_reading {
 public:
  /// Reads up to `frames` frames; fewer only at the end, where the block is empty. Where the length is exact the
  /// block takes no more memory than there are frames, however many are asked for.
  template <class T, class = std::enable_if_t<is_sample<T>>>
  outcome<block<T>> read(std::uint64_t frames, layout order = layout::interleaved) {
    return give(read_block<T>(frames, order));
  }

  /// Reads into memory of yours, any container or span of whole frames, and tells how many frames were
  /// read: fewer than it holds only at the end, where it is 0. Planes lie `size / channels` samples apart.
  template <class Samples, class T = element_of<Samples>>
  outcome<std::uint64_t> read_into(Samples &&dst, layout order = layout::interleaved) {
    return give(read_span(span<T>(dst), order));
  }

  /// All that is left, in blocks of `frames` frames: `for (auto &&block : reader.blocks<float>(4096))`.
  template <class T>
  block_range<T, Self> blocks(std::uint64_t frames, layout order = layout::interleaved) {
    return block_range<T, Self>(self(), frames, order);
  }

 private:
  template <class, class>
  friend class block_range;

  Self &self() noexcept { return static_cast<Self &>(*this); }

  template <class T>
  result<std::uint64_t> read_span(span<T> dst, layout order) {
    static_assert(is_sample<T>, "the elements are no samples that can be written to");
    result<std::uint32_t> channels = self().channels_read();
    if (!channels) return channels.error();
    result<std::uint64_t> capacity = frames_of(dst.size(), *channels);
    if (!capacity) return capacity;
    return self().read_raw(c(sample_of<T>), c(order), dst.data(), *capacity);
  }

  template <class T>
  result<block<T>> read_block(std::uint64_t frames, layout order) {
    result<std::uint32_t> channels = self().channels_read();
    if (!channels) return channels.error();
    // No memory for frames that there are not; one more, so that the end is met as it always is.
    if (const auto left = self().frames_left(); left && frames > *left) frames = *left + 1;
    result<std::size_t> size = samples_of(frames, *channels, sizeof(T));
    if (!size) return size.error();
    std::vector<T> samples(*size);
    result<std::uint64_t> got = self().read_raw(c(sample_of<T>), c(order), samples.data(), frames);
    if (!got) return got.error();
    // At the end planes lie further apart than they are long.
    if (order == layout::planar && *got < frames)
      for (std::uint32_t i = 1; i < *channels; i++)
        std::memmove(samples.data() + static_cast<std::size_t>(i * *got),
                     samples.data() + static_cast<std::size_t>(i * frames), static_cast<std::size_t>(*got) * sizeof(T));
    samples.resize(static_cast<std::size_t>(*got * *channels));
    return block<T>(std::move(samples), *channels, order);
  }
};

}  // namespace detail

class reader;
class resampled;

/// Opens a file and loads what the options say of it.
template <class T>
outcome<audio> load(const std::string &path, const read_options &options = {}, layout order = layout::interleaved);

/// Reads frames from one file, memory block or stream.
class reader : public detail::object<ondes_reader, ondes_reader_free>, public detail::typed_reading<reader> {
 public:
  using object::object;

  /// Opens the file at a path: raw bytes on Unix, UTF-8 on Windows. std::filesystem::path is fine on Unix.
  static outcome<reader> open(const std::string &path, const read_options &options = {}) {
    return detail::give(opened(path, options));
  }
  /// Opens a file in memory. The bytes are not copied: keep them, unchanged, as long as the reader. `name`
  /// is for messages.
  static outcome<reader> open_memory(memory file, const read_options &options = {}, const std::string &name = {}) {
    return detail::give(detail::create<reader>([&](ondes_reader **out, ondes_error **err) {
      const ondes_read_options c = detail::c_options(options);
      return ondes_reader_open_memory(file.data(), file.size(), detail::or_null(name), &c, out, err);
    }));
  }
  /// Opens a stream of yours, which lives as long as the reader.
  static outcome<reader> open_io(io stream, const read_options &options = {}, const std::string &name = {}) {
    return detail::give(detail::create<reader>([&](ondes_reader **out, ondes_error **err) {
      const ondes_io lent = detail::c_io(std::move(stream));
      const ondes_read_options c = detail::c_options(options);
      return ondes_reader_open_io(&lent, detail::or_null(name), &c, out, err);
    }));
  }
  /// Opens a C++ stream, from where it stands. It must be binary, outlive the reader, and is the reader's alone.
  static outcome<reader> open_stream(std::istream &in, const read_options &options = {},
                                     const std::string &name = {}) {
    if (auto good = detail::has_not_failed(in); !good) return detail::give(result<reader>(good.error()));
    return open_io(detail::input(detail::borrowed(in)), options, name);
  }
  /// Opens a C++ stream that belongs to the reader from now on.
  static outcome<reader> open_stream(std::unique_ptr<std::istream> in, const read_options &options = {},
                                     const std::string &name = {}) {
    if (!in) return detail::give(result<reader>(error(status::null_argument, "there is no stream")));
    if (auto good = detail::has_not_failed(*in); !good) return detail::give(result<reader>(good.error()));
    return open_io(detail::input(std::move(in)), options, name);
  }

  /// Describes the file and what is read of it.
  outcome<ondes::info> info() { return detail::give(described()); }
  /// The path or name that it was opened with; valid as long as the reader.
  std::string_view name() const noexcept { return ondes_reader_name(capi()); }

  /// Moves to a frame: the next read begins there, exactly. The end itself is allowed.
  outcome<void> seek(std::uint64_t frame) {
    return detail::give(detail::run([&](ondes_error **err) { return ondes_reader_seek(capi(), frame, err); }));
  }
  /// The frame that the next read begins with; nothing while another thread uses the reader.
  std::optional<std::uint64_t> tell() const noexcept { return detail::known(ondes_reader_tell(capi())); }
  /// Finds the exact count of frames to be read, by going through the file's headers if it must.
  outcome<std::uint64_t> measure(scan_options options = {}) {
    std::uint64_t frames = 0;
    return detail::give(detail::run(
        [&](ondes_error **err) {
          ondes_scan_options c = ONDES_SCAN_OPTIONS_INIT;
          detail::set_watch(c, options.cancel, &options.progress);
          return ondes_reader_measure(capi(), &c, &frames, err);
        },
        [&] { return frames; }));
  }
  /// Decodes all of the file and compares the audio with its checksum (FLAC has one). Goes back to the start.
  outcome<checksum> verify(scan_options options = {}) {
    std::int32_t verdict = 0;
    return detail::give(detail::run(
        [&](ondes_error **err) {
          ondes_scan_options c = ONDES_SCAN_OPTIONS_INIT;
          detail::set_watch(c, options.cancel, &options.progress);
          return ondes_reader_verify(capi(), &c, &verdict, err);
        },
        [&] { return static_cast<checksum>(verdict); }));
  }

  /// Loads everything from the position to the end, on as many threads as the options allow.
  outcome<audio> load(sample format, layout order = layout::interleaved, const cancel *token = nullptr) {
    return detail::give(loaded(format, order, token));
  }
  template <class T>
  outcome<audio> load(layout order = layout::interleaved, const cancel *token = nullptr) {
    static_assert(is_sample<T>, "T is no type of samples");
    return detail::give(loaded(sample_of<T>, order, token));
  }
  /// The same into memory of yours, which must hold all of it: otherwise `out_of_range`. Tells the frames.
  template <class Samples, class T = detail::element_of<Samples>>
  outcome<std::uint64_t> load_into(Samples &&dst, layout order = layout::interleaved,
                                   const cancel *token = nullptr) {
    return detail::give(loaded_into(span<T>(dst), order, token));
  }

  /// The warnings so far; none while another thread uses the reader.
  std::vector<warning> warnings() {
    return detail::warnings_of(capi(), ondes_reader_warning_count(capi()), ondes_reader_warning);
  }
  /// Reads the tags of the file; the position stays.
  outcome<ondes::tags> tags() {
    return detail::give(detail::create<ondes::tags>(
        [&](ondes_tags **out, ondes_error **err) { return ondes_reader_tags(capi(), out, err); }));
  }
  /// Measures everything from the position to the end.
  outcome<ondes::loudness> measure_loudness(loudness_options options = {}) {
    ondes_loudness told = ONDES_LOUDNESS_INIT;
    return detail::give(detail::run(
        [&](ondes_error **err) {
          ondes_loudness_options c = ONDES_LOUDNESS_OPTIONS_INIT;
          c.flags = options.no_true_peak ? ONDES_LOUDNESS_NO_TRUE_PEAK : 0;
          detail::set_watch(c, options.cancel, &options.progress);
          return ondes_reader_loudness(capi(), &c, &told, err);
        },
        [&] {
          ondes::loudness to;
          to.frames = told.frames;
          to.integrated = told.integrated;
          to.range = told.range;
          to.max_momentary = told.max_momentary;
          to.max_short_term = told.max_short_term;
          to.sample_peak = told.sample_peak;
          to.true_peak = told.true_peak;
          return to;
        }));
  }

  /// Makes a view of this reader at a rate in Hz, with a position of its own. The reader stays usable; once
  /// it is gone the view gives `status::closed`.
  outcome<ondes::resampled> resampled(double rate, quality how = quality::balanced,
                                      length_rule rule = length_rule::exact);

 private:
  friend class detail::typed_reading<reader>;
  template <class T>
  friend outcome<audio> load(const std::string &, const read_options &, layout);

  static result<reader> opened(const std::string &path, const read_options &options) {
    if (auto whole = detail::whole("the path", path); !whole) return whole.error();
    return detail::create<reader>([&](ondes_reader **out, ondes_error **err) {
      const ondes_read_options c = detail::c_options(options);
      return ondes_reader_open_path(path.c_str(), &c, out, err);
    });
  }
  result<ondes::info> described() {
    ondes_info told = ONDES_INFO_INIT;
    return detail::run([&](ondes_error **err) { return ondes_reader_info(capi(), &told, err); },
                       [&] { return detail::from_c(told); });
  }
  result<std::uint32_t> channels_read() {
    result<ondes::info> told = described();
    if (!told) return told.error();
    return told->output_channels;
  }
  std::optional<std::uint64_t> frames_left() {
    const result<ondes::info> told = described();
    return told && told->is_exact ? detail::left_of(told->output_frames, tell()) : std::nullopt;
  }
  result<std::uint64_t> read_raw(std::int32_t format, std::int32_t order, void *dst, std::uint64_t capacity) {
    std::uint64_t frames = 0;
    return detail::run(
        [&](ondes_error **err) { return ondes_reader_read(capi(), format, order, dst, capacity, &frames, err); },
        [&] { return frames; });
  }
  result<audio> loaded(sample format, layout order, const cancel *token) {
    return detail::create<audio>([&](ondes_audio **out, ondes_error **err) {
      return ondes_reader_load(capi(), detail::c(format), detail::c(order), token ? token->capi() : nullptr, out, err);
    });
  }
  template <class T>
  result<std::uint64_t> loaded_into(span<T> dst, layout order, const cancel *token) {
    static_assert(is_sample<T>, "the elements are no samples that can be written to");
    result<std::uint32_t> channels = channels_read();
    if (!channels) return channels.error();
    result<std::uint64_t> capacity = detail::frames_of(dst.size(), *channels);
    if (!capacity) return capacity;
    std::uint64_t frames = 0;
    return detail::run(
        [&](ondes_error **err) {
          return ondes_reader_load_into(capi(), detail::c(sample_of<T>), detail::c(order),
                                        token ? token->capi() : nullptr, dst.data(), *capacity, &frames, err);
        },
        [&] { return frames; });
  }
};

template <class T>
outcome<audio> load(const std::string &path, const read_options &options, layout order) {
  static_assert(is_sample<T>, "T is no type of samples");
  result<reader> from = reader::opened(path, options);
  if (!from) return detail::give(result<audio>(from.error()));
  return detail::give(from->loaded(sample_of<T>, order, nullptr));
}

/// A view of a reader at another rate, with a position of its own: see reader::resampled.
class resampled : public detail::object<ondes_resampled, ondes_resampled_free>,
                  public detail::typed_reading<resampled> {
 public:
  resampled() noexcept = default;
  /// Takes over a view of the C library, of a reader that gives so many channels.
  resampled(ondes_resampled *owned, std::uint32_t channels) noexcept : object(owned), channels_(channels) {}

  /// Moves to a frame at the view's rate. The end itself is allowed.
  outcome<void> seek(std::uint64_t frame) {
    return detail::give(detail::run([&](ondes_error **err) { return ondes_resampled_seek(capi(), frame, err); }));
  }
  /// The frame that the next read begins with.
  std::optional<std::uint64_t> tell() const noexcept { return detail::known(ondes_resampled_tell(capi())); }
  /// The frames from the start to the end, if something tells.
  std::optional<std::uint64_t> frames() const noexcept { return detail::known(ondes_resampled_frames(capi())); }
  /// In Hz.
  double rate() const noexcept { return ondes_resampled_rate(capi()); }
  /// As many as the reader gives.
  std::uint32_t channels() const noexcept { return channels_; }

 private:
  friend class detail::typed_reading<resampled>;
  result<std::uint32_t> channels_read() {
    if (!*this) return error(status::null_argument, "there is no view: it was moved away");
    return channels_;
  }
  std::optional<std::uint64_t> frames_left() const noexcept { return std::nullopt; }
  result<std::uint64_t> read_raw(std::int32_t format, std::int32_t order, void *dst, std::uint64_t capacity) {
    std::uint64_t frames = 0;
    return detail::run(
        [&](ondes_error **err) { return ondes_resampled_read(capi(), format, order, dst, capacity, &frames, err); },
        [&] { return frames; });
  }
  std::uint32_t channels_ = 0;
};

inline outcome<resampled> reader::resampled(double rate, quality how, length_rule rule) {
  result<std::uint32_t> channels = channels_read();
  if (!channels) return detail::give(result<ondes::resampled>(channels.error()));
  return detail::give(detail::create<ondes::resampled>(
      [&](ondes_resampled **out, ondes_error **err) {
        return ondes_resampled_new(capi(), rate, static_cast<std::int32_t>(how), static_cast<std::int32_t>(rule), out,
                                   err);
      },
      [&](ondes_resampled *raw) { return ondes::resampled(raw, *channels); }));
}

// ---- Resampler ------------------------------------------------------------------------------------

/// Converts a stream of frames of float or double, pushed in pieces of any size, from one rate to another.
/// How the input is cut changes no bit of the output.
template <class T>
class resampler : public detail::object<ondes_resampler, ondes_resampler_free> {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>, "resamplers convert float or double");

 public:
  resampler() noexcept = default;
  /// Takes over a resampler of the C library, made for so many channels of T.
  resampler(ondes_resampler *owned, std::uint32_t channels) noexcept : object(owned), channels_(channels) {}

  /// Rates are in Hz, may have fractions, and at most 256:1 apart.
  static outcome<resampler> create(double source_rate, double target_rate, std::uint32_t channels,
                                   quality how = quality::balanced, length_rule rule = length_rule::exact) {
    return detail::give(detail::create<resampler>(
        [&](ondes_resampler **out, ondes_error **err) {
          return ondes_resampler_new(source_rate, target_rate, channels, detail::c(sample_of<T>),
                                     static_cast<std::int32_t>(how), static_cast<std::int32_t>(rule), out, err);
        },
        [&](ondes_resampler *raw) { return resampler(raw, channels); }));
  }

  /// Converts whole frames and gives what is ready.
  outcome<block<T>> process(span<const T> src, layout order = layout::interleaved) {
    return detail::give(to_block(order, output_frames(channels_ ? src.size() / channels_ : 0),
                                 [&](span<T> dst) { return processed(src, dst, order); }));
  }
  /// The same into memory of yours; tells how many frames came out. `out_of_range`, and nothing was done, if
  /// it holds fewer: output_frames tells before. Allocates nothing where it succeeds.
  outcome<std::uint64_t> process_into(span<const T> src, span<T> dst, layout order = layout::interleaved) {
    return detail::give(processed(src, dst, order));
  }
  /// Gives the rest, as if silence followed the input, and goes back to the start.
  outcome<block<T>> flush(layout order = layout::interleaved) {
    return detail::give(to_block(order, flush_frames(), [&](span<T> dst) { return flushed(dst, order); }));
  }
  outcome<std::uint64_t> flush_into(span<T> dst, layout order = layout::interleaved) {
    return detail::give(flushed(dst, order));
  }
  /// Forgets what was fed: the next frame is the first again.
  outcome<void> reset() {
    return detail::give(detail::run([&](ondes_error **err) { return ondes_resampler_reset(this->capi(), err); }));
  }

  /// The frames that process will give for so many frames now.
  std::optional<std::uint64_t> output_frames(std::uint64_t frames) const noexcept {
    return detail::known(ondes_resampler_output_frames(this->capi(), frames));
  }
  /// The frames that flush will give now.
  std::optional<std::uint64_t> flush_frames() const noexcept {
    return detail::known(ondes_resampler_flush_frames(this->capi()));
  }
  /// How many frames of input must follow a moment before it has come out.
  std::optional<std::uint64_t> latency() const noexcept {
    return detail::known(ondes_resampler_latency(this->capi()));
  }
  /// The samples per frame.
  std::uint32_t channels() const noexcept { return channels_; }

 private:
  result<std::uint64_t> processed(span<const T> src, span<T> dst, layout order) {
    result<std::uint64_t> frames = whole_frames(src.size()), capacity = whole_frames(dst.size());
    if (!frames) return frames;
    if (!capacity) return capacity;
    std::uint64_t out = 0;
    return detail::run(
        [&](ondes_error **err) {
          return ondes_resampler_process(this->capi(), detail::c(order), src.data(), *frames, dst.data(), *capacity,
                                         &out, err);
        },
        [&] { return out; });
  }
  result<std::uint64_t> flushed(span<T> dst, layout order) {
    result<std::uint64_t> capacity = whole_frames(dst.size());
    if (!capacity) return capacity;
    std::uint64_t out = 0;
    return detail::run(
        [&](ondes_error **err) {
          return ondes_resampler_flush(this->capi(), detail::c(order), dst.data(), *capacity, &out, err);
        },
        [&] { return out; });
  }
  result<std::uint64_t> whole_frames(std::size_t size) const {
    if (!*this) return error(status::null_argument, "there is no resampler: it was moved away");
    return detail::frames_of(size, channels_);
  }
  template <class Fill>
  result<block<T>> to_block(layout order, std::optional<std::uint64_t> frames, Fill &&fill) {
    if (!*this) return error(status::null_argument, "there is no resampler: it was moved away");
    if (!frames) return error(status::busy, "the resampler is in use by another thread");
    result<std::size_t> size = detail::samples_of(*frames, channels_, sizeof(T));
    if (!size) return size.error();
    std::vector<T> samples(*size);
    result<std::uint64_t> got = fill(span<T>(samples));
    if (!got) return got.error();
    return block<T>(std::move(samples), channels_, order);
  }
  std::uint32_t channels_ = 0;
};

/// How a clip is converted.
struct resample_options {
  /// How well the rate is converted.
  ondes::quality quality = ondes::quality::balanced;
  /// Threads that work on it: 0 or 1 the calling one alone, all_cores one per core. The result is the same.
  std::uint32_t threads = 0;
  /// Ends the work from another thread.
  const ondes::cancel *cancel = nullptr;
};

namespace detail {

inline result<audio> resampled(sample format, layout order, const void *src, std::uint64_t frames,
                               std::uint32_t channels, double source_rate, double target_rate,
                               const resample_options &options) {
  return create<audio>([&](ondes_audio **out, ondes_error **err) {
    ondes_resample_options c = ONDES_RESAMPLE_OPTIONS_INIT;
    c.quality = static_cast<std::int32_t>(options.quality);
    c.threads = options.threads;
    c.cancel = options.cancel ? options.cancel->capi() : nullptr;
    return ondes_resample(detail::c(format), detail::c(order), src, frames, channels, source_rate, target_rate, &c, out,
                          err);
  });
}

}  // namespace detail

/// Converts a clip from one rate in Hz to another: ceil(frames * target_rate / source_rate) frames of double for
/// double, of float for everything else, integers divided by their full scale.
template <class T>
outcome<audio> resample(const view<T> &src, double source_rate, double target_rate,
                        const resample_options &options = {}) {
  using value = std::remove_const_t<T>;
  static_assert(is_sample<value>, "the elements are no samples");
  return detail::give(detail::resampled(sample_of<value>, src.layout(), src.data(), src.frames(), src.channels(),
                                        source_rate, target_rate, options));
}
template <class T>
outcome<audio> resample(const block<T> &src, double source_rate, double target_rate,
                        const resample_options &options = {}) {
  return resample(src.view(), source_rate, target_rate, options);
}
/// Converts decoded audio to another rate in Hz.
inline outcome<audio> resample(const audio_view &src, double target_rate, const resample_options &options = {}) {
  return detail::give(detail::resampled(src.format(), src.layout(), src.raw().data(), src.frames(), src.channels(),
                                        src.rate(), target_rate, options));
}
inline outcome<audio> resample(const audio &src, double target_rate, const resample_options &options = {}) {
  return resample(audio_view(src), target_rate, options);
}

// ---- Writer ---------------------------------------------------------------------------------------

/// What to write. Set `rate` and `channels`, or `like`.
struct write_options {
  /// A name or an extension of a write_format; empty: the extension of the path or name.
  std::string format = {};
  /// One of the format's words for quality, "192 kbps" or just "192"; empty: the best.
  std::string quality = {};
  /// Where this reader tells what is 0 or empty here.
  const reader *like = nullptr;
  /// Put into the file, as far as its format can hold them; none: those of `like`.
  const ondes::tags *tags = nullptr;
  /// In Hz.
  std::uint32_t rate = 0;
  /// The samples per frame.
  std::uint32_t channels = 0;
  /// Speakers of the channels, in order, as in WAVE_FORMAT_EXTENSIBLE; 0: the usual ones.
  std::uint32_t channel_mask = 0;
  /// The samples in the file; none: the format's usual ones. Lossy codecs ignore it.
  sample sample_format = sample::none;
  /// Threads that may encode: 0 is the calling thread alone, or all_cores.
  std::uint32_t threads = 0;
  /// Add noise of two steps where samples are rounded to fewer bits (triangular dither).
  bool dither = false;
  /// Write beside the target, and put the whole file in its place when it is finished.
  bool atomic = false;
  /// MP3: frames that need no other.
  bool no_bit_reservoir = false;
};

namespace detail {

/// The texts in it are those of `from`.
inline ondes_write_options c_options(const write_options &from) {
  ondes_write_options to = ONDES_WRITE_OPTIONS_INIT;
  to.flags = (from.atomic ? std::uint32_t{ONDES_WRITE_ATOMIC} : 0u) |
             (from.no_bit_reservoir ? std::uint32_t{ONDES_WRITE_NO_BIT_RESERVOIR} : 0u);
  to.format = or_null(from.format);
  to.quality = or_null(from.quality);
  to.like = from.like ? from.like->capi() : nullptr;
  to.tags = from.tags ? from.tags->capi() : nullptr;
  to.rate = from.rate;
  to.channels = from.channels;
  to.channel_mask = from.channel_mask;
  to.sample_format = c(from.sample_format);
  to.threads = from.threads;
  to.dither = from.dither ? 1 : 0;
  return to;
}

}  // namespace detail

/// Writes frames to one file, memory block or stream. Only finish() makes the file whole.
class writer : public detail::object<ondes_writer, ondes_writer_free> {
 public:
  using object::object;

  /// Creates the file at a path, or empties it. After a failure nothing has changed.
  static outcome<writer> open(const std::string &path, const write_options &options) {
    if (auto whole = detail::whole("the path", path); !whole) return detail::give(result<writer>(whole.error()));
    return detail::give(detail::create<writer>([&](ondes_writer **out, ondes_error **err) {
      const ondes_write_options c = detail::c_options(options);
      return ondes_writer_open_path(path.c_str(), &c, out, err);
    }));
  }
  /// Writes a file in memory, which take_bytes gives at the end. Set `options.format`.
  static outcome<writer> open_memory(const write_options &options) {
    return detail::give(detail::create<writer>([&](ondes_writer **out, ondes_error **err) {
      const ondes_write_options c = detail::c_options(options);
      return ondes_writer_open_memory(&c, out, err);
    }));
  }
  /// Writes to a stream of yours, from where it stands, until the file is finished or the writer is gone.
  static outcome<writer> open_io(io stream, const write_options &options, const std::string &name = {}) {
    return detail::give(detail::create<writer>([&](ondes_writer **out, ondes_error **err) {
      const ondes_io lent = detail::c_io(std::move(stream));
      const ondes_write_options c = detail::c_options(options);
      return ondes_writer_open_io(&lent, detail::or_null(name), &c, out, err);
    }));
  }
  /// Writes to a C++ stream. It must be binary, outlive the writer, and is the writer's alone.
  static outcome<writer> open_stream(std::ostream &out, const write_options &options, const std::string &name = {}) {
    if (auto good = detail::has_not_failed(out); !good) return detail::give(result<writer>(good.error()));
    return open_io(detail::output(detail::borrowed(out)), options, name);
  }

  /// Appends samples, any container or span of whole frames of the writer's channels.
  template <class Samples, class T = std::remove_cv_t<detail::element_of<const Samples>>>
  outcome<void> write(const Samples &src, layout order = layout::interleaved) {
    return detail::give(appended(span<const T>(src), order));
  }
  /// Appends a view or block in its own order; it must have the writer's channels.
  template <class T>
  outcome<void> write(const view<T> &src) {
    return detail::give(appended(view<const std::remove_const_t<T>>(src)));
  }
  template <class T>
  outcome<void> write(const block<T> &src) {
    return detail::give(appended(src.view()));
  }
  /// Appends decoded audio in its own format and order; it must have the writer's channels.
  outcome<void> write(const audio_view &src) {
    if (auto same = has_channels(src.channels()); !same) return detail::give(std::move(same));
    return detail::give(appended(src.format(), src.layout(), src.raw().data(), src.frames()));
  }
  outcome<void> write(const audio &src) { return write(audio_view(src)); }

  /// Brings the file up to date: if the process ends now, everything written so far can be read.
  outcome<void> flush() {
    return detail::give(detail::run([&](ondes_error **err) { return ondes_writer_flush(capi(), err); }));
  }
  /// Completes the file: every error that could still come, comes here.
  outcome<void> finish() {
    return detail::give(detail::run([&](ondes_error **err) { return ondes_writer_finish(capi(), err); }));
  }
  /// Gives the file that was written in memory, once, after finish.
  outcome<bytes> take_bytes() {
    return detail::give(detail::create<bytes>(
        [&](ondes_bytes **out, ondes_error **err) { return ondes_writer_take_bytes(capi(), out, err); }));
  }

  /// The frames that were written; nothing while another thread uses the writer.
  std::optional<std::uint64_t> frames() const noexcept { return detail::known(ondes_writer_frames(capi())); }
  /// The path or name that it was opened with; valid as long as the writer.
  std::string_view name() const noexcept { return ondes_writer_name(capi()); }
  /// The format that is written.
  std::optional<write_format> format() const noexcept {
    const auto index = detail::known(ondes_writer_format(capi()));
    return index ? std::optional<write_format>(*index) : std::nullopt;
  }
  /// The word for the quality that was chosen; empty if there is no choice. Valid as long as the writer.
  std::string_view quality() const noexcept { return ondes_writer_quality(capi()); }
  /// The samples in the file; f32 for lossy codecs.
  sample sample_format() const noexcept { return static_cast<sample>(ondes_writer_sample_format(capi())); }
  /// In Hz.
  std::uint32_t rate() const noexcept { return ondes_writer_rate(capi()); }
  /// The samples per frame.
  std::uint32_t channels() const noexcept { return ondes_writer_channels(capi()); }

 private:
  result<void> appended(sample format, layout order, const void *src, std::uint64_t frames) {
    return detail::run([&](ondes_error **err) {
      return ondes_writer_write(capi(), detail::c(format), detail::c(order), src, frames, err);
    });
  }
  template <class T>
  result<void> appended(span<const T> src, layout order) {
    static_assert(is_sample<T>, "the elements are no samples");
    if (auto open = is_there(); !open) return open;
    result<std::uint64_t> frames = detail::frames_of(src.size(), channels());
    if (!frames) return frames.error();
    return appended(sample_of<T>, order, src.data(), *frames);
  }
  template <class T>
  result<void> appended(view<const T> src) {
    static_assert(is_sample<T>, "the elements are no samples");
    if (auto same = has_channels(src.channels()); !same) return same;
    return appended(sample_of<T>, src.layout(), src.data(), src.frames());
  }
  result<void> is_there() const {
    if (*this) return {};
    return error(status::null_argument, "there is no writer: it was moved away");
  }
  result<void> has_channels(std::uint32_t count) const {
    if (auto open = is_there(); !open) return open;
    if (count == channels()) return {};
    return error(status::invalid_argument, "the samples have " + std::to_string(count) +
                                               (count == 1 ? " channel" : " channels") + ", the file " +
                                               std::to_string(channels()));
  }
};

/// Makes a whole file in memory of samples: a container or span of whole frames of `options.channels`. Set
/// `options.format` as well.
template <class Samples, class T = std::remove_cv_t<detail::element_of<const Samples>>>
outcome<bytes> encode(const Samples &src, const write_options &options, layout order = layout::interleaved) {
  static_assert(is_sample<T>, "the elements are no samples");
  const span<const T> samples(src);
  std::uint32_t channels = options.channels;
  if (channels == 0 && options.like) {  // the C library asks the reader likewise
    ondes_info told = ONDES_INFO_INIT;
    if (ondes_reader_info(const_cast<ondes_reader *>(options.like->capi()), &told, nullptr) == ONDES_STATUS_OK)
      channels = told.output_channels;
  }
  result<std::uint64_t> frames = detail::frames_of(samples.size(), channels);
  if (!frames) return detail::give(result<bytes>(frames.error()));
  return detail::give(detail::create<bytes>([&](ondes_bytes **out, ondes_error **err) {
    const ondes_write_options c = detail::c_options(options);
    return ondes_encode(detail::c(sample_of<T>), detail::c(order), samples.data(), *frames, &c, out, err);
  }));
}

/// How a copy is watched.
struct transcode_options {
  /// Ends the work from another thread.
  const ondes::cancel *cancel = nullptr;
  /// Called from inside the call.
  progress_fn progress = {};
};

/// Writes everything from the reader's position on, in constant memory, finishes the file, and tells the
/// frames. Rates are converted; mono is spread, and any number of channels mixed to mono.
inline outcome<std::uint64_t> transcode(reader &from, writer &to, transcode_options options = {}) {
  std::uint64_t frames = 0;
  return detail::give(detail::run(
      [&](ondes_error **err) {
        ondes_transcode_options c = ONDES_TRANSCODE_OPTIONS_INIT;
        detail::set_watch(c, options.cancel, &options.progress);
        return ondes_transcode(from.capi(), to.capi(), &c, &frames, err);
      },
      [&] { return frames; }));
}

// ---- Batch ----------------------------------------------------------------------------------------

/// What became of one file. Never changes: any number of threads may look at it.
class batch_item : public detail::object<ondes_batch_item, ondes_batch_item_free> {
 public:
  using object::object;

  /// The place of the file among the inputs, from 0.
  std::uint64_t index() const noexcept { return ondes_batch_item_index(capi()); }
  /// The path or name that it was added with; valid as long as the item.
  std::string_view name() const noexcept { return ondes_batch_item_name(capi()); }
  /// How the file went.
  ondes::status status() const noexcept { return static_cast<ondes::status>(ondes_batch_item_status(capi())); }
  /// Whether it was decoded.
  bool ok() const noexcept { return status() == ondes::status::ok; }
  /// What went wrong with the file; its status is `ok` if nothing did.
  ondes::error error() const {
    return ondes::error(static_cast<std::int32_t>(status()), ondes_batch_item_error(capi()));
  }
  /// The decoded audio, valid as long as the item. Fails with the file's own error if it failed, and with
  /// `invalid_argument` after batch::fill.
  outcome<audio_view> audio() const { return detail::give(decoded()); }
  /// The frames that came from the file, without padding.
  std::uint64_t frames() const noexcept { return ondes_batch_item_frames(capi()); }
  /// Describes the file; all is 0 if it could not be opened.
  outcome<ondes::info> info() const {
    ondes_info told = ONDES_INFO_INIT;
    return detail::give(detail::run([&](ondes_error **err) { return ondes_batch_item_info(capi(), &told, err); },
                                    [&] { return detail::from_c(told); }));
  }
  /// The warnings about the file.
  std::vector<warning> warnings() const {
    return detail::warnings_of(capi(), ondes_batch_item_warning_count(capi()), ondes_batch_item_warning);
  }

 private:
  result<audio_view> decoded() const {
    if (!ok()) return error();
    if (const ondes_audio *lent = ondes_batch_item_audio(capi())) return audio_view(lent);
    return ondes::error(ondes::status::invalid_argument, "the samples of this file are in the block that was filled");
  }
};

/// How files are decoded: by default as interleaved float, on all cores.
struct batch_options {
  /// The type of the samples, and their order.
  sample format = sample::f32;
  ondes::layout layout = ondes::layout::interleaved;
  /// Files decoded at the same time; 0 is one per core.
  std::uint32_t workers = 0;
  /// Decoded files held before you ask for them; 0 is two per worker.
  std::uint32_t ahead = 0;
  /// Results as they are ready, not in the order of the inputs.
  bool unordered = false;
  /// What to read of each file.
  read_options read = {};
  /// Ends the work from another thread.
  const ondes::cancel *cancel = nullptr;
  /// Called from inside next, collect and fill.
  progress_fn progress = {};
};

/// Decodes many files on several threads. Add them, then go through the results:
///
///     for (auto &&item : batch) use(item.audio());      // throwing
///     for (auto &&item : batch) if (item) use(*item);   // results
///
/// A file that failed is an item too, which knows why. Do not move the batch inside the loop.
class batch : public detail::object<ondes_batch, ondes_batch_free, std::unique_ptr<progress_fn>> {
 public:
  /// As containers have them.
  using value_type = outcome<batch_item>;
  using iterator = detail::input_iterator<batch>;

  batch() noexcept = default;
  /// Takes over a batch of the C library that gives samples of this format.
  batch(ondes_batch *owned, sample format) noexcept : object(owned), format_(format) {}

  /// A batch without files.
  static outcome<batch> create(const batch_options &options = {}) {
    auto watch = options.progress ? std::make_unique<progress_fn>(options.progress) : nullptr;
    return detail::give(detail::create<batch>(
        [&](ondes_batch **out, ondes_error **err) {
          const ondes_read_options read = detail::c_options(options.read);
          ondes_batch_options c = ONDES_BATCH_OPTIONS_INIT;
          c.format = detail::c(options.format);
          c.layout = detail::c(options.layout);
          c.workers = options.workers;
          c.ahead = options.ahead;
          c.unordered = options.unordered ? 1 : 0;
          c.read = &read;
          detail::set_watch(c, options.cancel, watch.get());
          return ondes_batch_new(&c, out, err);
        },
        [&](ondes_batch *raw) { return batch(raw, options.format, std::move(watch)); }));
  }

  /// The C object, which is yours to free from now on. The progress function stays until the program ends.
  ondes_batch *release() noexcept {
    static_cast<void>(kept().release());
    return object::release();
  }

  /// Adds the file at a path. It is opened later. Files may be added while the batch runs.
  outcome<void> add(const std::string &path) {
    if (auto whole = detail::whole("the path", path); !whole) return detail::give(std::move(whole));
    return detail::give(
        detail::run([&](ondes_error **err) { return ondes_batch_add_path(capi(), path.c_str(), err); }));
  }
  /// Adds a file in memory. The bytes are not copied: keep them, unchanged, until you have the item, or as long as
  /// the batch.
  outcome<void> add_memory(memory file, const std::string &name = {}) {
    return detail::give(detail::run([&](ondes_error **err) {
      return ondes_batch_add_memory(capi(), file.data(), file.size(), detail::or_null(name), err);
    }));
  }
  /// Adds a stream of yours, which a thread of the batch will use. What it throws there is a failure of this
  /// file: its item has `status::callback`.
  outcome<void> add_io(io stream, const std::string &name = {}) {
    return detail::give(detail::run([&](ondes_error **err) {
      const ondes_io lent = detail::c_io(std::move(stream));
      return ondes_batch_add_io(capi(), &lent, detail::or_null(name), err);
    }));
  }
  /// Adds a C++ stream, which belongs to the batch from now on. It must be binary.
  outcome<void> add_stream(std::unique_ptr<std::istream> in, const std::string &name = {}) {
    if (!in) return detail::give(result<void>(error(status::null_argument, "there is no stream")));
    if (auto good = detail::has_not_failed(*in); !good) return detail::give(std::move(good));
    return add_io(detail::input(std::move(in)), name);
  }
  /// Counts the files that were added.
  std::uint64_t count() const noexcept { return ondes_batch_count(capi()); }

  /// Waits for the next result; after all that were added the item is empty: `while (auto item = batch.next())`.
  outcome<batch_item> next() { return detail::give(pulled()); }
  /// Iterates over the results that are left. After an error of the batch itself there are no more.
  iterator begin() { return iterator(this); }
  iterator end() noexcept { return iterator(); }

  /// Waits for all results that are left, in the order of the inputs.
  outcome<std::vector<batch_item>> collect() {
    return detail::give(all([&](ondes_batch_item **items, std::uint64_t capacity, ondes_error **err) {
      return ondes_batch_collect(capi(), items, capacity, err);
    }));
  }

  /// Decodes every file into its place in a block of yours: count() * channels * frames samples of the
  /// options' format and layout. Longer files are cut, shorter ones padded.
  template <class Samples, class T = detail::element_of<Samples>>
  outcome<std::vector<batch_item>> fill(Samples &&dst, std::uint32_t channels, std::uint64_t frames,
                                        padding with = padding::zero) {
    return detail::give(filled(span<T>(dst), channels, frames, with));
  }

 private:
  friend iterator;
  batch(ondes_batch *owned, sample format, std::unique_ptr<progress_fn> watch) noexcept
      : object(owned, std::move(watch)), format_(format) {}

  result<batch_item> pulled() {
    return detail::create<batch_item>(
        [&](ondes_batch_item **out, ondes_error **err) { return ondes_batch_next(capi(), out, err); });
  }
  bool pull() {
    if (failed_) return false;
    result<batch_item> next = pulled();
    if (next && !*next) return false;
    failed_ = !next;
    current_.emplace(detail::give(std::move(next)));
    return true;
  }
  template <class Call>
  result<std::vector<batch_item>> all(Call &&call) {
    std::vector<ondes_batch_item *> raw(static_cast<std::size_t>(count()));
    std::vector<batch_item> items;
    items.reserve(raw.size());
    return detail::run(
        [&](ondes_error **err) {
          const std::int32_t number = call(raw.data(), raw.size(), err);
          for (ondes_batch_item *item : raw)
            if (item) items.emplace_back(item);
          return number;
        },
        [&] { return std::move(items); });
  }
  template <class T>
  result<std::vector<batch_item>> filled(span<T> dst, std::uint32_t channels, std::uint64_t frames, padding with) {
    static_assert(is_sample<T>, "the elements are no samples that can be written to");
    if (*this && sample_of<T> != format_)
      return error(status::invalid_argument, std::string("the batch gives ") + ondes::name(format_) +
                                                 ", the block holds " + ondes::name(sample_of<T>));
    const std::uint64_t files = count();
    result<std::size_t> each = detail::samples_of(frames, channels, sizeof(T));
    if (!each) return each.error();
    if (files != 0 && *each > dst.size() / files)
      return error(status::out_of_range, "the block holds " + std::to_string(dst.size()) + " samples, too few for " +
                                             std::to_string(files) + " files of " + std::to_string(*each));
    return all([&](ondes_batch_item **items, std::uint64_t capacity, ondes_error **err) {
      return ondes_batch_fill(capi(), dst.data(), channels, frames, static_cast<std::int32_t>(with), items, capacity,
                              err);
    });
  }

  sample format_ = sample::none;
  bool failed_ = false;
  std::optional<value_type> current_;
};

// ---- Map ------------------------------------------------------------------------------------------

/// The form of samples that no header tells, or of a file to be made.
struct map_form {
  /// How the samples are stored.
  sample sample_format = sample::none;
  /// Of samples without a header.
  ondes::byte_order byte_order = ondes::byte_order::little_endian;
  /// The samples per frame.
  std::uint32_t channels = 0;
  /// Speakers of the channels, in order, as in WAVE_FORMAT_EXTENSIBLE; 0: the usual ones.
  std::uint32_t channel_mask = 0;
  /// In Hz; may be 0 for samples without a header.
  std::uint32_t rate = 0;
  /// Frames of a new file; of one that is there at most so many, or 0 for all.
  std::uint64_t frames = 0;
  /// Bytes before the samples, where there is no header, and after them.
  std::uint64_t offset = 0, tail = 0;
};

/// What a map shows.
struct map_info {
  /// `unknown` for samples without a header.
  ondes::container container = ondes::container::unknown;
  /// How the samples are stored.
  sample sample_format = sample::none;
  /// Significant bits of a sample, the upper ones.
  std::uint32_t bit_depth = 0;
  /// The order of the bytes of a sample.
  ondes::byte_order byte_order = ondes::byte_order::little_endian;
  /// Whether the bytes have the order of this machine, and lie where it wants numbers of their size.
  bool is_native = false, is_aligned = false;
  /// The samples per frame.
  std::uint32_t channels = 0;
  /// Speakers of the channels, in order, as in WAVE_FORMAT_EXTENSIBLE; 0 if they have no positions.
  std::uint32_t channel_mask = 0;
  /// In Hz; 0 if it is not known.
  std::uint32_t rate = 0;
  /// What may be done to the samples.
  map_mode mode = map_mode::read;
  /// Whether the samples were read into memory of the map's own.
  bool is_buffered = false;
  /// The length.
  std::uint64_t frames = 0;
  /// Bytes from one frame, and from one channel, to the next.
  std::uint64_t frame_stride = 0, channel_stride = 0;
  /// Bytes of the file before the first sample, and after the last.
  std::uint64_t offset = 0, tail = 0;
};

/// How map::create makes a file.
enum class map_header : std::uint32_t {
  /// The usual one, with room to grow over 4 GiB.
  usual = 0,
  /// None, but as many zero bytes as the form's offset says.
  none = ONDES_MAP_RAW,
  /// The one that the Python package wavemap writes.
  wavemap = ONDES_MAP_WAVEMAP_HEADER,
};

/// The samples of an uncompressed file as memory: nothing is copied. Any thread may use a map at any time.
///
/// If another program cuts the file short, touching the memory behind its new end is a bus error that ends
/// the program; read() and write() fail with `status::io` then, and a buffered map has memory of its own.
class map : public detail::object<ondes_map, ondes_map_free> {
 public:
  using object::object;

  /// Maps the samples of a WAV, RF64, BW64, W64, AIFF, AIFC, CAF or AU file. `buffered` reads them into
  /// memory instead; changes reach the file at flush() and at the end, which cannot tell of a failure.
  static outcome<map> open(const std::string &path, map_mode mode = map_mode::read, bool buffered = false) {
    if (auto whole = detail::whole("the path", path); !whole) return detail::give(result<map>(whole.error()));
    return detail::give(detail::create<map>([&](ondes_map **out, ondes_error **err) {
      return ondes_map_open(path.c_str(), static_cast<std::int32_t>(mode), buffered ? ONDES_MAP_BUFFERED : 0, out,
                            err);
    }));
  }
  /// Maps samples without a header, or behind one that you know.
  static outcome<map> open_raw(const std::string &path, const map_form &form, map_mode mode = map_mode::read,
                               bool buffered = false) {
    if (auto whole = detail::whole("the path", path); !whole) return detail::give(result<map>(whole.error()));
    return detail::give(detail::create<map>([&](ondes_map **out, ondes_error **err) {
      const ondes_map_form c = c_form(form);
      return ondes_map_open_raw(path.c_str(), static_cast<std::int32_t>(mode), buffered ? ONDES_MAP_BUFFERED : 0, &c,
                                out, err);
    }));
  }
  /// Makes a WAV file (RF64 where it must be) of zeros, or makes it anew, and maps it to be read and written.
  static outcome<map> create(const std::string &path, const map_form &form, map_header header = map_header::usual) {
    if (auto whole = detail::whole("the path", path); !whole) return detail::give(result<map>(whole.error()));
    return detail::give(detail::create<map>([&](ondes_map **out, ondes_error **err) {
      const ondes_map_form c = c_form(form);
      return ondes_map_create(path.c_str(), static_cast<std::uint32_t>(header), &c, out, err);
    }));
  }
  /// Makes another owner of the same map, which stays open until the last is gone.
  outcome<map> share() const {
    return detail::give(detail::create<map>(
        [&](ondes_map **out, ondes_error **err) { return ondes_map_share(capi(), out, err); }));
  }

  /// Describes what the map shows.
  outcome<map_info> info() const { return detail::give(described()); }
  /// The path that it was opened with; valid as long as the map.
  std::string_view name() const noexcept { return ondes_map_name(capi()); }

  /// The samples, as they lie in the file; `samples<const T>()` to read them only. Valid as long as the
  /// map, and after append for the frames that there were.
  ///
  /// Fails with `invalid_argument` if T is not the type of the samples, if they have another order of bytes
  /// than this machine or lie where it cannot use them (read() converts them), or if T is not const and the
  /// map was opened to be read.
  template <class T>
  outcome<view<T>> samples() const {
    return detail::give(typed<T>());
  }

  /// Converts up to `frames` frames from frame `start` on; fewer only at the end.
  template <class T>
  outcome<block<T>> read(std::uint64_t start, std::uint64_t frames, layout order = layout::interleaved) const {
    return detail::give(read_block<T>(start, frames, order));
  }
  /// The same into memory of yours, a container or span of whole frames; tells the frames.
  template <class Samples, class T = detail::element_of<Samples>>
  outcome<std::uint64_t> read_into(std::uint64_t start, Samples &&dst, layout order = layout::interleaved) const {
    return detail::give(read_span(start, span<T>(dst), order));
  }
  /// Converts frames of yours, a container or span of whole ones, and writes them from frame `start` on.
  /// Nothing is written if they do not fit.
  template <class Samples, class T = std::remove_cv_t<detail::element_of<const Samples>>>
  outcome<void> write(std::uint64_t start, const Samples &src, layout order = layout::interleaved) {
    return detail::give(written(start, span<const T>(src), order));
  }
  /// Adds frames of zero bytes at the end of a WAV, RF64 or raw file. Not while other calls use the map.
  outcome<void> append(std::uint64_t frames) {
    return detail::give(detail::run([&](ondes_error **err) { return ondes_map_append(capi(), frames, err); }));
  }
  /// Waits until all changes have reached the device.
  outcome<void> flush() const {
    return detail::give(detail::run([&](ondes_error **err) { return ondes_map_flush(capi(), err); }));
  }
  /// What is wrong with the file, a WAVE file's in the words of wavemap.
  std::vector<warning> warnings() const {
    return detail::warnings_of(capi(), ondes_map_warning_count(capi()), ondes_map_warning);
  }

 private:
  static ondes_map_form c_form(const map_form &from) {
    ondes_map_form to = ONDES_MAP_FORM_INIT;
    to.sample_format = detail::c(from.sample_format);
    to.byte_order = static_cast<std::int32_t>(from.byte_order);
    to.channels = from.channels;
    to.channel_mask = from.channel_mask;
    to.rate = from.rate;
    to.frames = from.frames;
    to.offset = from.offset;
    to.tail = from.tail;
    return to;
  }
  result<map_info> described() const {
    ondes_map_info told = ONDES_MAP_INFO_INIT;
    return detail::run([&](ondes_error **err) { return ondes_map_describe(capi(), &told, err); },
                       [&] {
                         map_info to;
                         to.container = static_cast<container>(told.container);
                         to.sample_format = static_cast<sample>(told.sample_format);
                         to.bit_depth = told.bit_depth;
                         to.byte_order = static_cast<byte_order>(told.byte_order);
                         to.is_native = told.is_native != 0;
                         to.is_aligned = told.is_aligned != 0;
                         to.channels = told.channels;
                         to.channel_mask = told.channel_mask;
                         to.rate = told.rate;
                         to.mode = static_cast<map_mode>(told.mode);
                         to.is_buffered = (told.flags & ONDES_MAP_BUFFERED) != 0;
                         to.frames = told.frames;
                         to.frame_stride = told.frame_stride;
                         to.channel_stride = told.channel_stride;
                         to.offset = told.offset;
                         to.tail = told.tail;
                         return to;
                       });
  }
  template <class T>
  result<view<T>> typed() const {
    using value = std::remove_const_t<T>;
    static_assert(is_sample<value>, "T is no type of samples");
    result<map_info> told = described();
    if (!told) return told.error();
    if (told->sample_format != sample_of<value>)
      return error(status::invalid_argument, std::string("the samples are ") + ondes::name(told->sample_format) +
                                                 ", not " + ondes::name(sample_of<value>));
    if (!told->is_native) return error(status::invalid_argument, "the samples have the other order of bytes");
    if (!told->is_aligned)
      return error(status::invalid_argument, "the samples are not aligned as this machine wants them");
    if (!std::is_const_v<T> && told->mode == map_mode::read)
      return error(status::invalid_argument, "the map was opened to be read, not to be written");
    return view<T>(static_cast<T *>(ondes_map_samples(capi())), told->frames, told->channels, layout::interleaved);
  }
  template <class T>
  result<std::uint64_t> read_span(std::uint64_t start, span<T> dst, layout order) const {
    static_assert(is_sample<T>, "the elements are no samples that can be written to");
    result<map_info> told = described();
    if (!told) return told.error();
    result<std::uint64_t> capacity = detail::frames_of(dst.size(), told->channels);
    if (!capacity) return capacity;
    std::uint64_t frames = 0;
    return detail::run(
        [&](ondes_error **err) {
          return ondes_map_read(capi(), start, detail::c(sample_of<T>), detail::c(order), dst.data(), *capacity,
                                &frames, err);
        },
        [&] { return frames; });
  }
  template <class T>
  result<block<T>> read_block(std::uint64_t start, std::uint64_t frames, layout order) const {
    static_assert(is_sample<T>, "T is no type of samples");
    result<map_info> told = described();
    if (!told) return told.error();
    // No more memory than there are frames; where there are none, the library says what is wrong with `start`.
    const std::uint64_t left = start < told->frames ? told->frames - start : 0;
    result<std::size_t> size = detail::samples_of(frames < left ? frames : left, told->channels, sizeof(T));
    if (!size) return size.error();
    std::vector<T> samples(*size);
    result<std::uint64_t> got = read_span(start, span<T>(samples), order);
    if (!got) return got.error();
    return block<T>(std::move(samples), told->channels, order);
  }
  template <class T>
  result<void> written(std::uint64_t start, span<const T> src, layout order) {
    static_assert(is_sample<T>, "the elements are no samples");
    result<map_info> told = described();
    if (!told) return told.error();
    result<std::uint64_t> frames = detail::frames_of(src.size(), told->channels);
    if (!frames) return frames.error();
    return detail::run([&](ondes_error **err) {
      return ondes_map_write(capi(), start, detail::c(sample_of<T>), detail::c(order), src.data(), *frames, err);
    });
  }
};

// ---- Numbers, as wavemap converts them ------------------------------------------------------------

/// Converts numbers by the rules of the Python package wavemap, which are not those of all other calls:
/// samples, and unsigned integers of 16, 32 and 64 bits. `dst` holds as many as `src`; they do not overlap.
template <class Source, class Target, class From = std::remove_cv_t<detail::element_of<const Source>>,
          class To = detail::element_of<Target>>
outcome<void> convert(const Source &src, Target &&dst) {
  static_assert(detail::number_of<From>() != 0 && detail::number_of<To>() != 0, "the elements are no numbers");
  const span<const From> from(src);
  const span<To> to(dst);
  if (from.size() != to.size())
    return detail::give(result<void>(error(status::invalid_argument, std::to_string(from.size()) +
                                                                         " numbers do not become " +
                                                                         std::to_string(to.size()))));
  return detail::give(detail::run([&](ondes_error **err) {
    return ondes_convert(detail::number_of<From>(), from.data(), detail::number_of<To>(), to.data(), from.size(), err);
  }));
}

// ---- Devices --------------------------------------------------------------------------------------

/// A device as it was when it was listed.
struct device {
  /// What opens it, now and after the next start of the system, "pulse:alsa_output.usb-…".
  std::string id;
  /// Its name for people, which opens it too.
  std::string name;
  /// The rate (Hz) at which it needs no conversion, and its channels; 0 if they are not known.
  std::uint32_t rate = 0, channels = 0;
  /// The system prefers it.
  bool is_default = false;
};

/// Lists the devices of one direction, the system's default first. The test devices "null" and "loopback"
/// are always there and never listed.
inline outcome<std::vector<device>> devices(direction way) {
  using list = detail::object<ondes_devices, ondes_devices_free>;
  const auto all = [&]() -> result<std::vector<device>> {
    result<list> found = detail::create<list>(
        [&](ondes_devices **out, ondes_error **err) { return ondes_devices_list(detail::c(way), out, err); });
    if (!found) return found.error();
    const ondes_devices *c = found->capi();
    std::vector<device> copied;
    for (std::uint64_t i = 0; i < ondes_devices_count(c); i++)
      copied.push_back({ondes_devices_id(c, i), ondes_devices_name(c, i), ondes_devices_rate(c, i),
                        ondes_devices_channels(c, i), ondes_devices_is_default(c, i) != 0});
    return copied;
  };
  return detail::give(all());
}

// ---- Streams on devices ---------------------------------------------------------------------------

/// How long to wait: any std::chrono duration is one.
using seconds = std::chrono::duration<double>;
/// Wait as long as it takes.
inline constexpr seconds forever{ONDES_FOREVER};

/// Takes and gives the audio of a stream in the device's own thread. The views have as many frames, or none
/// without that device; it returns how many it dealt with: fewer are the end. It must not wait: no locks, no
/// memory, no files, and of this library only numbers and cancel::set.
using data_fn = std::function<std::int64_t(view<const float> input, view<float> output)>;

/// Changes interleaved frames that are about to be played, in the device's own thread. The same rules.
using process_fn = std::function<void(view<float> samples)>;

/// What to open: name `input`, `output` or both. 0 is what suits the device.
struct stream_options {
  /// Record from, and play on, this device: an id, a name, or "default"; empty: do not.
  std::string input = {}, output = {};
  /// Deals with all audio; none: stream::read and stream::write do. What it throws ends the audio, and the
  /// next call of the stream throws it again.
  data_fn data = {};
  /// In Hz; 0: the output device's own, or else the input's.
  std::uint32_t rate = 0;
  /// Frames that the devices take or give at a time; 0: 512.
  std::uint32_t buffer_size = 0;
  /// Channels to record, and to play; 0: the device's.
  std::uint32_t input_channels = 0, output_channels = 0;
  /// Frames that wait to be read at most, before the oldest are dropped; 0: five seconds.
  std::uint32_t input_queue = 0;
  /// Frames that wait to be played at most, before writing waits; 0: a quarter of a second.
  std::uint32_t output_queue = 0;
  /// Play the input together with what is written.
  bool monitor = false;
};

namespace detail {

/// What the device's thread uses of a stream.
class device_side {
 public:
  explicit device_side(data_fn data) : data_(std::move(data)) {}

  void set_channels(std::uint32_t input, std::uint32_t output) noexcept { input_ = input, output_ = output; }
  bool has_data() const noexcept { return static_cast<bool>(data_); }

  static std::int64_t call_data(void *user_data, const float *input, float *output, std::uint64_t frames) noexcept {
    auto *self = static_cast<device_side *>(user_data);
    return self->caught<std::int64_t>(-1, [&] {
      return self->data_(view<const float>(input, input ? frames : 0, self->input_, layout::interleaved),
                         view<float>(output, output ? frames : 0, self->output_, layout::interleaved));
    });
  }

  /// A function that changes what is played, and where its exceptions go.
  struct process {
    process_fn function;
    device_side *side;
  };
  static void call_process(void *user_data, float *samples, std::uint64_t frames, std::uint32_t channels) noexcept {
    auto *self = static_cast<process *>(user_data);
    const bool worked = self->side->caught(false, [&] {
      self->function(view<float>(samples, frames, channels, layout::interleaved));
      return true;
    });
    if (!worked) std::fill_n(samples, static_cast<std::size_t>(frames * channels), 0.0f);
  }

  /// The process in use. Those before it stay while the device's thread may still call them.
  std::vector<std::unique_ptr<process>> processes;

  /// In a call of the stream: throws what was thrown in the device's thread, once.
  void rethrow() {
#if ONDES_HPP_EXCEPTIONS
    if (state_.load(std::memory_order_acquire) == state::waiting) {
      state expected = state::waiting;
      if (state_.compare_exchange_strong(expected, state::told)) std::rethrow_exception(thrown_);
    }
#endif
  }

 private:
  enum class state { none, waiting, told };

  /// After the first exception the function is not called any more.
  template <class T, class Work>
  T caught(T failure, Work &&work) noexcept {
#if ONDES_HPP_EXCEPTIONS
    if (state_.load(std::memory_order_relaxed) != state::none) return failure;
    try {
      return work();
    } catch (...) {
      thrown_ = std::current_exception();
      state_.store(state::waiting, std::memory_order_release);
      return failure;
    }
#else
    (void)failure;
    return work();
#endif
  }

  data_fn data_;
  std::uint32_t input_ = 0, output_ = 0;
  std::atomic<state> state_{state::none};
#if ONDES_HPP_EXCEPTIONS
  std::exception_ptr thrown_;
#endif
};

}  // namespace detail

/// Audio that flows from and to devices. One thread may read, another write, a third start and stop.
class stream : public detail::object<ondes_stream, ondes_stream_free, std::unique_ptr<detail::device_side>> {
 public:
  using object::object;

  /// Opens devices. They stay silent until start.
  static outcome<stream> open(const stream_options &options) {
    auto side = std::make_unique<detail::device_side>(options.data);
    return detail::give(detail::create<stream>(
        [&](ondes_stream **out, ondes_error **err) {
          ondes_stream_options c = ONDES_STREAM_OPTIONS_INIT;
          c.flags = options.monitor ? ONDES_STREAM_MONITOR : 0;
          c.input = detail::or_null(options.input);
          c.output = detail::or_null(options.output);
          c.rate = options.rate;
          c.buffer_size = options.buffer_size;
          c.input_channels = options.input_channels;
          c.output_channels = options.output_channels;
          c.input_queue = options.input_queue;
          c.output_queue = options.output_queue;
          if (side->has_data()) {
            c.data = detail::device_side::call_data;
            c.user_data = side.get();
          }
          return ondes_stream_open(&c, out, err);
        },
        [&](ondes_stream *raw) {  // nothing runs before the start
          side->set_channels(ondes_stream_channels(raw, ONDES_DIRECTION_INPUT),
                             ondes_stream_channels(raw, ONDES_DIRECTION_OUTPUT));
          return stream(raw, std::move(side));
        }));
  }
  /// The C object, which is yours to free from now on. Its functions stay until the program ends.
  ondes_stream *release() noexcept {
    static_cast<void>(kept().release());
    return object::release();
  }

  /// Lets the audio flow. Input from before is forgotten. Does nothing while it flows.
  outcome<void> start() {
    return detail::give(call([&](ondes_error **err) { return ondes_stream_start(capi(), err); }, [] {}));
  }
  /// Ends the flow at once: what was not played yet is dropped. No function of yours runs any more afterwards.
  outcome<void> stop() {
    return detail::give(call([&](ondes_error **err) { return ondes_stream_stop(capi(), err); }, [] {}));
  }
  /// Waits until all that was written has been heard, or until `data` has come to its end; then stops.
  /// `timed_out` if that takes longer.
  outcome<void> drain(seconds timeout = forever, const cancel *token = nullptr) {
    return detail::give(call(
        [&](ondes_error **err) {
          return ondes_stream_drain(capi(), timeout.count(), token ? token->capi() : nullptr, err);
        },
        [] {}));
  }
  /// Stops and lets go of the devices for good.
  outcome<void> close() {
    return detail::give(call([&](ondes_error **err) { return ondes_stream_close(capi(), err); }, [] {}));
  }

  /// Takes recorded frames, and waits for so many: fewer when the time is up or the stream does not run.
  template <class T>
  outcome<block<T>> read(std::uint64_t frames, seconds timeout = forever, const cancel *token = nullptr) {
    return detail::give(read_block<T>(frames, timeout, token));
  }
  /// The same into memory of yours, a container or span of whole frames; tells the frames.
  template <class Samples, class T = detail::element_of<Samples>>
  outcome<std::uint64_t> read_into(Samples &&dst, seconds timeout = forever, layout order = layout::interleaved,
                                   const cancel *token = nullptr) {
    return detail::give(read_span(span<T>(dst), order, timeout, token));
  }
  /// Has samples played after those before, whole interleaved frames of the device's channels, and waits for
  /// room for them. Tells the frames that were taken: fewer when the time is up or the stream does not run.
  template <class Samples, class T = std::remove_cv_t<detail::element_of<const Samples>>>
  outcome<std::uint64_t> write(const Samples &src, seconds timeout = forever, const cancel *token = nullptr) {
    return detail::give(write_span(span<const T>(src), timeout, token));
  }
  /// The same for a view or block, in its own order: of the device's channels, or one, which goes to all.
  template <class T>
  outcome<std::uint64_t> write(const view<T> &src, seconds timeout = forever, const cancel *token = nullptr) {
    return detail::give(written(view<const std::remove_const_t<T>>(src), timeout, token));
  }
  template <class T>
  outcome<std::uint64_t> write(const block<T> &src, seconds timeout = forever, const cancel *token = nullptr) {
    return detail::give(written(src.view(), timeout, token));
  }

  /// Has a function change all that is played from now on, also while the stream runs; none for nothing. The
  /// one before is gone when this returns. What it throws makes silence, and the next call throws it again.
  outcome<void> set_process(process_fn function) { return detail::give(processed(std::move(function))); }

  /// Whether reading goes on over dropped frames without `status::input_dropped`.
  void set_ignore_dropped_input(bool ignore) noexcept { ondes_stream_set_ignore_dropped_input(capi(), ignore ? 1 : 0); }
  bool ignores_dropped_input() const noexcept { return ondes_stream_ignores_dropped_input(capi()) != 0; }
  /// Whether audio flows: not before the start, after a stop, or once the device went away.
  bool is_running() const noexcept { return ondes_stream_is_running(capi()) != 0; }
  /// In Hz, one for both directions.
  std::uint32_t rate() const noexcept { return ondes_stream_rate(capi()); }
  /// Frames that the device takes or gives at a time.
  std::uint32_t buffer_size() const noexcept { return ondes_stream_buffer_size(capi()); }
  /// 0 without that direction.
  std::uint32_t channels(direction way) const noexcept { return ondes_stream_channels(capi(), detail::c(way)); }
  /// Empty without that direction; valid as long as the stream.
  std::string_view device_name(direction way) const noexcept {
    return ondes_stream_device_name(capi(), detail::c(way));
  }
  /// The time between this library and the air with the sound system's buffers full, which is the most that it takes;
  /// without what waits in the queues.
  seconds latency(direction way) const noexcept { return seconds(ondes_stream_latency(capi(), detail::c(way))); }
  /// Frames that wait to be read, or to be played.
  std::uint64_t buffered(direction way) const noexcept { return ondes_stream_buffered(capi(), detail::c(way)); }
  /// Frames of input that were dropped because a queue was full: they were not read, or not taken by `data` or the
  /// output that plays the input.
  std::uint64_t dropped_input() const noexcept { return ondes_stream_dropped_input(capi()); }
  /// Frames of silence that were played because nothing was written in time.
  std::uint64_t missed_output() const noexcept { return ondes_stream_missed_output(capi()); }
  /// Sets both counts to 0.
  void reset_counts() noexcept { ondes_stream_reset_counts(capi()); }

 private:
  template <class Call, class Make>
  auto call(Call &&work, Make &&make) -> result<decltype(make())> {
    auto done = detail::run(std::forward<Call>(work), std::forward<Make>(make));
    if (kept()) kept()->rethrow();
    return done;
  }
  result<std::uint32_t> channels_of(direction way) const {
    if (!*this) return error(status::null_argument, "there is no stream: it was moved away");
    if (const std::uint32_t count = channels(way)) return count;
    return error(status::invalid_argument, std::string("the stream has no ") +
                                               (way == direction::input ? "input to read" : "output to play on"));
  }
  template <class T>
  result<std::uint64_t> read_span(span<T> dst, layout order, seconds timeout, const cancel *token) {
    static_assert(is_sample<T>, "the elements are no samples that can be written to");
    result<std::uint32_t> channels = channels_of(direction::input);
    if (!channels) return channels.error();
    result<std::uint64_t> capacity = detail::frames_of(dst.size(), *channels);
    if (!capacity) return capacity;
    std::uint64_t frames = 0;
    return call(
        [&](ondes_error **err) {
          return ondes_stream_read(capi(), detail::c(sample_of<T>), detail::c(order), dst.data(), *capacity,
                                   timeout.count(), token ? token->capi() : nullptr, &frames, err);
        },
        [&] { return frames; });
  }
  template <class T>
  result<block<T>> read_block(std::uint64_t frames, seconds timeout, const cancel *token) {
    static_assert(is_sample<T>, "T is no type of samples");
    result<std::uint32_t> channels = channels_of(direction::input);
    if (!channels) return channels.error();
    result<std::size_t> size = detail::samples_of(frames, *channels, sizeof(T));
    if (!size) return size.error();
    std::vector<T> samples(*size);
    result<std::uint64_t> got = read_span(span<T>(samples), layout::interleaved, timeout, token);
    if (!got) return got.error();
    samples.resize(static_cast<std::size_t>(*got * *channels));
    return block<T>(std::move(samples), *channels);
  }
  template <class T>
  result<std::uint64_t> write_span(span<const T> src, seconds timeout, const cancel *token) {
    result<std::uint32_t> channels = channels_of(direction::output);
    if (!channels) return channels.error();
    result<std::uint64_t> frames = detail::frames_of(src.size(), *channels);
    if (!frames) return frames;
    return written(view<const T>(src.data(), *frames, *channels, layout::interleaved), timeout, token);
  }
  template <class T>
  result<std::uint64_t> written(view<const T> src, seconds timeout, const cancel *token) {
    static_assert(is_sample<T>, "the elements are no samples");
    std::uint64_t frames = 0;
    return call(
        [&](ondes_error **err) {
          return ondes_stream_write(capi(), detail::c(sample_of<T>), detail::c(src.layout()), src.data(), src.frames(),
                                    src.channels(), timeout.count(), token ? token->capi() : nullptr, &frames, err);
        },
        [&] { return frames; });
  }
  result<void> processed(process_fn function) {
    if (!kept()) return error(status::null_argument, "there is no stream of this header");
    auto &all = kept()->processes;
    detail::device_side::process *next = nullptr;
    if (function) {
      all.push_back(std::make_unique<detail::device_side::process>(
          detail::device_side::process{std::move(function), kept().get()}));
      next = all.back().get();
    }
    return call(
        [&](ondes_error **err) {
          const std::int32_t number =
              ondes_stream_set_process(capi(), next ? detail::device_side::call_process : nullptr, next, err);
          if (number == ONDES_STATUS_OK) {
            if (next) std::swap(all.front(), all.back());
            all.resize(next ? 1 : 0);
          }
          return number;
        },
        [] {});
  }
};

/// How audio is played.
struct play_options {
  /// The id or name of a device; empty: the default one.
  std::string device = {};
  /// Ends the work from another thread.
  const ondes::cancel *cancel = nullptr;
  /// Called from inside the call.
  progress_fn progress = {};
  /// How the rate is converted, where the device needs another.
  ondes::quality quality = ondes::quality::balanced;
};

namespace detail {

inline result<void> played(sample format, layout order, const void *src, std::uint64_t frames, std::uint32_t channels,
                           double rate, play_options options) {
  if (auto fits = library_fits(); !fits) return fits;
  return run([&](ondes_error **err) {
    ondes_play_options c = ONDES_PLAY_OPTIONS_INIT;
    c.device = or_null(options.device);
    c.quality = static_cast<std::int32_t>(options.quality);
    set_watch(c, options.cancel, &options.progress);
    return ondes_play(detail::c(format), detail::c(order), src, frames, channels, rate, &c, err);
  });
}

}  // namespace detail

/// Plays samples at a rate in Hz, and returns when they have been heard. One channel goes to all of the device's.
template <class T>
outcome<void> play(const view<T> &src, double rate, const play_options &options = {}) {
  using value = std::remove_const_t<T>;
  static_assert(is_sample<value>, "the elements are no samples");
  return detail::give(
      detail::played(sample_of<value>, src.layout(), src.data(), src.frames(), src.channels(), rate, options));
}
template <class T>
outcome<void> play(const block<T> &src, double rate, const play_options &options = {}) {
  return play(src.view(), rate, options);
}
/// Plays decoded audio, and returns when it has been heard.
inline outcome<void> play(const audio_view &src, const play_options &options = {}) {
  return detail::give(detail::played(src.format(), src.layout(), src.raw().data(), src.frames(), src.channels(),
                                     src.rate(), options));
}
inline outcome<void> play(const audio &src, const play_options &options = {}) {
  return play(audio_view(src), options);
}

}  // namespace ONDES_HPP_STYLE
}  // namespace ondes

#ifdef __cpp_lib_span
template <class T>
inline constexpr bool std::ranges::enable_borrowed_range<ondes::span<T>> = true;
template <class T>
inline constexpr bool std::ranges::enable_borrowed_range<ondes::view<T>> = true;
#endif

#undef ONDES_HPP_STYLE
#undef ONDES_HPP_THROWS
#undef ONDES_HPP_EXCEPTIONS

#endif  // ONDES_HPP
