// The handler behind lln-handler's command line: sockets, the loop, the report. The brief is in README.md.
#include <lln/handler_api.hpp>

#include <feed_side.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>

namespace lln::project {
namespace {

class Handler final : public app::Handler {
 public:
  // Binds and joins both groups (lln/net/multicast_receiver.hpp): when it returns, no later packet is missed.
  explicit Handler(const app::HandlerConfig& config)
      : books_(Capacity{}, config.output), feed_(config.rerequest, config.glimpse, books_) {}  // TODO 2

  // Runs until the day has ended or `stop` is set. Here: receives nothing.
  void run(const std::atomic<bool>& stop) override {
    while (!stop.load(std::memory_order_relaxed) && !books_.ended()) {
      feed_.service(0);                                            // TODO 2: receive, and look at the clock
      std::this_thread::sleep_for(std::chrono::milliseconds(10));  // TODO 6
    }
  }

  app::LiveStatus status() const noexcept override { return {}; }  // any thread: atomics
  bool ladder(app::Ladder&) noexcept override { return false; }    // if you like
  app::HandlerReport report() const override {
    return {};
  }  // TODO 5: packets, ended and unrecovered decide
     // the exit code; the rest is for you
  std::vector<feed::SymbolDigest> digests() const override { return {}; }  // TODO 2

 private:
  BookSide books_;
  FeedSide feed_;
};

}  // namespace
}  // namespace lln::project

std::unique_ptr<lln::app::Handler> lln::app::make_handler(const HandlerConfig& config) {
  if (config.transport != Transport::socket)
    throw std::runtime_error("this handler receives by ordinary sockets only; leave --transport out");
  return std::make_unique<project::Handler>(config);
}
