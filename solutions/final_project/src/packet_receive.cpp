#include <lln/handler/packet_receive.hpp>

#include <stdexcept>
#include <string>
#include <system_error>

namespace lln::handler {

net::MulticastReceiver join_line(Line line, const ReceiveOptions& options) {
  net::MulticastReceiver::Options socket;
  socket.group = line == Line::a ? options.line_a : options.line_b;
  socket.interface = options.interface;
  socket.source = options.source;
  socket.batch = options.batch;
  socket.busy_poll = options.busy_poll;
  socket.hardware_timestamps = options.hardware_stamps;
  socket.receive_buffer_bytes = options.receive_buffer_bytes;
  const std::string name = line == Line::a ? "line A: " : "line B: ";
  try {
    return net::MulticastReceiver(socket);
  } catch (const std::system_error& error) {
    throw std::system_error(error.code(), name + error.what());
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(name + error.what());
  }
}

std::vector<ReceiveFact> PacketReceive::facts() const {
  std::vector<ReceiveFact> facts{stamps_.fact()};
  if (!busy_poll_) return facts;
  unsigned napi = 0;
  for (const auto& receiver : receivers_) {
    if (receiver.napi_id() != 0) napi = receiver.napi_id();
  }
  facts.push_back(
      {"busy polling", napi != 0,
       napi != 0 ? "the device's queue is driven from within receive (NAPI " + std::to_string(napi) + ")"
                 : "packets came through no NAPI, so there was no queue to drive"});
  return facts;
}

}  // namespace lln::handler
