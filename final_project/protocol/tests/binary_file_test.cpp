#include "support.hpp"
#include "wire_examples.hpp"

#include <lln/feed/binary_file.hpp>

#include <fstream>

namespace lln::feed {
namespace {

using test::Bytes;
using test::hex;
using test::message_of;
using test::TemporaryDirectory;

void write_raw(const std::filesystem::path& path, const Bytes& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

Bytes read_raw(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return test::copy(std::as_bytes(std::span(text)));
}

std::vector<Bytes> read_all(const std::filesystem::path& path) {
  BinaryFileReader reader(path);
  std::vector<Bytes> records;
  for (std::span<const std::byte> record; reader.next(record);) records.push_back(test::copy(record));
  EXPECT_EQ(reader.records(), records.size());
  return records;
}

void write_all(const std::filesystem::path& path, const std::vector<Bytes>& records) {
  BinaryFileWriter writer(path);
  for (const Bytes& record : records) writer.write(record);
  EXPECT_EQ(writer.records(), records.size());
  writer.close();
}

std::vector<Bytes> many_records() {
  auto random = test::random_engine();
  std::vector<Bytes> records{Bytes(1, std::byte{1}), Bytes(65535, std::byte{2})};
  for (int i = 0; i < 3000; ++i) {
    Bytes record(1 + random() % (i % 20 == 0 ? 65535 : 50));
    for (std::byte& byte : record) byte = test::random_byte(random);
    records.push_back(std::move(record));
  }
  return records;
}

TEST(BinaryFile, MatchesTheLiteralBytes) {
  TemporaryDirectory directory;
  const auto literal = hex(test::transport_hex("BinaryFileRecord"));
  const Bytes record = test::copy(std::span(literal).subspan(2));
  write_all(directory / "file", {record});
  EXPECT_EQ(read_raw(directory / "file"), literal);
  write_raw(directory / "other", literal);
  EXPECT_EQ(read_all(directory / "other"), std::vector<Bytes>{record});
}

TEST(BinaryFile, ReadsWhatItWroteAcrossManyBuffers) {
  TemporaryDirectory directory;
  const auto records = many_records();
  write_all(directory / "file", records);
  EXPECT_GT(std::filesystem::file_size(directory / "file"), 2u << 20) << "must exceed the reader's buffer";
  EXPECT_TRUE(read_all(directory / "file") == records);
}

TEST(BinaryFile, AnEmptyFileHasNoRecords) {
  TemporaryDirectory directory;
  write_raw(directory / "file", {});
  EXPECT_TRUE(read_all(directory / "file").empty());
}

TEST(BinaryFile, LengthZeroIsRefusedWithItsPlace) {
  TemporaryDirectory directory;
  const auto path = directory / "zero";
  write_raw(path, hex("00 01 41 00 02 42 43 00 00 00 01 44"));
  BinaryFileReader reader(path);
  std::span<const std::byte> record;
  ASSERT_TRUE(reader.next(record));
  ASSERT_TRUE(reader.next(record));
  const auto message = message_of<std::runtime_error>([&] { reader.next(record); });
  EXPECT_EQ(message.find(path.string() + ": record 3 at byte offset 7 has length 0"), 0u) << message;
  EXPECT_EQ(reader.records(), 2u);
  EXPECT_EQ(reader.offset(), 7u);
}

TEST(BinaryFile, EveryCutInsideARecordIsReported) {
  TemporaryDirectory directory;
  const auto path = directory / "cut";
  const auto whole = hex("00 01 41 00 04 42 43 44 45");
  for (const std::size_t length : {4u, 5u, 6u, 8u}) {
    write_raw(path, test::first(whole, length));
    BinaryFileReader reader(path);
    std::span<const std::byte> record;
    ASSERT_TRUE(reader.next(record)) << length;
    const auto message = message_of<std::runtime_error>([&] { reader.next(record); });
    EXPECT_EQ(message.find(path.string() + ": record 2 at byte offset 3 "), 0u) << length << ": " << message;
    EXPECT_NE(message.find("cut off"), std::string::npos) << message;
  }
}

TEST(BinaryFile, NamesAFileThatCannotBeOpened) {
  TemporaryDirectory directory;
  const auto missing = directory / "missing.itch";
  const auto message = message_of<std::system_error>([&] { BinaryFileReader reader(missing); });
  EXPECT_NE(message.find(missing.string()), std::string::npos) << message;
  EXPECT_NE(message.find("No such file"), std::string::npos) << message;
  std::filesystem::create_directory(directory / "directory");
  EXPECT_NE(message_of<std::system_error>([&] {
              BinaryFileReader reader(directory / "directory");
            }).find("directory"),
            std::string::npos);
  EXPECT_THROW(BinaryFileWriter(directory / "no-such-directory/file"), std::system_error);
}

TEST(BinaryFile, AFullDiskIsReported) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  BinaryFileWriter small("/dev/full");
  small.write(Bytes(1));
  EXPECT_THROW(small.close(), std::system_error) << "what is still buffered must be reported too";
  BinaryFileWriter writer("/dev/full");
  EXPECT_THROW(
      {
        for (int i = 0; i < 100; ++i) writer.write(Bytes(1000));
        writer.close();
      },
      std::system_error);
}

TEST(BinaryFile, RefusesRecordsThatTheLengthCannotSay) {
  TemporaryDirectory directory;
  BinaryFileWriter writer(directory / "file");
  EXPECT_THROW(writer.write({}), std::invalid_argument);
  EXPECT_THROW(writer.write(Bytes(65536)), std::invalid_argument);
  writer.close();
  EXPECT_TRUE(read_raw(directory / "file").empty()) << "refused records must leave nothing behind";
  EXPECT_THROW(writer.write(Bytes(1)), std::logic_error) << "after close()";
}

TEST(BinaryFile, TheDestructorFlushes) {
  TemporaryDirectory directory;
  { BinaryFileWriter(directory / "file").write(hex("41")); }
  EXPECT_EQ(read_raw(directory / "file"), hex("00 01 41"));
}

// 00 01 41 00 02 42 43, compressed by another program (gzip -n).
constexpr std::string_view gzip_literal = "1f8b0800000000000003636074646072720600e194bd1d07000000";

#if defined(LLN_FEED_HAS_ZLIB)

TEST(BinaryFileGzip, ReadsALiteralFileWhateverItsName) {
  TemporaryDirectory directory;
  write_raw(directory / "file.itch", hex(gzip_literal));
  EXPECT_EQ(read_all(directory / "file.itch"), (std::vector<Bytes>{hex("41"), hex("42 43")}));
}

TEST(BinaryFileGzip, ReadsWhatItWroteAndIsCompressed) {
  TemporaryDirectory directory;
  const std::vector<Bytes> records(20000, Bytes(40, std::byte{7}));
  write_all(directory / "file.gz", records);
  EXPECT_LT(std::filesystem::file_size(directory / "file.gz"), 100'000u);
  EXPECT_TRUE(read_all(directory / "file.gz") == records);
  const auto mixed = many_records();
  write_all(directory / "mixed.gz", mixed);
  EXPECT_TRUE(read_all(directory / "mixed.gz") == mixed);
}

TEST(BinaryFileGzip, APlainFileNamedGzIsReadAsItIs) {
  TemporaryDirectory directory;
  write_raw(directory / "file.gz", hex("00 01 41"));
  EXPECT_EQ(read_all(directory / "file.gz"), std::vector<Bytes>{hex("41")});
}

TEST(BinaryFileGzip, EveryCutIsReported) {
  TemporaryDirectory directory;
  const auto path = directory / "cut.gz";
  const auto whole = hex(gzip_literal);
  for (std::size_t length = 2; length < whole.size(); ++length) {
    write_raw(path, test::first(whole, length));
    const auto message = message_of<std::runtime_error>([&] { read_all(path); });
    EXPECT_NE(message.find(path.string()), std::string::npos)
        << "cut to " << length << ": \"" << message << '"';
  }
}

TEST(BinaryFileGzip, DamageIsReported) {
  TemporaryDirectory directory;
  auto bytes = hex(gzip_literal);
  bytes[bytes.size() - 8] ^= std::byte{1};  // the checksum
  write_raw(directory / "bad.gz", bytes);
  EXPECT_NE(message_of<std::runtime_error>([&] { read_all(directory / "bad.gz"); }).find("damaged"),
            std::string::npos);
}

#else

TEST(BinaryFileGzip, IsRefusedInThisBuild) {
  TemporaryDirectory directory;
  write_raw(directory / "file", hex(gzip_literal));
  EXPECT_NE(
      message_of<std::runtime_error>([&] { read_all(directory / "file"); }).find("gzip is not available"),
      std::string::npos);
  EXPECT_THROW(BinaryFileWriter(directory / "file.gz"), std::runtime_error);
}

#endif

}  // namespace
}  // namespace lln::feed
