// A recorded day: the messages of a BinaryFILE, at the file's own pace or stretched to a given mean rate.
//
// The file is read twice: once to count messages and check every record, once to replay. Messages are passed on
// unchanged; only their intended send times are computed, from their own time stamps.
// Threads: one thread. Errors: as feed::BinaryFileReader, and std::runtime_error for a message longer than
// max_flow_message or a file without messages.
#pragma once

#include <lln/exchange/flow_message.hpp>
#include <lln/feed/binary_file.hpp>

#include <cstdint>
#include <filesystem>

namespace lln::exchange {

class ReplaySource final : public MessageSource {
 public:
  /// rate: messages/s on average, 0 = as in the file; at most `most` messages (0 = all).
  ReplaySource(const std::filesystem::path& path, double rate, std::uint64_t most);

  bool next(FlowMessage& message) override;

  std::uint64_t messages() const noexcept { return messages_; }
  /// Symbols that the file's directory declares.
  std::uint32_t symbols() const noexcept { return symbols_; }

 private:
  void scan(const std::filesystem::path& path, std::uint64_t most);

  feed::BinaryFileReader reader_;
  std::uint64_t messages_ = 0;
  std::uint32_t symbols_ = 0;
  std::uint64_t first_stamp_ = 0;
  std::uint64_t last_stamp_ = 0;
  double rate_;
  double stretch_ = 1;
  std::uint64_t replayed_ = 0;
  std::int64_t offset_ns_ = 0;
};

}  // namespace lln::exchange
