// MulticastSender to MulticastReceiver on lo: messages of 40 bytes, one or thirty in a packet.
#include "flow.hpp"

#include <lln/net/multicast_receiver.hpp>
#include <lln/net/multicast_sender.hpp>

namespace lln::packet_rate {
namespace {

class GroupSender : public Sender {
 public:
  GroupSender(const net::Endpoint& group, unsigned messages_a_packet)
      : messages_(messages_a_packet), sender_({.group = group, .interface = net::Interface::loopback()}) {}
  unsigned send(std::uint64_t first) noexcept override {
    std::uint64_t next = first;
    for (auto packet = sender_.loan(); !packet.empty(); packet = sender_.loan()) {
      for (unsigned i = 0; i < messages_; ++i)
        put_number(packet.data() + i * multicast_message_bytes, next++);
      sender_.commit(messages_ * multicast_message_bytes);
    }
    sender_.flush();  // what the kernel refuses is dropped, and the receiver sees the gap
    return static_cast<unsigned>(next - first);
  }

 private:
  unsigned messages_;
  net::MulticastSender sender_;
};

class GroupReceiver : public Receiver {
 public:
  explicit GroupReceiver(net::MulticastReceiver& receiver) : receiver_(receiver) {}
  unsigned receive(GapCheck& check) noexcept override {
    unsigned count = 0;
    for (const auto& datagram : receiver_.receive()) {
      for (std::size_t at = 0; at < datagram.bytes.size(); at += multicast_message_bytes, ++count)
        check.take(datagram.bytes.data() + at);
    }
    return count;
  }

 private:
  net::MulticastReceiver& receiver_;
};

contest::Turn turn(const Plan& plan, unsigned messages_a_packet) {
  net::MulticastReceiver socket({.group = net::Endpoint::parse("239.77.0.5:0"),
                                 .interface = net::Interface::loopback(),
                                 .batch = 64,
                                 .software_timestamps = false,
                                 .receive_buffer_bytes = receive_buffer_bytes});
  GroupReceiver receiver(socket);
  GroupSender sender(socket.local_endpoint(), messages_a_packet);
  return run(plan, sender, receiver);
}

}  // namespace

void add_multicast(Contestants& contestants, const Plan& plan) {
  contest::add(contestants, "multicast-1", "multicast, 1 message of 40 bytes a packet", "plain",
               [&plan](auto&) { return turn(plan, 1); });
  contest::add(contestants, "multicast-30", "multicast, 30 messages of 40 bytes a packet", "multicast-1",
               [&plan](auto&) { return turn(plan, 30); });
}

}  // namespace lln::packet_rate
