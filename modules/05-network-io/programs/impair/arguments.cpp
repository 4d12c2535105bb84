#include "arguments.hpp"

#include "words.hpp"

#include <cmath>
#include <stdexcept>

namespace lln::impair {

net::Impairment::Options impairment_of(const Arguments& a) {
  net::Impairment::Options options;
  options.seed = a.seed;
  options.loss = parse_share(a.loss);
  options.loss_burst = a.loss_burst;
  options.duplicate = parse_share(a.duplicate);
  options.reorder = parse_share(a.reorder);
  options.reorder_by = parse_time(a.reorder_by);
  options.delay = parse_time(a.delay);
  options.jitter = parse_time(a.jitter);
  options.bits_per_second = a.rate.empty() ? 0 : parse_rate(a.rate);
  options.queue = parse_time(a.queue);
  const net::Impairment tried(options);  // throws what is wrong with them
  return options;
}

net::ImpairmentRelay::Options relay_of(const Arguments& a, const net::Impairment::Options& impairment) {
  if (std::isnan(a.seconds)) throw std::invalid_argument("--seconds: nan is no time");
  if (a.to.empty()) throw std::invalid_argument("--to names the server, for example --to 127.0.0.1:5000");
  net::ImpairmentRelay::Options options;
  options.listen = net::Endpoint::parse(a.listen);
  options.server = net::Endpoint::parse(a.to);
  if (options.server.port == 0) throw std::invalid_argument("--to needs the server's port, not 0");
  options.max_clients = a.clients;
  options.forward = impairment;
  if (!a.one_way) {
    options.backward = impairment;
    ++options.backward.seed;  // or question and answer share their fate
  }
  return options;
}

}  // namespace lln::impair
