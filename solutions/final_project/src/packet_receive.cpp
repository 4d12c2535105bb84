#include <lln/handler/packet_receive.hpp>

#include <stdexcept>
#include <string>
#include <system_error>

namespace lln::handler {

net::MulticastReceiver PacketReceive::join(const char* name, const Options& options,
                                           const net::Endpoint& group) {
  net::MulticastReceiver::Options socket;
  socket.group = group;
  socket.interface = options.interface;
  socket.source = options.source;
  socket.batch = options.batch;
  socket.busy_poll = options.busy_poll;
  socket.receive_buffer_bytes = options.receive_buffer_bytes;
  try {
    return net::MulticastReceiver(socket);
  } catch (const std::system_error& error) {
    throw std::system_error(error.code(), std::string(name) + ": " + error.what());
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(std::string(name) + ": " + error.what());
  }
}

}  // namespace lln::handler
