// What steals time from a thread that does nothing but read the clock.
#pragma once

#include <lln/latency/histogram.hpp>

namespace lln::numbers {

// Reads the clock over and over, and records the time between each two readings.
latency::Histogram clock_gaps(double seconds);

void print_gaps(const latency::Histogram& gaps);

}  // namespace lln::numbers
