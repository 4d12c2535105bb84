#include "support.hpp"

#include <lln/feed/big_endian.hpp>

#include <array>

namespace lln::feed {
namespace {

using test::hex;
using test::to_hex;

TEST(BigEndian, LoadsTheMostSignificantByteFirst) {
  const auto bytes = hex("01 23 45 67 89 ab cd ef");
  EXPECT_EQ(load_be<std::uint8_t>(bytes.data()), 0x01u);
  EXPECT_EQ(load_be<std::uint16_t>(bytes.data()), 0x0123u);
  EXPECT_EQ(load_be<std::uint32_t>(bytes.data()), 0x01234567u);
  EXPECT_EQ(load_be48(bytes.data()), 0x0123456789abu);
  EXPECT_EQ(load_be<std::uint64_t>(bytes.data()), 0x0123456789abcdefu);
}

TEST(BigEndian, LoadsAtOddAddresses) {
  const auto bytes = hex("ff 01 23 45 67 89 ab cd ef");
  EXPECT_EQ(load_be<std::uint64_t>(bytes.data() + 1), 0x0123456789abcdefu);
}

TEST(BigEndian, LoadsAllOnesWithoutSignExtension) {
  const auto bytes = hex("ff ff ff ff ff ff ff ff");
  EXPECT_EQ(load_be<std::uint16_t>(bytes.data()), 0xffffu);
  EXPECT_EQ(load_be<std::uint32_t>(bytes.data()), 0xffffffffu);
  EXPECT_EQ(load_be48(bytes.data()), 0xffffffffffffu);
}

TEST(BigEndian, StoresExactlyItsBytes) {
  std::array<std::byte, 10> bytes{};
  store_be(bytes.data() + 1, std::uint64_t{0x0123456789abcdef});
  EXPECT_EQ(to_hex(bytes), "00 01 23 45 67 89 ab cd ef 00");
  store_be(bytes.data() + 1, std::uint16_t{0xa1b2});
  EXPECT_EQ(to_hex(bytes), "00 a1 b2 45 67 89 ab cd ef 00");
  store_be(bytes.data() + 1, std::uint32_t{0xc1d2e3f4});
  EXPECT_EQ(to_hex(bytes), "00 c1 d2 e3 f4 89 ab cd ef 00");
}

TEST(BigEndian, Stores48BitsAndDropsTheRest) {
  std::array<std::byte, 8> bytes{};
  store_be48(bytes.data() + 1, 0xffee'0123456789ab);
  EXPECT_EQ(to_hex(bytes), "00 01 23 45 67 89 ab 00");
}

}  // namespace
}  // namespace lln::feed
