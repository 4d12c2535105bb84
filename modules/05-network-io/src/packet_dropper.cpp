#include "xdp_attachment.hpp"

#include <lln/net/packet_dropper.hpp>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <net/if.h>
#include <packet_dropper.skel.h>

#include <cerrno>
#include <cmath>
#include <stdexcept>
#include <system_error>

namespace lln::net {
namespace {

constexpr auto tcx_ingress = static_cast<bpf_attach_type>(46);  // newer than some systems' headers

[[noreturn]] void fail(int error, const std::string& attempt) {
  throw std::system_error(error < 0 ? -error : error, std::generic_category(), attempt);
}

// As the program has it, with a lock in front.
struct CountsInKernel {
  std::uint32_t lock;
  std::uint32_t padding;
  std::uint64_t seen;
  std::uint64_t dropped;
};

}  // namespace

namespace detail {

// A filter in the clsact qdisc of an interface; both removed at the end.
class ClsactFilter {
 public:
  ClsactFilter(int program, int interface, const std::string& name) {
    hook_.sz = sizeof hook_;
    hook_.ifindex = interface;
    hook_.attach_point = BPF_TC_INGRESS;
    const int created = bpf_tc_hook_create(&hook_);
    if (created != 0 && created != -EEXIST) fail(created, "making the clsact qdisc of " + name);
    qdisc_is_ours_ = created == 0;
    bpf_tc_opts options{};
    options.sz = sizeof options;
    options.prog_fd = program;
    const int attached = bpf_tc_attach(&hook_, &options);
    if (attached != 0) {
      remove_qdisc();
      fail(attached, "attaching a filter to the clsact qdisc of " + name);
    }
    handle_ = options.handle;
    priority_ = options.priority;
  }
  ~ClsactFilter() {
    const SilentLibbpf silence;
    bpf_tc_opts options{};
    options.sz = sizeof options;
    options.handle = handle_;
    options.priority = priority_;
    bpf_tc_detach(&hook_, &options);
    remove_qdisc();
  }
  ClsactFilter(const ClsactFilter&) = delete;
  ClsactFilter& operator=(const ClsactFilter&) = delete;

 private:
  void remove_qdisc() noexcept {
    if (!qdisc_is_ours_) return;
    hook_.attach_point = static_cast<bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS);
    bpf_tc_hook_destroy(&hook_);
  }

  // Value-initialised, its padding too: libbpf refuses what is not zero there, and a list of members leaves it open.
  bpf_tc_hook hook_ = bpf_tc_hook();
  bool qdisc_is_ours_ = false;
  std::uint32_t handle_ = 0;
  std::uint32_t priority_ = 0;
};

}  // namespace detail

struct PacketDropper::Parts {
  ~Parts() {
    link.reset();
    filter.reset();
    packet_dropper::destroy(skeleton);
  }

  packet_dropper* skeleton = nullptr;
  FileDescriptor link;
  std::unique_ptr<detail::ClsactFilter> filter;
};

std::string PacketDropper::why_not() {
  return detail::why_no_xdp();
}  // the same rights, and BPF in the kernel

PacketDropper::PacketDropper(const Options& options) : parts_(std::make_unique<Parts>()) {
  if (!(options.loss >= 0 && options.loss <= 1))
    throw std::invalid_argument("packet dropper: loss is a share, 0..1");
  const unsigned interface = ::if_nametoindex(options.interface.c_str());
  if (interface == 0) fail(errno, "interface " + options.interface);
  const detail::SilentLibbpf silence;
  parts_->skeleton = packet_dropper::open();
  if (parts_->skeleton == nullptr) fail(errno, "reading a BPF program");
  auto& constants = *parts_->skeleton->rodata;
  constants.seed = options.seed;
  constants.lost_below = static_cast<std::uint64_t>(std::ceil(options.loss * 0x1p53));
  constants.port = options.port;
  if (const int error = packet_dropper::load(parts_->skeleton); error != 0)
    fail(error, "loading a tc program");
  if (options.hook != Choice::clsact) {
    const int link = bpf_link_create(program_fd(), static_cast<int>(interface), tcx_ingress, nullptr);
    if (link < 0 && options.hook == Choice::link)
      fail(link, "attaching a program to the tcx hook of " + options.interface + " (Linux 6.6 has it)");
    parts_->link.reset(link);
  }
  if (!parts_->link)
    parts_->filter =
        std::make_unique<detail::ClsactFilter>(program_fd(), static_cast<int>(interface), options.interface);
}

PacketDropper::~PacketDropper() = default;

PacketDropper::Hook PacketDropper::hook() const noexcept { return parts_->link ? Hook::link : Hook::clsact; }

PacketDropper::Counts PacketDropper::counts() const {
  const std::uint32_t only = 0;
  CountsInKernel counts{};
  const int error = bpf_map__lookup_elem(parts_->skeleton->maps.counts, &only, sizeof only, &counts,
                                         sizeof counts, BPF_F_LOCK);
  if (error != 0) fail(error, "reading the counters of a tc program");
  return {counts.seen, counts.dropped};
}

int PacketDropper::program_fd() const noexcept { return bpf_program__fd(parts_->skeleton->progs.drop); }

}  // namespace lln::net
