// ReferenceHandler: receive stage and pipeline on one thread or on two, behind the interface of lln-handler.
//
//   one thread:   poll A, poll B, each packet straight through the pipeline; what is idle is spun away
//   two threads:  the receive thread copies packets into an SPSC ring, the book thread (the caller of run()) takes
//                 them out. The sockets are emptied while books are updated, at the price of a copy and of cache lines
//                 that travel between two cores.
//
// With fewer CPUs than spinning threads (the exchange counts as one on the loopback interface) an idle turn ends with
// sched_yield(2): slower, but nobody starves.
//
// Threads: as lln/handler_api.hpp says. Allocation: in the constructor; run() allocates nothing on the hot path.
#pragma once

#include <lln/handler/packet_slot.hpp>
#include <lln/handler/pipeline.hpp>
#include <lln/handler/transport.hpp>
#include <lln/handler_api.hpp>
#include <lln/jitter/thread_setup.hpp>
#include <lln/lock_free/spsc_ring.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace lln::handler {

class ReferenceHandler final : public app::Handler {
 public:
  struct Tuning {
    Capacity capacity;
    unsigned batch = 8;
    std::size_t ring_slots = 1024;  // 2 MB; bursts beyond it wait in the socket's buffer
    std::chrono::nanoseconds gap_timer = FeedConfig{}.gap_timer;
  };

  explicit ReferenceHandler(const app::HandlerConfig& config) : ReferenceHandler(config, Tuning{}) {}
  ReferenceHandler(const app::HandlerConfig& config, const Tuning& tuning);

  void run(const std::atomic<bool>& stop) override;
  app::LiveStatus status() const noexcept override { return pipeline_.live().status(); }
  bool ladder(app::Ladder& out) noexcept override { return pipeline_.live().ladder(out); }
  app::HandlerReport report() const override;
  std::vector<feed::SymbolDigest> digests() const override;

  const Pipeline& pipeline() const noexcept { return pipeline_; }

 private:
  // What takes long, made side by side.
  struct Prepared {
    latency::TscClock clock;
    std::unique_ptr<OrderBooks> books;
  };
  static Prepared prepare(const Capacity& capacity);
  ReferenceHandler(const app::HandlerConfig& config, const Tuning& tuning, Prepared prepared);

  template <class Stage>
  void run_to_completion(Stage& receive, const std::atomic<bool>& stop);
  template <class Stage>
  void run_two_threads(Stage& receive, const std::atomic<bool>& stop);
  template <class Stage>
  void receive_loop(Stage& receive, const std::atomic<bool>& stop) noexcept;
  void enqueue(const Packet& packet, const std::atomic<bool>& stop) noexcept;
  std::size_t take_from_ring() noexcept;
  jitter::ThreadOptions thread_options(std::size_t thread) const;
  std::vector<std::string> notes() const;
  void note_setup(const char* thread, const jitter::ThreadSetup& setup);
  void relax() const noexcept;

  app::HandlerConfig config_;
  latency::TscClock clock_;
  Pipeline pipeline_;
  Receive receive_;  // after the books: touching their memory takes a while, in which packets would pile up
  bool yield_;

  // Two threads only. The receive thread writes, others read after it has been joined, but for published_drops_.
  std::unique_ptr<lock_free::SpscRing<PacketSlot>> ring_;
  GapWatch receive_watch_;
  ThreadUsage::Since receive_usage_;
  std::uint64_t ring_full_ = 0;
  std::atomic<std::uint64_t> published_drops_{0};

  ThreadUsage::Since book_usage_;
  std::vector<app::SetupStep> setup_;
};

}  // namespace lln::handler
