// One self-contained HTML page: the ways by their round trips, on a logarithmic axis, and those skipped with the reason.
#pragma once

#include "../contest/report.hpp"

#include <string>
#include <vector>

namespace lln::around_kernel {

std::string html_page(const std::vector<contest::Contestant>& contestants, const std::string& command);

}  // namespace lln::around_kernel
