#include "byte_stream.hpp"

#include <lln/feed/big_endian.hpp>
#include <lln/feed/binary_file.hpp>

#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace lln::feed {
namespace {

constexpr std::size_t record_length_size = 2;
constexpr std::size_t max_record = 0xFFFF;
constexpr std::size_t chunk = std::size_t{1} << 20;
static_assert(chunk > record_length_size + max_record, "a whole record must fit the buffer");

}  // namespace

struct BinaryFileReader::State {
  std::unique_ptr<ByteSource> source;
  std::string name;
  std::vector<std::byte> buffer = std::vector<std::byte>(chunk);
  std::size_t begin = 0;
  std::size_t end = 0;
  std::uint64_t records = 0;
  std::uint64_t offset = 0;

  std::size_t available() const { return end - begin; }

  // Makes `wanted` bytes available from `begin` on; false when the file ends before.
  bool fill(std::size_t wanted) {
    if (available() >= wanted) return true;
    std::memmove(buffer.data(), buffer.data() + begin, available());
    end -= begin;
    begin = 0;
    end += source->read(std::span(buffer).subspan(end));
    return available() >= wanted;
  }

  [[noreturn]] void wrong(const std::string& why) const {
    throw std::runtime_error(name + ": record " + std::to_string(records + 1) + " at byte offset " +
                             std::to_string(offset) + " " + why);
  }
};

BinaryFileReader::BinaryFileReader(const std::filesystem::path& path) : state_(std::make_unique<State>()) {
  state_->source = open_source(path);
  state_->name = path.string();
}
BinaryFileReader::~BinaryFileReader() = default;
BinaryFileReader::BinaryFileReader(BinaryFileReader&&) noexcept = default;
BinaryFileReader& BinaryFileReader::operator=(BinaryFileReader&&) noexcept = default;

bool BinaryFileReader::next(std::span<const std::byte>& message) {
  State& s = *state_;
  if (!s.fill(record_length_size)) {
    if (s.available() == 0) return false;
    s.wrong("has only 1 of 2 length bytes: the file was cut off. Fetch or make it again.");
  }
  const std::size_t length = load_be<std::uint16_t>(s.buffer.data() + s.begin);
  if (length == 0)
    s.wrong("has length 0: this is no BinaryFILE, or it is damaged. Every record needs its length.");
  if (!s.fill(record_length_size + length))
    s.wrong("should have " + std::to_string(length) + " bytes but the file ends after " +
            std::to_string(s.available() - record_length_size) + ": it was cut off. Fetch or make it again.");
  message = std::span<const std::byte>(s.buffer).subspan(s.begin + record_length_size, length);
  s.begin += record_length_size + length;
  s.offset += record_length_size + length;
  ++s.records;
  return true;
}

std::uint64_t BinaryFileReader::records() const noexcept { return state_->records; }
std::uint64_t BinaryFileReader::offset() const noexcept { return state_->offset; }

struct BinaryFileWriter::State {
  std::unique_ptr<ByteSink> sink;
  std::uint64_t records = 0;
};

BinaryFileWriter::BinaryFileWriter(const std::filesystem::path& path) : state_(std::make_unique<State>()) {
  state_->sink = open_sink(path);
}
BinaryFileWriter::~BinaryFileWriter() = default;
BinaryFileWriter::BinaryFileWriter(BinaryFileWriter&&) noexcept = default;
BinaryFileWriter& BinaryFileWriter::operator=(BinaryFileWriter&&) noexcept = default;

void BinaryFileWriter::write(std::span<const std::byte> message) {
  if (message.empty() || message.size() > max_record)
    throw std::invalid_argument("A BinaryFILE record has 1 to 65535 bytes, not " +
                                std::to_string(message.size()) + ".");
  if (!state_->sink) throw std::logic_error("The BinaryFILE was closed already.");
  std::byte length[record_length_size];
  store_be(length, static_cast<std::uint16_t>(message.size()));
  state_->sink->write(length);
  state_->sink->write(message);
  ++state_->records;
}

void BinaryFileWriter::close() {
  if (const auto sink = std::exchange(state_->sink, nullptr)) sink->close();
}

std::uint64_t BinaryFileWriter::records() const noexcept { return state_->records; }

}  // namespace lln::feed
