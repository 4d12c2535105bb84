#include <lln/net/dpdk_port.hpp>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace lln::net {
namespace {

[[noreturn]] void fail(int error, const std::string& attempt) {
  throw std::system_error(error < 0 ? -error : error, std::generic_category(), attempt);
}

std::pair<std::string, std::string> name_and_arguments(const std::string& device) {
  const std::size_t comma = device.find(',');
  const std::string name = device.substr(0, comma);
  if (name.empty() || name.size() >= RTE_DEV_NAME_MAX_LEN)
    throw std::invalid_argument("DPDK device \"" + device + "\" has no name, or one too long");
  return {name, comma == std::string::npos ? "" : device.substr(comma + 1)};
}

std::uint32_t checked(std::uint32_t frames) {
  if (frames < 256 || frames > 8192)
    throw std::invalid_argument("frames is " + std::to_string(frames) + ", must be 256 to 8192");
  return frames;
}

}  // namespace

namespace detail {

// Its driver's sockets are opened by this, in the calling thread's network namespace.
class DpdkDevice {
 public:
  explicit DpdkDevice(const std::string& device) {
    const auto [name, arguments] = name_and_arguments(device);
    if (const int error = rte_eal_hotplug_add("vdev", name.c_str(), arguments.c_str()); error != 0)
      // Drivers return -1 for whatever it was: no errno to pass on.
      throw std::runtime_error(
          "DPDK refuses the device " + device +
          (error == -EEXIST ? ": there is one of that name" : "; its reason is on standard error"));
    name_ = name;
    if (const int error = rte_eth_dev_get_port_by_name(name.c_str(), &port_); error != 0) {
      rte_eal_hotplug_remove("vdev", name.c_str());
      fail(error, "finding the port of DPDK's device " + device);
    }
  }
  ~DpdkDevice() {
    rte_eth_dev_stop(port_);
    rte_eth_dev_close(port_);
    rte_eal_hotplug_remove("vdev", name_.c_str());
  }
  DpdkDevice(const DpdkDevice&) = delete;
  DpdkDevice& operator=(const DpdkDevice&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  const std::string& name() const noexcept { return name_; }

 private:
  std::string name_;
  std::uint16_t port_ = 0;
};

struct DpdkPoolDeleter {
  void operator()(rte_mempool* pool) const noexcept { rte_mempool_free(pool); }
};
using DpdkPool = std::unique_ptr<rte_mempool, DpdkPoolDeleter>;

}  // namespace detail

namespace {

// One thread takes and gives: no atomic operation is needed, and no cache in front, which only DPDK's own threads have.
detail::DpdkPool make_pool(const std::string& name, std::uint32_t frames) {
  detail::DpdkPool pool(rte_pktmbuf_pool_create_by_ops(
      name.c_str(), frames, 0, 0, RTE_PKTMBUF_HEADROOM + DpdkPort::frame_size, SOCKET_ID_ANY, "ring_sp_sc"));
  if (!pool) fail(rte_errno, "memory for " + std::to_string(frames) + " frames of DPDK device " + name);
  return pool;
}

void start(std::uint16_t port, rte_mempool* pool, std::uint32_t frames, const std::string& name) {
  const auto check = [&name](int result, const char* what) {
    if (result != 0) fail(result, std::string(what) + " of DPDK device " + name);
  };
  constexpr auto any_memory = static_cast<unsigned>(SOCKET_ID_ANY);
  const rte_eth_conf defaults{};
  auto in = static_cast<std::uint16_t>(frames / 4);
  auto out = in;
  check(rte_eth_dev_configure(port, 1, 1, &defaults), "one queue each way");
  check(rte_eth_dev_adjust_nb_rx_tx_desc(port, &in, &out), "the queues' lengths");
  check(rte_eth_rx_queue_setup(port, 0, in, any_memory, nullptr, pool), "the receive queue");
  check(rte_eth_tx_queue_setup(port, 0, out, any_memory, nullptr), "the send queue");
  check(rte_eth_dev_start(port), "the start");
}

std::span<std::byte> bytes_of(rte_mbuf* buffer, std::size_t size) noexcept {
  return {rte_pktmbuf_mtod(buffer, std::byte*), size};
}

}  // namespace

// Destroyed from the last member to the first: the device gives its buffers back before their pool goes.
struct DpdkPort::Parts {
  explicit Parts(const Options& options)
      : pool(make_pool(name_and_arguments(options.device).first, checked(options.frames))),
        device(options.device) {
    start(device.port(), pool.get(), options.frames, device.name());
  }
  ~Parts() {
    take_back();
    rte_pktmbuf_free(loaned);
    for (std::size_t i = 0; i < queued; ++i) rte_pktmbuf_free(queue[i]);
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  void take_back() noexcept {
    for (std::size_t i = 0; i < count; ++i) rte_pktmbuf_free(static_cast<rte_mbuf*>(frames[i].buffer));
    count = 0;
  }

  void put(rte_mbuf* buffer, std::size_t size) noexcept {
    buffer->data_len = static_cast<std::uint16_t>(size);
    buffer->pkt_len = static_cast<std::uint32_t>(size);
    buffer->ol_flags = 0;  // what the driver said of the frame that came is not true of the one that goes
    queue[queued++] = buffer;
  }

  detail::DpdkPool pool;
  detail::DpdkDevice device;
  std::array<DpdkFrame, batch> frames;
  std::size_t count = 0;
  std::array<rte_mbuf*, batch> queue{};
  std::size_t queued = 0;
  rte_mbuf* loaned = nullptr;
};

DpdkPort::DpdkPort(DpdkRuntime&, const Options& options) : parts_(std::make_unique<Parts>(options)) {}
DpdkPort::~DpdkPort() = default;
DpdkPort::DpdkPort(DpdkPort&&) noexcept = default;
DpdkPort& DpdkPort::operator=(DpdkPort&&) noexcept = default;

std::span<DpdkFrame> DpdkPort::receive() noexcept {
  Parts& parts = *parts_;
  parts.take_back();
  std::array<rte_mbuf*, batch> buffers;
  const std::size_t arrived = rte_eth_rx_burst(parts.device.port(), 0, buffers.data(), batch);
  for (std::size_t i = 0; i < arrived; ++i) {
    // In one piece: no receive offload was asked for, so each frame is in one buffer.
    parts.frames[i] = {bytes_of(buffers[i], buffers[i]->data_len), buffers[i]};
  }
  parts.count = arrived;
  return {parts.frames.data(), parts.count};
}

bool DpdkPort::send_back(DpdkFrame& frame) noexcept {
  Parts& parts = *parts_;
  if (frame.buffer == nullptr || parts.queued == batch) return false;
  parts.put(static_cast<rte_mbuf*>(frame.buffer), frame.bytes.size());
  frame.buffer = nullptr;
  return true;
}

std::span<std::byte> DpdkPort::loan() noexcept {
  Parts& parts = *parts_;
  if (parts.queued == batch) return {};
  if (parts.loaned == nullptr) parts.loaned = rte_pktmbuf_alloc(parts.pool.get());
  if (parts.loaned == nullptr) return {};
  return bytes_of(parts.loaned, frame_size);
}

void DpdkPort::commit(std::size_t size) noexcept {
  Parts& parts = *parts_;
  if (parts.loaned == nullptr || parts.queued == batch) return;
  parts.put(std::exchange(parts.loaned, nullptr), std::min(size, frame_size));
}

int DpdkPort::flush() noexcept {
  Parts& parts = *parts_;
  if (parts.queued == 0) return 0;
  const std::size_t taken =
      rte_eth_tx_burst(parts.device.port(), 0, parts.queue.data(), static_cast<std::uint16_t>(parts.queued));
  std::copy(parts.queue.data() + taken, parts.queue.data() + parts.queued, parts.queue.data());
  parts.queued -= taken;
  return parts.queued == 0 ? 0 : ENOBUFS;
}

DpdkPort::Statistics DpdkPort::statistics() const {
  rte_eth_stats all{};
  if (const int error = rte_eth_stats_get(parts_->device.port(), &all); error != 0)
    fail(error, "statistics of DPDK device " + parts_->device.name());
  return {all.imissed + all.ierrors, all.rx_nombuf, all.oerrors};
}

}  // namespace lln::net
