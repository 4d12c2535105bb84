#include "zip_reader.hpp"

#include <zlib.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace lln::handler::testkit {
namespace {

constexpr std::uint32_t local_header = 0x04034b50;
constexpr std::uint32_t central_header = 0x02014b50;
constexpr std::uint32_t end_header = 0x06054b50;
constexpr std::size_t end_size = 22;
constexpr std::size_t largest_comment = 65'535;

}  // namespace

ZipReader::ZipReader(const std::filesystem::path& path) : name_(path.string()) {
  std::ifstream in(path, std::ios::binary);
  if (!in) fail("cannot be opened");
  bytes_.assign(std::istreambuf_iterator<char>(in), {});
  // The end record is the last thing but for a comment of any length.
  if (bytes_.size() < end_size) fail("is too short for a zip archive");
  std::size_t end = bytes_.size() - end_size;
  const std::size_t lowest = end > largest_comment ? end - largest_comment : 0;
  while (number(end, 4) != end_header) {
    if (end == lowest) fail("has no central directory");
    --end;
  }
  const std::size_t count = number(end + 10, 2);
  std::size_t at = number(end + 16, 4);
  for (std::size_t i = 0; i < count; ++i) {
    if (number(at, 4) != central_header) fail("has a damaged central directory");
    Entry entry;
    entry.method = static_cast<std::uint16_t>(number(at + 10, 2));
    entry.crc = number(at + 16, 4);
    entry.compressed = number(at + 20, 4);
    entry.size = number(at + 24, 4);
    entry.offset = number(at + 42, 4);
    const std::size_t name_length = number(at + 28, 2);
    if (at + 46 + name_length > bytes_.size()) fail("has a damaged central directory");
    entry.name = bytes_.substr(at + 46, name_length);
    entries_.push_back(entry);
    at += 46 + name_length + number(at + 30, 2) + number(at + 32, 2);
  }
}

std::string ZipReader::read(const Entry& entry) const {
  if (number(entry.offset, 4) != local_header) fail("has no file where the directory names " + entry.name);
  const std::size_t begin =
      std::size_t{entry.offset} + 30 + number(entry.offset + 26, 2) + number(entry.offset + 28, 2);
  if (begin > bytes_.size() || entry.compressed > bytes_.size() - begin) fail("ends within " + entry.name);
  std::string content;
  if (entry.method == 0) {
    content = bytes_.substr(begin, entry.compressed);
  } else if (entry.method == 8) {
    content.resize(entry.size);
    z_stream stream{};
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes_.data() + begin));
    stream.avail_in = entry.compressed;
    stream.next_out = reinterpret_cast<Bytef*>(content.data());
    stream.avail_out = entry.size;
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) fail("cannot be unpacked: zlib has no memory");
    const int result = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    if (result != Z_STREAM_END || stream.avail_out != 0) fail("has damaged data in " + entry.name);
  } else {
    fail("packs " + entry.name + " by method " + std::to_string(entry.method) + ", which is not known here");
  }
  const uLong crc =
      crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
  if (crc != entry.crc) fail("has a wrong checksum for " + entry.name);
  return content;
}

void ZipReader::fail(const std::string& what) const { throw std::runtime_error(name_ + " " + what); }

// Little-endian.
std::uint32_t ZipReader::number(std::size_t at, int bytes) const {
  if (at > bytes_.size() || bytes_.size() - at < static_cast<std::size_t>(bytes)) fail("is cut short");
  std::uint32_t value = 0;
  for (int i = bytes - 1; i >= 0; --i)
    value = (value << 8) | static_cast<unsigned char>(bytes_[at + static_cast<std::size_t>(i)]);
  return value;
}

}  // namespace lln::handler::testkit
