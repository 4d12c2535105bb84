// lln-round-trip: how long a message of 64 bytes takes to another thread and back, mechanism by mechanism.
#include "../contest/program.hpp"
#include "mechanisms.hpp"
#include "sockets.hpp"

#include <lln/jitter/thread_setup.hpp>
#include <lln/latency/checked_stdout.hpp>

#include <optional>

using namespace lln;

int main(int argc, char** argv) {
  const lln::latency::CheckedStdout checked("lln-round-trip");
  // Of both the contestants keep references.
  std::optional<round_trip::Plan> plan;
  std::optional<round_trip::Cable> cable;
  return contest::run(
      argc, argv,
      {.name = "lln-round-trip",
       .purpose = "Sends 64 bytes to another thread and back, over and over, by each mechanism that the "
                  "machine has, "
                  "beside sockperf and Boost.Asio.",
       .words = {"round trips of 64 bytes between two threads", "us", "median", true},
       .remarks =
           {"The two threads are pinned: one CPU means that both share it, so only mechanisms that sleep can "
            "run there.",
            "sockperf runs in two processes, at least one second a turn (it knows only whole ones); its log "
            "of all round trips is read into the same histogram.",
            "SO_BUSY_POLL has no effect on lo: the device has no NAPI instance."},
       .contestants = [&](std::chrono::milliseconds turn) {
         plan.emplace(round_trip::Plan{jitter::allowed_cpus(), turn, latency::TscClock::calibrate()});
         const std::string no_cable = net::TestNet::why_not();
         if (no_cable.empty()) cable.emplace();
         round_trip::Contestants contestants;
         round_trip::add_memory(contestants, *plan);
         round_trip::add_sockets(contestants, *plan);
         round_trip::add_busy_polling(contestants, *plan, cable ? &*cable : nullptr, no_cable);
         round_trip::add_io_uring(contestants, *plan);
         round_trip::add_sockperf(contestants, *plan);
         round_trip::add_asio(contestants, *plan);
         return contestants;
       }});
}
