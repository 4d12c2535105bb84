// lln-packet-rate: how many small messages a second get from one thread to another, and what a batch is worth.
#include "../contest/program.hpp"
#include "flow.hpp"

#include <lln/jitter/thread_setup.hpp>
#include <lln/latency/checked_stdout.hpp>

using namespace lln;

int main(int argc, char** argv) {
  const lln::latency::CheckedStdout checked("lln-packet-rate");
  packet_rate::Plan plan;  // of which the contestants keep a reference
  return contest::run(
      argc, argv,
      {.name = "lln-packet-rate",
       .purpose =
           "Sends numbered packets from one thread to another as fast as it can: one a system call, in "
           "batches, cut by the kernel (GSO, GRO), and as multicast with one and with thirty messages a "
           "packet; beside iperf3.",
       .words = {"messages a second between two threads", "M/s", "rate", false},
       .remarks =
           {"Millions of messages a second that arrived and were checked for gaps, on lo, sender and "
            "receiver pinned to a CPU each, both spinning. Unicast: 64 bytes a packet; multicast: 40 bytes a "
            "message.",
            "per_sender_second: millions received by second of processor time of the sending thread; where "
            "other programs take the processor away, the rate falls and this does not.",
            "lost_percent: of what was sent. per_send_call and per_receive_call: messages a system call, "
            "counted.",
            "iperf3 runs in two processes, whole seconds, and counts its losses itself.",
            "On lo the sender does the receiver's work in the kernel too: sending is the bottleneck."},
       .contestants = [&plan](std::chrono::milliseconds turn) {
         plan = {jitter::allowed_cpus(), turn};
         packet_rate::Contestants contestants;
         packet_rate::add_unicast(contestants, plan);
         packet_rate::add_multicast(contestants, plan);
         packet_rate::add_iperf(contestants, plan);
         return contestants;
       }});
}
