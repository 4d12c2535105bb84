// Boost.Asio as its users write it: callbacks at both ends, io_context::run() to sleep, poll() over and over to spin.
#include "mechanisms.hpp"

#ifdef LLN_HAVE_BOOST_ASIO
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#endif

namespace lln::round_trip {

#ifdef LLN_HAVE_BOOST_ASIO
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using Error = boost::system::error_code;

template <class Handler>
void async_receive(udp::socket& socket, Message& message, Handler handler) {
  socket.async_receive(asio::buffer(message), std::move(handler));
}
template <class Handler>
void async_receive(tcp::socket& socket, Message& message, Handler handler) {
  asio::async_read(socket, asio::buffer(message), std::move(handler));
}
template <class Handler>
void async_send(udp::socket& socket, const Message& message, Handler handler) {
  socket.async_send(asio::buffer(message), std::move(handler));
}
template <class Handler>
void async_send(tcp::socket& socket, const Message& message, Handler handler) {
  asio::async_write(socket, asio::buffer(message), std::move(handler));
}

// Sends back what comes, up to the last message.
template <class Socket>
class Echo {
 public:
  explicit Echo(Socket& socket) : socket_(socket) {}
  void start() {
    async_receive(socket_, message_, [this](Error error, std::size_t) {
      if (!error) answer();
    });
  }

 private:
  void answer() {
    async_send(socket_, message_, [this](Error error, std::size_t) {
      if (!error && number_in(message_) != last_message) start();
    });
  }
  Socket& socket_;
  Message message_{};
};

// Sends the next number when the last one is back.
template <class Socket>
class Asker {
 public:
  Asker(Socket& socket, const Plan& plan, latency::Histogram& values)
      : socket_(socket), plan_(plan), values_(values) {}
  void start() {
    until_ = latency::TscClock::now() + plan_.clock.to_ticks(plan_.turn);
    send();
  }
  bool answered() const { return answered_; }

 private:
  void send() {
    put_number(message_, number_);
    start_ = latency::TscClock::now();
    async_send(socket_, message_, [this](Error error, std::size_t) {
      if (!error) receive();
    });
  }
  void receive() {
    async_receive(socket_, message_, [this](Error error, std::size_t) {
      const std::uint64_t now = latency::TscClock::now();
      if (error || number_in(message_) != number_) return;
      if (number_ == last_message) {
        answered_ = true;
        return;
      }
      if (number_ >= unmeasured_trips)
        values_.record(static_cast<std::uint64_t>(plan_.clock.to_ns(now - start_)));
      number_ = now < until_ || number_ < least_trips ? number_ + 1 : last_message;
      send();
    });
  }
  Socket& socket_;
  const Plan& plan_;
  latency::Histogram& values_;
  std::uint64_t until_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t start_ = 0;
  bool answered_ = false;
  Message message_{};
};

void run(asio::io_context& context, bool spins) {
  if (!spins) {
    context.run();
    return;
  }
  while (!context.stopped()) context.poll();  // stopped: nothing is left to do
}

template <class Socket>
contest::Turn play(asio::io_context& near_context, asio::io_context& far_context, Socket& near, Socket& far,
                   const Plan& plan, Place place, latency::Histogram& values, bool spins) {
  Echo echo(far);
  Asker asker(near, plan, values);
  echo.start();
  run_both(
      place, [&] { run(far_context, spins); },
      [&] {
        asker.start();
        run(near_context, spins);
        return asker.answered();
      });
  return median_of(values);
}

const auto loopback = asio::ip::address_v4::loopback();

contest::Turn udp_turn(const Plan& plan, Place place, latency::Histogram& values, bool spins) {
  asio::io_context near_context(1);
  asio::io_context far_context(1);
  udp::socket near(near_context, udp::endpoint(loopback, 0));
  udp::socket far(far_context, udp::endpoint(loopback, 0));
  near.connect(far.local_endpoint());
  far.connect(near.local_endpoint());
  return play(near_context, far_context, near, far, plan, place, values, spins);
}

contest::Turn tcp_turn(const Plan& plan, Place place, latency::Histogram& values, bool spins) {
  asio::io_context near_context(1);
  asio::io_context far_context(1);
  tcp::acceptor acceptor(far_context, tcp::endpoint(loopback, 0));
  tcp::socket near(near_context);
  near.connect(acceptor.local_endpoint());
  tcp::socket far = acceptor.accept();
  near.set_option(tcp::no_delay(true));
  far.set_option(tcp::no_delay(true));
  return play(near_context, far_context, near, far, plan, place, values, spins);
}

}  // namespace

void add_asio(Contestants& contestants, const Plan& plan) {
  const auto add = [&](const char* transport, const char* title, auto turn) {
    const std::string ours = transport;
    const std::string theirs = "asio-" + ours;
    contest::add(contestants, theirs + "-one-cpu", std::string("Boost.Asio ") + title + ", one CPU",
                 ours + "-epoll-one-cpu",
                 [=, &plan](auto& values) { return turn(plan, one_cpu(plan), values, false); });
    contest::add(contestants, theirs, std::string("Boost.Asio ") + title + ", two CPUs", ours + "-epoll",
                 [=, &plan](auto& values) { return turn(plan, two_cpus(plan), values, false); });
    contest::add(contestants, theirs + "-spin", std::string("Boost.Asio ") + title + ", two CPUs, spinning",
                 ours + "-spin",
                 [=, &plan](auto& values) { return turn(plan, two_cpus(plan), values, true); });
  };
  add("udp", "UDP", udp_turn);
  add("tcp", "TCP", tcp_turn);
}
#else
void add_asio(Contestants& contestants, const Plan&) {
  contest::add(contestants, "asio-udp", "Boost.Asio", "udp-epoll", [](auto&) -> contest::Turn {
    throw contest::Unavailable("built without Boost (apt: libboost-dev)");
  });
}
#endif

}  // namespace lln::round_trip
