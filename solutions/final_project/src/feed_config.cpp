#include <lln/handler/feed_config.hpp>

namespace lln::handler {

ArbiterOptions arbiter_options(const FeedConfig& config, double ticks_per_ns) noexcept {
  ArbiterOptions options;
  options.session = {config.session, ticks(config.session_silence, ticks_per_ns),
                     config.session_confirmations};
  options.window = config.window;
  options.gap_timer = ticks(config.gap_timer, ticks_per_ns);
  options.max_jump = config.max_jump;
  options.drain_slice = config.drain_slice;
  options.ns_per_tick = 1.0 / ticks_per_ns;
  return options;
}

RecoveryOptions recovery_options(const FeedConfig& config, double ticks_per_ns) noexcept {
  RecoveryOptions options;
  options.can_request = config.rerequest.has_value();
  options.can_snapshot = config.glimpse.has_value();
  options.chunk = config.request_chunk;
  options.outstanding = config.request_outstanding;
  options.timeout = ticks(config.request_timeout, ticks_per_ns);
  options.timeout_limit = ticks(config.request_timeout_limit, ticks_per_ns);
  options.attempts = config.request_attempts;
  options.snapshot_threshold = config.snapshot_threshold;
  return options;
}

GlimpseClient::Options glimpse_options(const FeedConfig& config, double ticks_per_ns) noexcept {
  GlimpseClient::Options options;
  options.server = *config.glimpse;
  options.connect_timeout = ticks(config.connect_timeout, ticks_per_ns);
  options.login_timeout = ticks(config.login_timeout, ticks_per_ns);
  options.silence_timeout = ticks(config.silence_timeout, ticks_per_ns);
  options.heartbeat = ticks(config.heartbeat, ticks_per_ns);
  options.bytes_per_poll = config.snapshot_bytes_per_poll;
  return options;
}

}  // namespace lln::handler
