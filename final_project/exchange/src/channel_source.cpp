#include <lln/exchange/channel_source.hpp>
#include <lln/feed/big_endian.hpp>
#include <lln/feed/itch_types.hpp>

namespace lln::exchange {

bool ChannelSource::next(FlowMessage& message) {
  while (day_.next(message)) {
    const std::span<const std::byte> bytes = message.message();
    if (bytes.size() >= feed::itch_prefix_size &&
        !range_.contains(feed::load_be<std::uint16_t>(bytes.data() + 1)))
      continue;
    ++taken_;
    return true;
  }
  return false;
}

}  // namespace lln::exchange
