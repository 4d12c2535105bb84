#include "xdp_attachment.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>

#include <cerrno>
#include <system_error>

namespace lln::net::detail {
namespace {

int silent(libbpf_print_level, const char*, va_list) { return 0; }

}  // namespace

SilentLibbpf::SilentLibbpf() noexcept : before_(reinterpret_cast<void*>(libbpf_set_print(silent))) {}

SilentLibbpf::~SilentLibbpf() { libbpf_set_print(reinterpret_cast<libbpf_print_fn_t>(before_)); }

FileDescriptor attach_xdp(int program, const std::string& interface, XdpMode mode) {
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index == 0) throw std::system_error(errno, std::generic_category(), "interface " + interface);
  bpf_link_create_opts options{};
  options.sz = sizeof options;
  options.flags = mode == XdpMode::native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
  const int link = bpf_link_create(program, static_cast<int>(index), BPF_XDP, &options);
  if (link >= 0) return FileDescriptor(link);
  std::string attempt =
      std::string("attaching an XDP program (") + to_string(mode) + " mode) to " + interface;
  if (-link == EBUSY || -link == EEXIST) attempt += ", which has one";
  if (-link == EOPNOTSUPP && mode == XdpMode::native) attempt += ", whose driver runs none";
  throw std::system_error(-link, std::generic_category(), attempt);
}

std::string why_no_xdp() {
  const bpf_insn program[] = {
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = XDP_PASS},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
  const SilentLibbpf silence;
  bpf_prog_load_opts options{};
  options.sz = sizeof options;
  const int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "lln_probe", "MIT", program, 2, &options);
  if (fd >= 0) {
    const FileDescriptor owner(fd);
    return {};
  }
  const std::string error = std::generic_category().message(-fd);
  if (-fd == EPERM || -fd == EACCES)
    return "loading an XDP program needs CAP_BPF and CAP_NET_ADMIN outside any user namespace (root): " +
           error;
  return "this kernel loads no XDP programs: " + error;
}

}  // namespace lln::net::detail
