// Reads distributions for lln-histogram.
#pragma once

#include <lln/latency/histogram.hpp>

#include <iosfwd>
#include <string>

namespace lln::histogram_program {

struct Distribution {
  std::string name;
  latency::Histogram histogram;
};

// A file, or standard input for "-": whole or fractional values, one or more a line, `#` begins a comment; or
// the text format of HdrHistogram (.hgrm), known by its heading. Values are multiplied by `scale` and
// rounded. An .hgrm file holds percentiles, not values: each value between two of its lines counts as that of
// the upper one, so the result is as exact as the file was detailed. Throws std::runtime_error with file and
// line.
Distribution read(const std::string& path, double scale);

}  // namespace lln::histogram_program
