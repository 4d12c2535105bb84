// Unmasking one payload in place: each variant beside 8-byte words (short payloads) and beside memcpy (long ones).
#include <lln/cache/xor_unmask.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace {

using lln::cache::MaskKey;
using lln::cache::unmask_variants;
using lln::cache::UnmaskVariant;

constexpr MaskKey key{std::byte{0x12}, std::byte{0xa5}, std::byte{0x33}, std::byte{0xff}};

// Frames stand one behind the other in a receive buffer: payloads at all alignments, and none is unmasked again before
// its bytes have left the store buffer.
class Frames {
 public:
  explicit Frames(std::size_t length)
      : length_(length),
        frame_(length + (length < 126 ? 6 : 8)),
        buffer_(std::max(frame_, std::size_t{8192})) {}

  std::span<std::byte> next() noexcept {
    const std::size_t at = next_;
    next_ = next_ + 2 * frame_ <= buffer_.size() ? next_ + frame_ : 0;
    return std::span(buffer_).subspan(at + frame_ - length_, length_);
  }

 private:
  std::size_t length_;
  std::size_t frame_;
  std::vector<std::byte> buffer_;
  std::size_t next_ = 0;
};

void unmask(benchmark::State& state, const UnmaskVariant& variant, std::size_t length) {
  Frames frames(length);
  for (auto _ : state) {
    variant.unmask(frames.next(), key, 0);
    benchmark::ClobberMemory();
  }
}

// Lengths 1 to 125 in random order: no branch on the length is predicted.
void unmask_mixed(benchmark::State& state, const UnmaskVariant& variant) {
  std::vector<std::byte> buffer(8192);
  std::vector<std::span<std::byte>> payloads(4096);
  std::mt19937 random(1);
  std::size_t at = 0;
  for (std::span<std::byte>& payload : payloads) {
    const std::size_t length = random() % 125 + 1;
    if (at + 6 + length > buffer.size()) at = 0;
    payload = std::span(buffer).subspan(at + 6, length);
    at += 6 + length;
  }
  std::size_t i = 0;
  for (auto _ : state) {
    variant.unmask(payloads[i++ % payloads.size()], key, 0);
    benchmark::ClobberMemory();
  }
}

void copy(benchmark::State& state, std::size_t length) {
  Frames frames(length);
  std::vector<std::byte> to(length);
  for (auto _ : state) {
    std::memcpy(to.data(), frames.next().data(), length);
    benchmark::ClobberMemory();
  }
}

const bool registered = [] {
  for (const UnmaskVariant& variant : unmask_variants()) {
    const std::string name = std::string(variant.name) + "/mixed";
    benchmark::RegisterBenchmark(name.c_str(), [variant](benchmark::State& state) {
      state.SetLabel(std::string(variant.name) + ", 1 to 125 bytes in random order | beside words/mixed");
      unmask_mixed(state, variant);
    });
  }
  for (const std::size_t length : {8U, 20U, 61U, 125U}) {
    const std::string bytes = std::to_string(length);
    for (const UnmaskVariant& variant : unmask_variants()) {
      const std::string name = std::string(variant.name) + "/" + bytes;
      benchmark::RegisterBenchmark(name.c_str(), [variant, length, bytes](benchmark::State& state) {
        state.SetLabel(std::string(variant.name) + ", " + bytes + " bytes | beside words/" + bytes);
        unmask(state, variant, length);
      });
    }
  }
  for (const std::size_t length : {1024U, 4096U, 16384U}) {
    const std::string bytes = std::to_string(length);
    for (const UnmaskVariant& variant : unmask_variants()) {
      const std::string name = std::string(variant.name) + "/" + bytes;
      benchmark::RegisterBenchmark(name.c_str(), [variant, length, bytes](benchmark::State& state) {
        state.SetLabel(std::string(variant.name) + ", " + bytes + " bytes | beside memcpy/" + bytes);
        unmask(state, variant, length);
      });
    }
    benchmark::RegisterBenchmark(("memcpy/" + bytes).c_str(), [length, bytes](benchmark::State& state) {
      state.SetLabel("memcpy, " + bytes + " bytes");
      copy(state, length);
    });
  }
  return true;
}();

}  // namespace
