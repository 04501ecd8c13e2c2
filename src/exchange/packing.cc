#include "exchange/packing.h"

#include <boost/pfr/core.hpp>

#include "base/packed.h"

namespace gyre::exchange {
namespace {

constexpr std::uint8_t kFormat = 1;
constexpr std::int64_t kMaxItems = 1 << 24;  // of one list

// Every type has a `put` and a `get`; aggregates are their members in order.
template <class T>
void put(Packer& packer, const T& value);
template <class T>
void get(Unpacker& unpacker, T& value);

template <class T>
struct Form {
  static void put(Packer& packer, const T& value) {
    boost::pfr::for_each_field(value, [&](const auto& field) { exchange::put(packer, field); });
  }
  static void get(Unpacker& unpacker, T& value) {
    boost::pfr::for_each_field(value, [&](auto& field) { exchange::get(unpacker, field); });
  }
};

template <class T>
  requires std::is_arithmetic_v<T> || std::is_enum_v<T>
struct Form<T> {
  static void put(Packer& packer, T value) { packer.number(value); }
  static void get(Unpacker& unpacker, T& value) { value = unpacker.number<T>(); }
};

template <>
struct Form<bool> {
  static void put(Packer& packer, bool value) { packer.number<std::uint8_t>(value); }
  static void get(Unpacker& unpacker, bool& value) { value = unpacker.number<std::uint8_t>() != 0; }
};

template <>
struct Form<std::string> {
  static void put(Packer& packer, const std::string& value) {
    packer.count(std::ssize(value));
    packer.raw(value);
  }
  static void get(Unpacker& unpacker, std::string& value) { value = unpacker.raw(static_cast<std::size_t>(unpacker.count())); }
};

template <>
struct Form<json::Value> {
  static void put(Packer& packer, const json::Value& value) { exchange::put(packer, json::to_text(value)); }
  static void get(Unpacker& unpacker, json::Value& value) {
    std::string text;
    exchange::get(unpacker, text);
    if (!unpacker.good) return;
    auto parsed = json::parse(text);
    if (parsed)
      value = std::move(*parsed);
    else
      unpacker.good = false;
  }
};

template <class T>
struct Form<std::optional<T>> {
  static void put(Packer& packer, const std::optional<T>& value) {
    exchange::put(packer, value.has_value());
    if (value) exchange::put(packer, *value);
  }
  static void get(Unpacker& unpacker, std::optional<T>& value) {
    bool has = false;
    exchange::get(unpacker, has);
    if (has) exchange::get(unpacker, value.emplace());
  }
};

// No room is made ahead: what a count says may be a lie.
template <class T>
struct Form<std::vector<T>> {
  static void put(Packer& packer, const std::vector<T>& values) {
    packer.count(std::ssize(values));
    for (const auto& value : values) exchange::put(packer, value);
  }
  static void get(Unpacker& unpacker, std::vector<T>& values) {
    const auto count = unpacker.count();
    if (count < 0 || count > kMaxItems) unpacker.good = false;
    for (std::int64_t i = 0; unpacker.good && i < count; ++i) exchange::get(unpacker, values.emplace_back());
  }
};

template <class T, class C>
struct Form<std::map<std::string, T, C>> {
  static void put(Packer& packer, const std::map<std::string, T, C>& values) {
    packer.count(std::ssize(values));
    for (const auto& [key, value] : values) exchange::put(packer, key), exchange::put(packer, value);
  }
  static void get(Unpacker& unpacker, std::map<std::string, T, C>& values) {
    const auto count = unpacker.count();
    if (count < 0 || count > kMaxItems) unpacker.good = false;
    for (std::int64_t i = 0; unpacker.good && i < count; ++i) {
      std::string key;
      exchange::get(unpacker, key);
      exchange::get(unpacker, values[key]);
    }
  }
};

template <class... Ts>
struct Form<std::variant<Ts...>> {
  static void put(Packer& packer, const std::variant<Ts...>& value) {
    packer.number(static_cast<std::uint8_t>(value.index()));
    std::visit([&](const auto& one) { exchange::put(packer, one); }, value);
  }
  static void get(Unpacker& unpacker, std::variant<Ts...>& value) {
    const auto index = unpacker.number<std::uint8_t>();
    std::size_t at = 0;
    const auto found = ((index == at++ && (exchange::get(unpacker, value.template emplace<Ts>()), true)) || ...);
    if (!found) unpacker.good = false;
  }
};

std::uint64_t zigzag(std::uint64_t value) { return value << 1 ^ (0 - (value >> 63)); }
std::uint64_t unzigzag(std::uint64_t value) { return value >> 1 ^ (0 - (value & 1)); }

// Differences of steps and times are mostly one byte each.
template <>
struct Form<Series> {
  static void put(Packer& packer, const Series& series) {
    exchange::put(packer, series.run_id);
    exchange::put(packer, series.key);
    packer.count(std::ssize(series.points));
    const bool fractions = std::ranges::any_of(series.points, [](const auto& point) { return point.fraction != 0; });
    exchange::put(packer, fractions);
    std::uint64_t step = 0, at_ms = 0;
    for (const auto& point : series.points) {
      packer.count(static_cast<std::int64_t>(zigzag(static_cast<std::uint64_t>(point.step) - step)));
      packer.count(static_cast<std::int64_t>(zigzag(static_cast<std::uint64_t>(point.at_ms) - at_ms)));
      packer.number(point.value);
      if (fractions) packer.number(point.fraction);
      step = static_cast<std::uint64_t>(point.step);
      at_ms = static_cast<std::uint64_t>(point.at_ms);
    }
  }
  static void get(Unpacker& unpacker, Series& series) {
    exchange::get(unpacker, series.run_id);
    exchange::get(unpacker, series.key);
    const auto count = unpacker.count();
    bool fractions = false;
    exchange::get(unpacker, fractions);
    if (count < 0 || count > kMaxItems) unpacker.good = false;
    std::uint64_t step = 0, at_ms = 0;
    for (std::int64_t i = 0; unpacker.good && i < count; ++i) {
      step += unzigzag(static_cast<std::uint64_t>(unpacker.count()));
      at_ms += unzigzag(static_cast<std::uint64_t>(unpacker.count()));
      tracking::AdoptedPoint point{static_cast<std::int64_t>(step), static_cast<std::int64_t>(at_ms), unpacker.number<double>()};
      if (fractions) point.fraction = unpacker.number<double>();
      if (!tracking::is_fraction(point.fraction)) unpacker.good = false;
      series.points.push_back(point);
    }
  }
};

template <class T, std::size_t N>
struct Form<std::array<T, N>> {
  static void put(Packer& packer, const std::array<T, N>& values) {
    for (const auto& value : values) exchange::put(packer, value);
  }
  static void get(Unpacker& unpacker, std::array<T, N>& values) {
    for (auto& value : values) exchange::get(unpacker, value);
  }
};

template <class T>
void put(Packer& packer, const T& value) {
  Form<T>::put(packer, value);
}
template <class T>
void get(Unpacker& unpacker, T& value) {
  Form<T>::get(unpacker, value);
}

template <class T>
std::string packed(const T& value) {
  std::string bytes;
  Packer packer(bytes);
  packer.number(kFormat);
  put(packer, value);
  return bytes;
}

template <class T>
Result<T> unpacked(std::string_view bytes) {
  Unpacker unpacker(bytes);
  T value;
  if (unpacker.number<std::uint8_t>() == kFormat) {
    get(unpacker, value);
  } else {
    unpacker.good = false;
  }
  if (!unpacker.good) return fail(Code::invalid, "these bytes are no records, or cut", {}, "the command and the server must be of the same version of Gyre");
  return value;
}

}  // namespace

std::string pack_records(std::span<const Record> records) {
  std::string bytes;
  Packer packer(bytes);
  packer.number(kFormat);
  packer.count(std::ssize(records));
  for (const auto& record : records) put(packer, record);
  return bytes;
}

std::string pack_names(std::span<const Name> names) { return packed(std::vector<Name>(names.begin(), names.end())); }
std::string pack_answer(const Answer& answer) { return packed(answer); }
std::string pack_digests(const std::vector<std::optional<Digests>>& digests) { return packed(digests); }

Result<std::vector<Record>> unpack_records(std::string_view bytes) { return unpacked<std::vector<Record>>(bytes); }
Result<std::vector<Name>> unpack_names(std::string_view bytes) { return unpacked<std::vector<Name>>(bytes); }
Result<Answer> unpack_answer(std::string_view bytes) { return unpacked<Answer>(bytes); }
Result<std::vector<std::optional<Digests>>> unpack_digests(std::string_view bytes) { return unpacked<std::vector<std::optional<Digests>>>(bytes); }

}  // namespace gyre::exchange
