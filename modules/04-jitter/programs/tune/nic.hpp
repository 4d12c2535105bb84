// What a network card's driver says about rings, interrupt coalescing and offloads.
#pragma once

#include <string>

namespace lln::tune {

// One line, or why there is none. Reads only.
std::string ask_driver(const std::string& interface);

}  // namespace lln::tune
