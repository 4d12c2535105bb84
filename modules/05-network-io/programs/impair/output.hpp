// What lln-impair says: the plan for some packets, and at the end what happened.
#pragma once

#include <lln/net/impairment_relay.hpp>

#include <iosfwd>

namespace lln::impair {

// The fates of `count` packets of `bytes` bytes, one each `interval`: what the relay would do to them.
void print_plan(std::ostream& out, const net::Impairment::Options& options, int count, std::size_t bytes,
                std::chrono::nanoseconds interval);

void print_report(std::ostream& out, const net::ImpairmentRelay::Report& report);

}  // namespace lln::impair
