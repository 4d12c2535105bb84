// What the parts of FlowGenerator share.
#pragma once

#include <lln/feed/itch_types.hpp>

#include <array>
#include <cstdint>

namespace lln::exchange::detail {

inline constexpr std::array<feed::Mpid, 8> participants{
    feed::alpha<4>("GSCO"), feed::alpha<4>("MSCO"), feed::alpha<4>("JPMS"), feed::alpha<4>("UBSS"),
    feed::alpha<4>("CDRG"), feed::alpha<4>("VIRT"), feed::alpha<4>("NITE"), feed::alpha<4>("ETMM")};

/// So many of all 32-bit draws are below it.
constexpr std::uint32_t share_of(double p) { return static_cast<std::uint32_t>(p * 0x1p32); }

}  // namespace lln::exchange::detail
