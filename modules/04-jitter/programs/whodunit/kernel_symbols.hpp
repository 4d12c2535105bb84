// Names of kernel functions, read from /proc/kallsyms when the first one is asked for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lln::whodunit {

class KernelSymbols {
 public:
  // The function that begins at this address; empty when there is none, or when addresses are hidden from this user.
  std::string name_of(std::uint64_t address);

 private:
  struct Symbol {
    std::uint64_t address;
    std::string name;
  };
  bool read_ = false;
  std::vector<Symbol> symbols_;
};

}  // namespace lln::whodunit
