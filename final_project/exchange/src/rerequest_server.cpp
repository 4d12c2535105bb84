#include <lln/exchange/rerequest_server.hpp>

#include <algorithm>
#include <array>

namespace lln::exchange {

RerequestServer::RerequestServer(const Options& options)
    : options_(options),
      reply_(options.max_datagram),
      builder_(reply_, options.session),
      most_tokens_(std::max(1.0, options.requests_per_second / 10)),
      tokens_(most_tokens_) {
  socket_.bind(options.local);
}

bool RerequestServer::take_token(std::int64_t now_ns) noexcept {
  const double passed = static_cast<double>(now_ns - tokens_at_ns_) * 1e-9;
  tokens_ = std::clamp(tokens_ + passed * options_.requests_per_second, 0.0, most_tokens_);
  tokens_at_ns_ = now_ns;
  if (tokens_ < 1.0) return false;
  tokens_ -= 1.0;
  return true;
}

void RerequestServer::step(std::int64_t now_ns, const MessageLog& log, std::uint64_t first,
                           std::uint64_t published) noexcept {
  std::array<std::byte, 64> buffer{};
  for (int i = 0; i < 16; ++i) {
    const auto received = socket_.receive_from(buffer);
    if (!received) return;
    ++counters_.requests;
    const std::span<const std::byte> datagram(buffer.data(), received->bytes);
    serve(datagram, received->from, now_ns, log, first, published);
  }
}

void RerequestServer::serve(std::span<const std::byte> datagram, const net::Endpoint& from,
                            std::int64_t now_ns, const MessageLog& log, std::uint64_t first,
                            std::uint64_t published) noexcept {
  const auto request = feed::decode_request(datagram);
  if (!request) {
    ++counters_.malformed;
  } else if (request->session != options_.session) {
    ++counters_.other_session;
  } else if (request->sequence >= published) {
    ++counters_.not_published;
  } else if (request->sequence < first) {
    ++counters_.too_old;
  } else if (!take_token(now_ns)) {
    ++counters_.rate_limited;
  } else {
    const std::uint64_t end = std::min(published, request->sequence + request->count);
    builder_.begin(request->sequence);
    for (std::uint64_t sequence = request->sequence; sequence < end; ++sequence)
      if (!builder_.append(log[sequence].message())) break;
    counters_.messages_served += builder_.count();
    ++counters_.served;
    if (!socket_.send_to(builder_.finish(), from)) ++counters_.send_failed;
  }
}

}  // namespace lln::exchange
