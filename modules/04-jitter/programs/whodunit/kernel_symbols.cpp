#include "kernel_symbols.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace lln::whodunit {

std::string KernelSymbols::name_of(std::uint64_t address) {
  if (!read_) {
    read_ = true;
    std::ifstream file("/proc/kallsyms");
    // "ffffffff81000000 T _stext", and for modules a name in brackets behind it.
    for (std::string line; std::getline(file, line);) {
      char* end = nullptr;
      const std::uint64_t value = std::strtoull(line.c_str(), &end, 16);
      if (value == 0 || end[0] != ' ' || (end[1] != 't' && end[1] != 'T')) continue;
      const std::string name = end + 3;
      symbols_.push_back({value, name.substr(0, name.find('\t'))});
    }
    std::stable_sort(symbols_.begin(), symbols_.end(),
                     [](const Symbol& a, const Symbol& b) { return a.address < b.address; });
  }
  const auto found =
      std::lower_bound(symbols_.begin(), symbols_.end(), address,
                       [](const Symbol& symbol, std::uint64_t value) { return symbol.address < value; });
  return found != symbols_.end() && found->address == address ? found->name : std::string();
}

}  // namespace lln::whodunit
