#include "xdp_attachment.hpp"

#include <lln/net/xdp_filter.hpp>

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <xdp_counter.skel.h>
#include <xdp_filter.skel.h>

#include <cerrno>
#include <system_error>
#include <vector>

namespace lln::net {
namespace {

struct Network {
  std::uint32_t prefix_length;
  std::uint32_t address;
};

Network network_of(Ipv4Address address, unsigned prefix_length) {
  if (prefix_length > 32)
    throw std::system_error(EINVAL, std::generic_category(),
                            "prefix length " + std::to_string(prefix_length));
  return {prefix_length, htonl(address.value)};
}

template <class Skeleton>
Skeleton* loaded() {
  const detail::SilentLibbpf silence;
  Skeleton* const skeleton = Skeleton::open_and_load();
  if (skeleton == nullptr) throw std::system_error(errno, std::generic_category(), "loading an XDP program");
  return skeleton;
}

template <class Key>
void put(bpf_map* map, const Key& key, const std::string& what) {
  const std::uint8_t yes = 1;
  if (bpf_map__update_elem(map, &key, sizeof key, &yes, sizeof yes, BPF_ANY) != 0)
    throw std::system_error(errno, std::generic_category(), what);
}

template <class Key>
void take(bpf_map* map, const Key& key, const std::string& what) {
  if (bpf_map__delete_elem(map, &key, sizeof key, 0) != 0)
    throw std::system_error(errno, std::generic_category(), what);
}

// What each CPU has counted under one key.
template <class Value>
std::vector<Value> of_all_cpus(const bpf_map* map, std::uint32_t key) {
  static_assert(sizeof(Value) % 8 == 0);  // the kernel pads each CPU's value to that
  std::vector<Value> values(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  if (bpf_map__lookup_elem(map, &key, sizeof key, values.data(), values.size() * sizeof(Value), 0) != 0)
    throw std::system_error(errno, std::generic_category(), "reading the counters of an XDP program");
  return values;
}

}  // namespace

struct XdpFilter::Parts {
  ~Parts() { xdp_filter::destroy(skeleton); }
  xdp_filter* skeleton = loaded<xdp_filter>();
};

struct XdpCounter::Parts {
  ~Parts() { xdp_counter::destroy(skeleton); }
  xdp_counter* skeleton = loaded<xdp_counter>();
};

XdpFilter::XdpFilter() : parts_(std::make_unique<Parts>()) {}
XdpFilter::~XdpFilter() = default;
XdpFilter::XdpFilter(XdpFilter&&) noexcept = default;
XdpFilter& XdpFilter::operator=(XdpFilter&&) noexcept = default;

void XdpFilter::block(Ipv4Address network, unsigned prefix_length) {
  put(parts_->skeleton->maps.blocked, network_of(network, prefix_length), "blocking " + network.to_string());
}

void XdpFilter::unblock(Ipv4Address network, unsigned prefix_length) {
  take(parts_->skeleton->maps.blocked, network_of(network, prefix_length),
       "unblocking " + network.to_string());
}

void XdpFilter::close_port(std::uint16_t port) {
  put(parts_->skeleton->maps.closed, port, "closing port " + std::to_string(port));
}

void XdpFilter::open_port(std::uint16_t port) {
  take(parts_->skeleton->maps.closed, port, "opening port " + std::to_string(port));
}

void XdpFilter::attach(const std::string& interface, XdpMode mode) {
  link_ = detail::attach_xdp(program_fd(), interface, mode);
}

XdpFilter::Counts XdpFilter::counts() const {
  std::array<std::uint64_t, 3> sums{};
  for (std::uint32_t i = 0; i < sums.size(); ++i) {
    for (const auto value : of_all_cpus<std::uint64_t>(parts_->skeleton->maps.counts, i)) sums[i] += value;
  }
  return {sums[0], sums[1], sums[2]};
}

int XdpFilter::program_fd() const noexcept { return bpf_program__fd(parts_->skeleton->progs.filter); }

XdpCounter::XdpCounter() : parts_(std::make_unique<Parts>()) {}
XdpCounter::~XdpCounter() = default;
XdpCounter::XdpCounter(XdpCounter&&) noexcept = default;
XdpCounter& XdpCounter::operator=(XdpCounter&&) noexcept = default;

void XdpCounter::attach(const std::string& interface, XdpMode mode) {
  link_ = detail::attach_xdp(program_fd(), interface, mode);
}

XdpCounter::Amounts XdpCounter::amounts() const {
  Amounts sums{};
  for (std::uint32_t i = 0; i < sums.size(); ++i) {
    for (const Amount& value : of_all_cpus<Amount>(parts_->skeleton->maps.amounts, i)) {
      sums[i].frames += value.frames;
      sums[i].bytes += value.bytes;
    }
  }
  return sums;
}

int XdpCounter::program_fd() const noexcept { return bpf_program__fd(parts_->skeleton->progs.count); }

}  // namespace lln::net
