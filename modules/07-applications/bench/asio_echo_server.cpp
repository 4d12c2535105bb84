// The peer: an echo server in Boost.Asio, written as its users write one. One thread, callbacks, TCP. It knows nothing of
// our protocol and sends back what it gets.
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstdio>
#include <memory>

namespace {

using boost::asio::ip::tcp;

class Session : public std::enable_shared_from_this<Session> {
 public:
  explicit Session(tcp::socket socket) : socket_(std::move(socket)) {}
  void read() {
    socket_.async_read_some(
        boost::asio::buffer(data_),
        [self = shared_from_this()](const boost::system::error_code& error, std::size_t n) {
          if (!error) self->write(n);
        });
  }

 private:
  void write(std::size_t n) {
    boost::asio::async_write(
        socket_, boost::asio::buffer(data_, n),
        [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
          if (!error) self->read();
        });
  }
  tcp::socket socket_;
  std::array<char, 32 * 1024> data_;  // as large as a buffer of EchoServer
};

void accept(tcp::acceptor& acceptor) {
  acceptor.async_accept([&acceptor](const boost::system::error_code& error, tcp::socket socket) {
    if (!error) {
      socket.set_option(tcp::no_delay(true));
      std::make_shared<Session>(std::move(socket))->read();
    }
    accept(acceptor);
  });
}

}  // namespace

int main() {
  boost::asio::io_context context(1);  // one thread: no locks
  tcp::acceptor acceptor(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  accept(acceptor);
  std::printf("tcp 127.0.0.1:%u\nready\n", unsigned{acceptor.local_endpoint().port()});
  std::fflush(stdout);
  context.run();
}
