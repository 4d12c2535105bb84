#include <lln/publishing/layout.hpp>

#include <bit>

namespace lln::publishing {

std::string check(const Header& header, std::uint64_t size) {
  constexpr std::uint64_t most = 1 << 28;  // keeps the products below far from overflow
  if (header.magic != magic) return "it is not a file of published books";
  if (header.version != layout_version) {
    return "it has layout version " + std::to_string(header.version) + ", this program knows " +
           std::to_string(layout_version) + ": build both from the same sources";
  }
  if (header.header_bytes != sizeof(Header) || header.cell_bytes != sizeof(SymbolCell) ||
      header.slot_bytes != sizeof(EventSlot)) {
    return "its records have other sizes than this program's: build both for the same machine";
  }
  if (header.symbols == 0 || header.symbols > 65'536 || !std::has_single_bit(header.ring_events) ||
      header.ring_events < 2 || header.ring_events > most) {
    return "its header is damaged";
  }
  const std::uint64_t expected = file_bytes(header.symbols, header.ring_events);
  if (header.file_bytes != expected || size != expected) {
    return "it has " + std::to_string(size) + " bytes where its header promises " + std::to_string(expected);
  }
  return {};
}

}  // namespace lln::publishing
