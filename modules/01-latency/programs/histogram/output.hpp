// Shows distributions: a table, a plot for the terminal, a comparison.
#pragma once

#include "input.hpp"

#include <iosfwd>
#include <vector>

namespace lln::histogram_program {

// One row a distribution. A percentile with fewer than ten values beyond it is shown as "-".
void print_table(std::ostream& out, const std::vector<Distribution>& distributions);

// Value (logarithmic, upwards) over percentile (towards 100 % by nines), `width` by `height` characters; the
// distributions are drawn with a, b, c, ..., later ones over earlier ones.
void plot(std::ostream& out, const std::vector<Distribution>& distributions, int width, int height);

// Each percentile of `b` divided by that of `a`.
void compare(std::ostream& out, const Distribution& a, const Distribution& b);

}  // namespace lln::histogram_program
