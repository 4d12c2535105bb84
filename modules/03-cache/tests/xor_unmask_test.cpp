#include <lln/cache/xor_unmask.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace {

using lln::cache::MaskKey;
using lln::cache::unmask_variants;
using lln::cache::UnmaskVariant;
using lln::cache::xor_unmask;

constexpr MaskKey key{std::byte{0x12}, std::byte{0xa5}, std::byte{0x00}, std::byte{0xff}};

std::vector<std::byte> random_bytes(std::size_t size) {
  std::mt19937 random(static_cast<unsigned>(size));
  std::vector<std::byte> bytes(size);
  for (std::byte& b : bytes) b = static_cast<std::byte>(random());
  return bytes;
}

// RFC 6455, section 5.7: "Hello" in a masked frame.
TEST(XorUnmask, ExampleOfTheRfc) {
  const MaskKey rfc{std::byte{0x37}, std::byte{0xfa}, std::byte{0x21}, std::byte{0x3d}};
  std::array payload{std::byte{0x7f}, std::byte{0x9f}, std::byte{0x4d}, std::byte{0x51}, std::byte{0x58}};
  xor_unmask(payload, rfc);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(payload.data()), payload.size()), "Hello");
}

TEST(XorUnmask, EachVariantAtEachLengthOffsetAndPhase) {
  constexpr std::size_t guard = 64;
  for (const UnmaskVariant& variant : unmask_variants()) {
    for (std::size_t length = 0; length <= 200; ++length) {
      const std::size_t offset = length * 7 % guard;  // all alignments come up
      for (std::size_t phase = 0; phase < 5; ++phase) {
        const std::vector<std::byte> before = random_bytes(offset + length + guard);
        std::vector<std::byte> after = before;
        variant.unmask(std::span(after).subspan(offset, length), key, phase);
        for (std::size_t i = 0; i < after.size(); ++i) {
          const bool inside = i >= offset && i < offset + length;
          const std::byte expected = inside ? before[i] ^ key[(phase + i - offset) % 4] : before[i];
          ASSERT_EQ(after[i], expected)
              << variant.name << ": length " << length << ", offset " << offset << ", phase " << phase
              << ", byte " << i << (inside ? "" : ", outside the payload");
        }
      }
    }
  }
}

TEST(XorUnmask, ReadsAndWritesExactlyThePayload) {
  // The sanitizer lane stops at the first byte beyond an allocation of exactly this size.
  for (const UnmaskVariant& variant : unmask_variants()) {
    for (std::size_t length = 1; length <= 130; ++length) {
      std::vector<std::byte> payload = random_bytes(length);
      payload.shrink_to_fit();
      const std::vector<std::byte> before = payload;
      variant.unmask(payload, key, 0);
      variant.unmask(payload, key, 0);
      ASSERT_EQ(payload, before) << variant.name << ": twice is as before, length " << length;
    }
  }
}

TEST(XorUnmask, PiecesEqualTheWhole) {
  const std::vector<std::byte> masked = random_bytes(300);
  std::vector<std::byte> whole = masked;
  xor_unmask(whole, key);
  for (const std::size_t piece : {1U, 3U, 7U, 16U, 33U, 64U, 125U}) {
    std::vector<std::byte> pieces = masked;
    for (std::size_t at = 0; at < pieces.size(); at += piece)
      xor_unmask(std::span(pieces).subspan(at, std::min(piece, pieces.size() - at)), key, at);
    EXPECT_EQ(pieces, whole) << "in pieces of " << piece;
  }
}

TEST(XorUnmask, NarrowestAndWidestAreThere) {
  ASSERT_GE(unmask_variants().size(), 2U);
  EXPECT_EQ(unmask_variants()[0].name, "bytes");
  EXPECT_EQ(unmask_variants()[1].name, "words");
}

}  // namespace
