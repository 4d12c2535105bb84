#include "support.hpp"

#include <lln/feed/digest.hpp>

#include <fstream>

namespace lln::feed {
namespace {

using test::message_of;
using test::TemporaryDirectory;

void write_text(const std::filesystem::path& path, std::string_view text) { std::ofstream(path) << text; }

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(DigestBuilder, AnEmptyBookHasTheOffsetBasis) { EXPECT_EQ(DigestBuilder{}.value(), 0xcbf29ce484222325u); }

TEST(DigestBuilder, MatchesValuesComputedElsewhere) {
  DigestBuilder digest;
  digest.add(12345690, Side::buy, Price4{1501200}, 100);
  EXPECT_EQ(digest.value(), 0x074fe6154bb2a50au) << "one order";
  digest.add(12345678, Side::buy, Price4{1501100}, 300);
  digest.add(12345694, Side::buy, Price4{1501100}, 200);
  digest.add(12345682, Side::sell, Price4{1501300}, 250);
  EXPECT_EQ(digest.value(), 0x5bd5123e4837dda7u) << "the book of SPEC.md section 10";
}

TEST(DigestBuilder, EveryFieldAndTheOrderMatter) {
  const auto of = [](std::uint64_t reference, Side side, std::uint32_t price, std::uint32_t shares) {
    DigestBuilder digest;
    digest.add(reference, side, Price4{price}, shares);
    return digest.value();
  };
  const auto base = of(1, Side::buy, 2, 3);
  EXPECT_NE(base, of(2, Side::buy, 2, 3));
  EXPECT_NE(base, of(1, Side::sell, 2, 3));
  EXPECT_NE(base, of(1, Side::buy, 3, 3));
  EXPECT_NE(base, of(1, Side::buy, 2, 4));
  EXPECT_NE(base, of(1, Side::buy, 3, 2)) << "price and shares swapped";
  DigestBuilder forward, backward;
  forward.add(1, Side::buy, Price4{2}, 3);
  forward.add(2, Side::buy, Price4{2}, 3);
  backward.add(2, Side::buy, Price4{2}, 3);
  backward.add(1, Side::buy, Price4{2}, 3);
  EXPECT_NE(forward.value(), backward.value()) << "priority";
}

TEST(DigestFile, WritesTheDocumentedTextSorted) {
  TemporaryDirectory directory;
  const auto path = directory / "digests";
  write_digests(path, {{Locate{14}, "MSFT", 0, fnv_offset_basis},
                       {Locate{13}, "AAPL", 4, 0x00d5123e4837dda7},
                       {Locate{300}, "", 1, 1}});
  EXPECT_EQ(read_text(path),
            "13 AAPL 4 00d5123e4837dda7\n"
            "14 MSFT 0 cbf29ce484222325\n"
            "300 - 1 0000000000000001\n");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path.parent_path()), {}), 1)
      << "no temporary file left";
}

TEST(DigestFile, ReadsWhatItWrote) {
  TemporaryDirectory directory;
  const std::vector<SymbolDigest> digests{{Locate{1}, "A", 7, 42},
                                          {Locate{65535}, "Z", ~std::uint64_t{0}, ~std::uint64_t{0}}};
  write_digests(directory / "digests", digests);
  EXPECT_EQ(read_digests(directory / "digests"), digests);
}

TEST(DigestFile, KeepsOneLineASymbolWhateverTheSymbol) {
  TemporaryDirectory directory;
  write_digests(directory / "digests", {{Locate{1}, "A B\n\xff", 0, 1}});
  EXPECT_EQ(read_text(directory / "digests"), "1 A_B__ 0 0000000000000001\n");
}

TEST(DigestFile, NamesFileAndLineOfWhatIsWrong) {
  TemporaryDirectory directory;
  const auto path = directory / "digests";
  const std::string good = "1 A 0 cbf29ce484222325\n";
  for (const std::string bad :
       {"2 B 0", "2 B 0 cbf29ce48422232", "2 B 0 cbf29ce484222325 x", "x B 0 cbf29ce484222325",
        "65536 B 0 cbf29ce484222325", "2 B -1 cbf29ce484222325", "2 B 0 cbf29ce48422232g",
        "1 B 0 cbf29ce484222325", ""}) {
    write_text(path, good + bad + "\n");
    const auto message = message_of<std::runtime_error>([&] { read_digests(path); });
    EXPECT_EQ(message.find(path.string() + ":2: "), 0u) << "line \"" << bad << "\" gave: " << message;
  }
}

TEST(DigestFile, NamesAFileThatIsNotThere) {
  TemporaryDirectory directory;
  const auto path = directory / "missing";
  EXPECT_NE(message_of<std::system_error>([&] { read_digests(path); }).find(path.string()),
            std::string::npos);
  const auto unwritable = directory / "no-such-directory/digests";
  EXPECT_NE(message_of<std::system_error>([&] { write_digests(unwritable, {}); }).find("no-such-directory"),
            std::string::npos);
}

// Through a link of our own: a rename would replace the link, and root's rename of the real one the device.
TEST(DigestFile, ADeviceIsWrittenAndNotReplaced) {
  TemporaryDirectory directory;
  const auto path = directory / "device";
  std::filesystem::create_symlink("/dev/full", path);
  EXPECT_NE(message_of<std::system_error>([&] {
              write_digests(path, {{Locate{1}, "A", 7, 42}});
            }).find(path.string()),
            std::string::npos);
  EXPECT_TRUE(std::filesystem::is_symlink(path));
}

TEST(CompareDigests, EqualWhenOrdersAndDigestsAre) {
  const std::vector<SymbolDigest> a{{Locate{1}, "A", 1, 10}, {Locate{2}, "B", 2, 20}};
  const std::vector<SymbolDigest> b{{Locate{2}, "other name", 2, 20}, {Locate{1}, "-", 1, 10}};
  EXPECT_TRUE(compare_digests(a, b).empty()) << "names and the order of the lines do not count";
}

TEST(CompareDigests, ReportsEachDifference) {
  const std::vector<SymbolDigest> expected{
      {Locate{1}, "A", 1, 10}, {Locate{2}, "B", 2, 20}, {Locate{4}, "D", 4, 40}};
  const std::vector<SymbolDigest> actual{
      {Locate{1}, "A", 1, 11}, {Locate{2}, "B", 3, 20}, {Locate{3}, "C", 3, 30}};
  const auto mismatches = compare_digests(expected, actual);
  ASSERT_EQ(mismatches.size(), 4u);
  EXPECT_EQ(mismatches[0].expected.locate, Locate{1});
  EXPECT_EQ(mismatches[1].actual.orders, 3u);
  EXPECT_EQ(mismatches[2].expected, (SymbolDigest{Locate{3}, "C", 0, fnv_offset_basis}));
  EXPECT_EQ(mismatches[3].actual, (SymbolDigest{Locate{4}, "D", 0, fnv_offset_basis}));
}

TEST(CompareDigests, AMissingLocateIsAnEmptyBook) {
  const std::vector<SymbolDigest> expected{{Locate{1}, "A", 0, fnv_offset_basis}};
  EXPECT_TRUE(compare_digests(expected, {}).empty());
  EXPECT_TRUE(compare_digests({}, expected).empty());
}

}  // namespace
}  // namespace lln::feed
