#include "acceptor.hpp"
#include "udp_port.hpp"
#include "worker.hpp"

#include <lln/app/echo/server.hpp>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace lln::app {

std::string_view name_of(EchoBackend backend) noexcept {
  switch (backend) {
    case EchoBackend::epoll:
      return "epoll";
    case EchoBackend::epoll_spin:
      return "epoll-spin";
    case EchoBackend::spin:
      return "spin";
    case EchoBackend::io_uring:
      return "io_uring";
  }
  return "unknown";
}

std::string why_not(EchoBackend backend) {
  if (backend != EchoBackend::io_uring) return "";
#ifdef LLN_HAS_LIBURING
  return detail::uring_why_not();
#else
  return "built without liburing (apt: liburing-dev)";
#endif
}

std::string why_not_xdp() {
#ifdef LLN_HAS_XDP
  return detail::xdp_why_not();
#else
  return "built without the BPF tools (apt: clang libbpf-dev bpftool)";
#endif
}

namespace {

[[noreturn]] void refuse(const std::string& text) { throw std::invalid_argument("EchoServer: " + text); }

void check_stamps(const EchoOptions& options) {
  if (!options.interface.empty() && options.stamps != EchoStamps::hardware)
    refuse("interface " + options.interface + " says whose hardware stamps, and none are asked for");
  if (options.stamps == EchoStamps::program) {
    if (options.departures) refuse("departures begin at a receive stamp; stamps are the program's");
    return;
  }
  if (!options.udp) refuse("only datagrams have receive stamps, and no UDP port is asked for");
  if (!options.xdp_interface.empty() || options.datagram_port)
    refuse("frames that go around the kernel do not come to where it stamps; stamps can be the program's");
  if (options.stamps == EchoStamps::hardware && options.interface.empty() && options.udp->address.is_any())
    refuse("whose hardware stamps? 0.0.0.0 is on all interfaces: name one (--interface)");
}

void check_datagram_port(const EchoOptions& options) {
  if (!options.xdp_interface.empty()) refuse("DPDK and AF_XDP would take each other's frames");
  if (options.backend != EchoBackend::spin)
    refuse("DPDK has nothing to sleep on: only the back end spin asks it over and over");
  if (!options.udp || options.udp->address.is_any() || options.udp->port == 0)
    refuse("DPDK serves one address and port of UDP: both are to be said");
}

void check(const EchoOptions& options) {
  if (!options.tcp && !options.udp && options.unix_path.empty())
    refuse("neither TCP nor UDP nor a Unix socket asked for");
  if (options.threads == 0 || options.threads > 256)
    refuse("threads " + std::to_string(options.threads) + "; 1 to 256");
  if (options.max_connections == 0) refuse("max_connections 0; at least 1");
  if (options.buffers < options.threads) refuse("fewer buffers than threads; at least one each");
  const std::size_t most = echo_buffer_size - echo_header_size;
  if (options.max_payload > most)
    refuse("max_payload " + std::to_string(options.max_payload) + "; a buffer holds " + std::to_string(most));
  if (const std::string why = why_not(options.backend); !why.empty())
    refuse(std::string(name_of(options.backend)) + ": " + why);
  check_stamps(options);
  if (options.datagram_port) check_datagram_port(options);
  if (options.xdp_interface.empty()) return;
  if (!options.udp) refuse("AF_XDP without a UDP port");
  if (const std::string why = why_not_xdp(); !why.empty()) refuse("AF_XDP: " + why);
}

std::unique_ptr<detail::Backend> make_backend(detail::Worker& worker, const EchoOptions& options) {
  switch (options.backend) {
    case EchoBackend::spin:
      return detail::make_spin_backend(worker, options);
#ifdef LLN_HAS_LIBURING
    case EchoBackend::io_uring:
      return detail::make_uring_backend(worker, options);
#endif
    default:
      return detail::make_epoll_backend(worker, options);
  }
}

std::optional<net::TcpListener::Options> tcp_options(const EchoOptions& options) {
  if (!options.tcp) return std::nullopt;
  net::TcpListener::Options result;
  result.local = *options.tcp;
  result.stream.send_buffer_bytes = options.tcp_send_buffer_bytes;
  result.stream.busy_poll = options.busy_poll;
  return result;
}

}  // namespace

void EchoDepartures::add(const EchoDepartures& other) {
  out.merge(other.out);
  through.merge(other.through);
  unstamped += other.unstamped;
  backwards += other.backwards;
}

void EchoReport::add(const EchoReport& other) {
  accepted += other.accepted;
  most_open += other.most_open;
  requests += other.requests;
  bytes += other.bytes;
  reads += other.reads;
  writes += other.writes;
  most_buffers += other.most_buffers;
  for (std::size_t i = 0; i < echo_reason_count; ++i) {
    ended[i] += other.ended[i];
    refused[i] += other.refused[i];
  }
  unsent += other.unsent;
  cut_off += other.cut_off;
  drained_in = std::max(drained_in, other.drained_in);
  service.merge(other.service);
  unstamped += other.unstamped;
  if (other.departures) {
    if (!departures) departures.emplace();
    departures->add(*other.departures);
  }
  steps.insert(steps.end(), other.steps.begin(), other.steps.end());
  notes.insert(notes.end(), other.notes.begin(), other.notes.end());
}

struct EchoServer::State {
  explicit State(const EchoOptions& asked) : options(asked), acceptor(tcp_options(asked), asked.unix_path) {
    const std::size_t threads = options.threads;
    for (std::size_t i = 0; i < threads; ++i) {
      workers.push_back(std::make_unique<detail::Worker>(
          options, (options.max_connections + threads - 1) / threads, options.buffers / threads, stop));
      workers.back()->set_backend(make_backend(*workers.back(), options));
    }
    if (options.tcp) tcp = acceptor.tcp()->local_endpoint();
    if (options.tcp || !options.unix_path.empty())
      workers.front()->listen(acceptor, [this](net::StreamSocket socket) { assign(std::move(socket)); });
    if (options.datagram_port) {
      udp = options.udp;
      workers.front()->add(options.datagram_port(options, workers.front()->report()));
    } else if (options.udp) {
      udp = *options.udp;
      for (const auto& worker : workers) {
        auto port = std::make_unique<detail::UdpPort>(options, *udp, threads > 1);
        udp = port->local_endpoint();
        stamps = port->stamps();
        worker->add(std::move(port));
      }
    }
    if (!stamps.empty()) {
      if (options.tcp || !options.unix_path.empty()) stamps += "; streams: by the program's clock";
      workers.front()->report().notes.push_back("time stamps: " + stamps);
    }
    if (!options.xdp_interface.empty()) add_xdp();
  }

  void add_xdp() {
#ifdef LLN_HAS_XDP
    detail::Worker& worker = *workers.front();
    worker.add(detail::make_xdp_port(options, udp->port, worker.report()));
#endif
  }

  // In turn. The first worker is the one that accepts.
  void assign(net::StreamSocket socket) noexcept {
    next = (next + 1) % workers.size();
    if (next == 0) {
      workers.front()->adopt(std::move(socket));
    } else {
      workers[next]->hand_over(std::move(socket));
    }
  }

  void run(std::size_t index) {
    jitter::ThreadOptions thread = options.thread;
    if (!options.cpus.empty()) thread.cpu = options.cpus[index % options.cpus.size()];
    if (index > 0) {  // properties of the process: asked for once
      thread.lock_memory = thread.no_huge_pages = false;
      thread.prefault_heap_bytes = 0;
    }
    const jitter::ThreadSetup setup(thread);
    detail::Worker& worker = *workers[index];
    worker.report().steps = setup.steps();
    worker.run();
  }

  EchoOptions options;
  std::atomic<bool> stop{false};
  detail::Acceptor acceptor;
  std::vector<std::unique_ptr<detail::Worker>> workers;
  std::optional<net::Endpoint> tcp;
  std::optional<net::Endpoint> udp;
  std::string stamps;
  std::size_t next = ~std::size_t{0};
};

EchoServer::EchoServer(const EchoOptions& options) {
  check(options);
  state_ = std::make_unique<State>(options);
}

EchoServer::~EchoServer() = default;

const std::optional<net::Endpoint>& EchoServer::tcp() const noexcept { return state_->tcp; }
const std::optional<net::Endpoint>& EchoServer::udp() const noexcept { return state_->udp; }
const std::string& EchoServer::stamps() const noexcept { return state_->stamps; }

EchoReport EchoServer::run() {
  {
    // Helpers first: a thread inherits CPU and scheduling class of whoever starts it.
    std::vector<std::jthread> helpers;
    for (std::size_t i = 1; i < state_->workers.size(); ++i)
      helpers.emplace_back([this, i] { state_->run(i); });
    state_->run(0);
  }
  EchoReport report;
  for (const auto& worker : state_->workers) {
    EchoReport& own = worker->report();
    own.requests = worker->meter().requests;
    own.bytes = worker->meter().bytes;
    own.service = worker->meter().service;
    report.add(own);
  }
  return report;
}

void EchoServer::stop() noexcept {
  state_->stop.store(true, std::memory_order_relaxed);
  for (const auto& worker : state_->workers) worker->backend().wake();
}

std::size_t EchoServer::open_connections() const noexcept {
  std::size_t open = 0;
  for (const auto& worker : state_->workers) open += worker->open_connections();
  return open;
}

}  // namespace lln::app
