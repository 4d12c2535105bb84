// CPU lists as the kernel writes them ("0-2,5"), and its masks ("3", "00000000,0000000f").
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace lln::tune {

using Cpus = std::set<int>;

// Throws std::invalid_argument naming the text when it is no list.
Cpus parse_cpu_list(std::string_view text);
std::string to_list(const Cpus& cpus);
std::string to_mask(const Cpus& cpus);

Cpus without(Cpus from, const Cpus& these);
bool contains_all(const Cpus& all, const Cpus& these);

// Whether two texts read from or written to one file of the kernel mean the same: "[madvise]" among alternatives is
// "madvise", and a mask or list may be written in several ways.
bool same_value(std::string_view a, std::string_view b);

// What is chosen in "always [madvise] never"; other texts as they are.
std::string_view chosen(std::string_view text);

}  // namespace lln::tune
