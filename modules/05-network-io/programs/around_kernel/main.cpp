// lln-around-kernel: a message across one cable and back, by the kernel's whole way and by those that leave parts of it out.
#include "../contest/program.hpp"
#include "page.hpp"
#include "ways.hpp"

#include <lln/jitter/thread_setup.hpp>
#include <lln/latency/checked_stdout.hpp>

#include <optional>

using namespace lln;

int main(int argc, char** argv) {
  const lln::latency::CheckedStdout checked("lln-around-kernel");
  // Of all three the contestants keep references.
  std::optional<round_trip::Plan> plan;
  std::optional<round_trip::Cable> cable;
  std::optional<around_kernel::Course> course;
  bool no_napi = false;
  return contest::run(
      argc, argv,
      {.name = "lln-around-kernel",
       .purpose = "Sends 64 bytes across a veth pair and back, over and over: through UDP sockets, io_uring, "
                  "AF_PACKET, AF_XDP and DPDK, as far as this machine and this user can. AF_XDP needs root.",
       .words = {"round trips of 64 bytes across a veth pair", "us", "median", true},
       .remarks =
           {"One veth pair between two network namespaces, generic receive offload on, so that its "
            "devices have NAPI.",
            "udp-spin-again is udp-spin a second time: no smaller difference than theirs means anything.",
            "A veth pair is software at both ends: native XDP and DPDK cost more here than on a "
            "network card."},
       .contestants =
           [&](std::chrono::milliseconds turn) {
             if (const std::string why = net::TestNet::why_not(); !why.empty())
               throw contest::Unavailable(why);
             plan.emplace(round_trip::Plan{jitter::allowed_cpus(), turn, latency::TscClock::calibrate()});
             cable.emplace(!no_napi);
             course.emplace(around_kernel::Course{*plan, *cable});
             around_kernel::Contestants contestants;
             around_kernel::add_sockets(contestants, *course);
             around_kernel::add_io_uring(contestants, *course);
             around_kernel::add_raw_packets(contestants, *course);
             around_kernel::add_xdp(contestants, *course);
             around_kernel::add_dpdk(contestants, *course);
             return contestants;
           },
       .rounds = 15,
       .milliseconds = 100,
       .flags = {{"--no-napi",
                  "leave the cable as veth comes, without NAPI: shorter for AF_XDP, and busy polling polls "
                  "nothing",
                  &no_napi}},
       .page = around_kernel::html_page});
}
