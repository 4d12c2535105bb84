// Where a line's datagrams go: the network, a pcap file, or both.
#pragma once

#include <lln/exchange/line.hpp>
#include <lln/exchange/pcap_writer.hpp>
#include <lln/net/multicast_sender.hpp>

#include <cstdint>
#include <optional>

namespace lln::exchange {

class WireSink final : public DatagramSink {
 public:
  /// `sender` may be empty (dry run), `pcap` may be nullptr.
  WireSink(std::optional<net::MulticastSender> sender, PcapWriter* pcap, const net::Endpoint& group,
           const net::Endpoint& from)
      : sender_(std::move(sender)),
        pcap_(pcap),
        group_(group),
        from_(sender_ ? sender_->local_endpoint() : from) {}

  /// CLOCK_REALTIME of the start of publishing, for the pcap file.
  void set_start(std::int64_t start_ns) noexcept { start_ns_ = start_ns; }

  void send(std::span<const std::byte> datagram, std::int64_t now_ns) override {
    if (sender_) sender_->send(datagram);  // refused ones are counted by the sender
    if (pcap_ != nullptr) pcap_->write(start_ns_ + now_ns, from_, group_, datagram);
  }

  std::uint64_t send_errors() const noexcept { return sender_ ? sender_->send_errors() : 0; }
  int last_error() const noexcept { return sender_ ? sender_->last_error() : 0; }

 private:
  std::optional<net::MulticastSender> sender_;
  PcapWriter* pcap_;
  net::Endpoint group_;
  net::Endpoint from_;
  std::int64_t start_ns_ = 0;
};

}  // namespace lln::exchange
