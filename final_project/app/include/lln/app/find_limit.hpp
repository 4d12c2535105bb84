// --find-limit: the highest message rate at which nothing is lost.
//
// Each trial starts its own lln-exchange on random groups and ports, publishes about two seconds of a flow that was
// generated beforehand, and passes when no kernel drop, no unrecovered message and no digest mismatch occurred and
// the exchange kept its schedule (at least 97 % of the asked rate on average). The rate doubles from the first one
// until a trial fails, then the interval is halved until it is narrower than 5 %. A rate fails when two trials in a
// row failed: one interruption of the machine in the wrong moment is not the handler's limit.
#pragma once

#include <lln/app/options.hpp>
#include <lln/app/outcome.hpp>

#include <atomic>
#include <functional>
#include <iosfwd>

namespace lln::app {

struct LimitSearch {
  double first_rate = 250'000;  // messages/s
  double lowest_rate = 1'000;   // below it the search gives up
  double highest_rate = 32'000'000;
  double precision = 0.05;  // of the rate
};

// The search alone; `trial` runs one rate.
LimitResult search_limit(const LimitSearch& search, const std::function<LimitTrial(double rate)>& trial);

// The search with real programs; progress goes to `out`. `stop` ends it early. The outcome carries the handler's
// report of the fastest passing trial. Throws std::system_error when lln-exchange cannot be started and
// std::runtime_error when it does not get ready.
Outcome find_limit(const Options& options, std::atomic<bool>& stop, std::ostream& out);

}  // namespace lln::app
