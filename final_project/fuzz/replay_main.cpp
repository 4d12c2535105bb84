// Runs a fuzz target without a fuzzer: each file of the given directories, every prefix of it, and every variant with
// one byte changed to a few values. Deterministic, works with any compiler.
#include "fuzz_support.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

namespace {

using Input = std::vector<std::uint8_t>;

// Exact heap blocks: AddressSanitizer then sees a read of one byte too many.
std::size_t run(const Input& input, std::size_t size) {
  const Input block(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size));
  LLVMFuzzerTestOneInput(block.data(), block.size());
  return 1;
}

std::size_t run_with_neighbours(Input input) {
  std::size_t runs = 0;
  for (std::size_t size = 0; size <= input.size(); ++size) runs += run(input, size);
  for (std::uint8_t& byte : input) {
    const std::uint8_t original = byte;
    for (const int value : {0x00, 0xFF, original ^ 0x01, original ^ 0x80}) {
      byte = static_cast<std::uint8_t>(value);
      runs += run(input, input.size());
    }
    byte = original;
  }
  return runs;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t files = 0;
  std::size_t runs = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream file(entry.path(), std::ios::binary);
      runs += run_with_neighbours(Input(std::istreambuf_iterator<char>(file), {}));
      ++files;
    }
  }
  std::cout << files << " files, " << runs << " inputs\n";
  if (files == 0) {
    std::cerr << "No corpus file found. Name at least one directory that has some: " << argv[0]
              << " DIRECTORY...\n";
    return 1;
  }
}
