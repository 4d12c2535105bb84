#include <lln/feed/big_endian.hpp>
#include <lln/feed/soup_bin_tcp.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <string>

namespace lln::feed {
namespace {

constexpr std::size_t length_size = 2;

template <std::size_t N>
void append(const Alpha<N>& field, std::vector<std::byte>& to) {
  const auto bytes = std::as_bytes(std::span(field));
  to.insert(to.end(), bytes.begin(), bytes.end());
}

void append_number(std::uint64_t value, std::vector<std::byte>& to) {
  to.resize(to.size() + soup_number_size);
  encode_soup_number(value, std::span(to).last<soup_number_size>());
}

template <std::size_t N>
Alpha<N> text_at(std::span<const std::byte> from, std::size_t offset) {
  Alpha<N> field;
  std::memcpy(field.data(), from.subspan(offset, N).data(), N);
  return field;
}

}  // namespace

void encode_soup(SoupType type, std::span<const std::byte> payload, std::vector<std::byte>& to) {
  if (payload.size() > soup_max_payload)
    throw std::length_error("A SoupBinTCP packet carries at most 65534 bytes, not " +
                            std::to_string(payload.size()) + ".");
  std::byte length[length_size];
  store_be(length, static_cast<std::uint16_t>(payload.size() + 1));
  to.insert(to.end(), std::begin(length), std::end(length));
  to.push_back(static_cast<std::byte>(type));
  to.insert(to.end(), payload.begin(), payload.end());
}

void encode_soup_number(std::uint64_t value, std::span<std::byte, soup_number_size> to) noexcept {
  char digits[soup_number_size];  // 2^64 - 1 has exactly 20
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
  const auto count = static_cast<std::size_t>(end - digits);
  std::fill(to.begin(), to.end(), std::byte{' '});
  std::memcpy(to.data() + (soup_number_size - count), digits, count);
}

std::optional<std::uint64_t> decode_soup_number(std::span<const std::byte, soup_number_size> from) noexcept {
  const char* first = reinterpret_cast<const char*>(from.data());
  const char* const last = first + from.size();
  first = std::find_if(first, last, [](char c) { return c != ' '; });
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(first, last, value);
  if (error != std::errc{} || end != last) return std::nullopt;
  return value;
}

void encode_soup(const LoginRequest& request, std::vector<std::byte>& to) {
  std::vector<std::byte> payload;
  append(request.username, payload);
  append(request.password, payload);
  append(request.session, payload);
  append_number(request.sequence, payload);
  encode_soup(SoupType::login_request, payload, to);
}

void encode_soup(const LoginAccepted& accepted, std::vector<std::byte>& to) {
  std::vector<std::byte> payload;
  append(accepted.session, payload);
  append_number(accepted.sequence, payload);
  encode_soup(SoupType::login_accepted, payload, to);
}

void encode_soup(const LoginRejected& rejected, std::vector<std::byte>& to) {
  const std::byte reason = static_cast<std::byte>(rejected.reason);
  encode_soup(SoupType::login_rejected, {&reason, 1}, to);
}

std::optional<LoginRequest> decode_login_request(std::span<const std::byte> payload) noexcept {
  if (payload.size() != 46) return std::nullopt;
  const auto sequence = decode_soup_number(payload.last<soup_number_size>());
  if (!sequence) return std::nullopt;
  return LoginRequest{text_at<6>(payload, 0), text_at<10>(payload, 6), text_at<10>(payload, 16), *sequence};
}

std::optional<LoginAccepted> decode_login_accepted(std::span<const std::byte> payload) noexcept {
  if (payload.size() != 30) return std::nullopt;
  const auto sequence = decode_soup_number(payload.last<soup_number_size>());
  if (!sequence) return std::nullopt;
  return LoginAccepted{text_at<10>(payload, 0), *sequence};
}

std::optional<LoginRejected> decode_login_rejected(std::span<const std::byte> payload) noexcept {
  if (payload.size() != 1) return std::nullopt;
  return LoginRejected{static_cast<char>(payload.front())};
}

void SoupParser::feed(std::span<const std::byte> bytes) {
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(consumed_));
  consumed_ = 0;
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

bool SoupParser::next(SoupPacket& packet) noexcept {
  const std::span<const std::byte> rest = std::span(buffer_).subspan(consumed_);
  if (rest.size() < length_size) return false;
  const std::size_t length = load_be<std::uint16_t>(rest.data());
  if (length == 0 || length > max_length_) {
    error_ = length == 0 ? Error::zero_length : Error::too_long;
    return false;  // and so will every later call: the length stays where it is
  }
  if (rest.size() < length_size + length) return false;
  packet.type = static_cast<SoupType>(rest[length_size]);
  packet.payload = rest.subspan(length_size + 1, length - 1);
  consumed_ += length_size + length;
  return true;
}

}  // namespace lln::feed
