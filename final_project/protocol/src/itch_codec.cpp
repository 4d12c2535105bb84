#include <lln/feed/big_endian.hpp>
#include <lln/feed/itch_codec.hpp>

#include <array>
#include <tuple>
#include <type_traits>
#include <utility>

namespace lln::feed {
namespace {

// How wide each field type is on the wire, and how it gets there and back: one line a type.

template <class Field>
inline constexpr std::size_t width = sizeof(Field);

void put(std::byte* to, char value) { *to = static_cast<std::byte>(value); }
void put(std::byte* to, Side value) { *to = static_cast<std::byte>(value); }
void put(std::byte* to, std::uint32_t value) { store_be(to, value); }
void put(std::byte* to, std::uint64_t value) { store_be(to, value); }
void put(std::byte* to, Price4 value) { store_be(to, value.value); }
void put(std::byte* to, Price8 value) { store_be(to, value.value); }
template <std::size_t N>
void put(std::byte* to, const Alpha<N>& value) {
  for (std::size_t i = 0; i < N; ++i) put(to + i, value[i]);
}

void get(const std::byte* from, char& value) { value = static_cast<char>(*from); }
void get(const std::byte* from, Side& value) { value = static_cast<Side>(*from); }
void get(const std::byte* from, std::uint32_t& value) { value = load_be<std::uint32_t>(from); }
void get(const std::byte* from, std::uint64_t& value) { value = load_be<std::uint64_t>(from); }
void get(const std::byte* from, Price4& value) { value.value = load_be<std::uint32_t>(from); }
void get(const std::byte* from, Price8& value) { value.value = load_be<std::uint64_t>(from); }
template <std::size_t N>
void get(const std::byte* from, Alpha<N>& value) {
  for (std::size_t i = 0; i < N; ++i) get(from + i, value[i]);
}

template <class M>
constexpr std::size_t wire_length() {
  return std::apply(
      [](auto... field) {
        return itch_prefix_size + (width<std::remove_cvref_t<decltype(std::declval<M>().*field)>> + ...);
      },
      M::fields());
}

template <class M>
void put_message(const M& message, std::byte* to) {
  to[0] = static_cast<std::byte>(M::type);
  store_be(to + 1, message.header.locate.value);
  store_be(to + 3, message.header.tracking);
  store_be48(to + 5, message.header.timestamp_ns);
  to += itch_prefix_size;
  const auto one = [&](const auto& field) {
    put(to, field);
    to += width<std::remove_cvref_t<decltype(field)>>;
  };
  std::apply([&](auto... field) { (one(message.*field), ...); }, M::fields());
}

template <class M>
Message get_message(const std::byte* from) {
  M message;
  message.header = {Locate{load_be<std::uint16_t>(from + 1)}, load_be<std::uint16_t>(from + 3),
                    load_be48(from + 5)};
  from += itch_prefix_size;
  const auto one = [&](auto& field) {
    get(from, field);
    from += width<std::remove_cvref_t<decltype(field)>>;
  };
  std::apply([&](auto... field) { (one(message.*field), ...); }, M::fields());
  return message;
}

struct TypeInfo {
  std::size_t length = 0;  // 0 = no such type
  Message (*decode)(const std::byte*) = nullptr;
};

template <class>
struct Registry;
template <class... M>
struct Registry<std::variant<M...>> {
  static constexpr std::array<TypeInfo, 256> table = [] {
    std::array<TypeInfo, 256> result{};
    ((result[static_cast<std::uint8_t>(M::type)] = {wire_length<M>(), &get_message<M>}), ...);
    return result;
  }();
};
constexpr const std::array<TypeInfo, 256>& types = Registry<Message>::table;

}  // namespace

std::optional<std::size_t> message_length(std::uint8_t type) noexcept {
  if (types[type].length == 0) return std::nullopt;
  return types[type].length;
}

MessageType type_of(const Message& message) noexcept {
  return std::visit([](const auto& m) { return std::remove_cvref_t<decltype(m)>::type; }, message);
}

const Header& header_of(const Message& message) noexcept {
  return std::visit([](const auto& m) -> const Header& { return m.header; }, message);
}

std::size_t encode(const Message& message, std::span<std::byte> to) noexcept {
  return std::visit(
      [&](const auto& m) -> std::size_t {
        constexpr std::size_t length = wire_length<std::remove_cvref_t<decltype(m)>>();
        if (to.size() < length) return 0;
        put_message(m, to.data());
        return length;
      },
      message);
}

DecodeResult decode(std::span<const std::byte> from) noexcept {
  if (from.empty()) return {std::nullopt, DecodeError::truncated};
  const TypeInfo& type = types[std::to_integer<std::uint8_t>(from.front())];
  if (type.length == 0) return {std::nullopt, DecodeError::unknown_type};
  if (from.size() < type.length) return {std::nullopt, DecodeError::truncated};
  return {type.decode(from.data()), DecodeError::none};
}

}  // namespace lln::feed
