#include "tracer.hpp"

#include "../../src/capabilities.hpp"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <unistd.h>
#include <whodunit.skel.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace lln::whodunit {
namespace {

constexpr unsigned cap_perfmon = 38;  // newer than some systems' headers
constexpr unsigned cap_bpf = 39;

[[noreturn]] void fail(int error, const char* attempt) {
  throw CannotTrace(error < 0 ? -error : error, std::generic_category(), attempt);
}

int silent(libbpf_print_level, const char*, va_list) { return 0; }

// The tracepoint's name is what follows the slash of "tp_btf/sched_switch".
bool kernel_has(const btf* kernel, const bpf_program* program) {
  const std::string name =
      std::string("btf_trace_") + (std::strchr(bpf_program__section_name(program), '/') + 1);
  return btf__find_by_name_kind(kernel, name.c_str(), BTF_KIND_TYPEDEF) > 0;
}

}  // namespace

std::string what_is_missing() {
  using jitter::detail::has_capability;
  if (!has_capability(CAP_SYS_ADMIN)) {
    std::string missing;
    if (!has_capability(cap_bpf)) missing += "CAP_BPF";
    if (!has_capability(cap_perfmon)) missing += missing.empty() ? "CAP_PERFMON" : " and CAP_PERFMON";
    if (!missing.empty())
      return "tracing the kernel needs CAP_BPF and CAP_PERFMON, and this process lacks " + missing +
             ": run it as root (sudo), or give the program both (setcap cap_bpf,cap_perfmon+ep)";
  }
  if (::access("/sys/kernel/btf/vmlinux", R_OK) != 0)
    return "this kernel has no type information (/sys/kernel/btf/vmlinux; CONFIG_DEBUG_INFO_BTF)";
  return {};
}

struct Tracer::Parts {
  ::whodunit* skeleton = nullptr;
  ring_buffer* ring = nullptr;
  int statistics = -1;
  std::vector<jitter::TraceEvent>* events = nullptr;
  std::size_t most = 0;
  std::uint64_t too_many = 0;

  ~Parts() {
    ring_buffer__free(ring);
    ::whodunit::destroy(skeleton);
    if (statistics >= 0) ::close(statistics);
  }

  static int receive(void* self, void* data, std::size_t) {
    auto& parts = *static_cast<Parts*>(self);
    if (parts.events->size() < parts.most) {
      parts.events->push_back(*static_cast<const jitter::TraceEvent*>(data));
    } else {
      ++parts.too_many;
    }
    return 0;
  }
};

Tracer::Tracer(int cpu) : parts_(std::make_unique<Parts>()) {
  libbpf_set_print(silent);
  parts_->skeleton = ::whodunit::open();
  if (parts_->skeleton == nullptr) fail(errno, "reading the BPF programs");
  parts_->skeleton->rodata->watched_cpu = static_cast<std::uint32_t>(cpu);
  const std::unique_ptr<btf, void (*)(btf*)> kernel(btf__load_vmlinux_btf(), btf__free);
  if (kernel == nullptr) fail(errno, "reading the kernel's type information");
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, parts_->skeleton->obj) {
    if (!kernel_has(kernel.get(), program)) bpf_program__set_autoload(program, false);
  }
  if (const int error = ::whodunit::load(parts_->skeleton); error != 0)
    fail(error, "loading the BPF programs");
  parts_->ring =
      ring_buffer__new(bpf_map__fd(parts_->skeleton->maps.events), &Parts::receive, parts_.get(), nullptr);
  if (parts_->ring == nullptr) fail(errno, "mapping the buffer of events");
  parts_->statistics = bpf_enable_stats(BPF_STATS_RUN_TIME);  // refused: the cost stays unknown
  if (const int error = ::whodunit::attach(parts_->skeleton); error != 0)
    fail(error, "attaching the BPF programs");
}

Tracer::~Tracer() = default;

void Tracer::read(std::vector<jitter::TraceEvent>& events, std::size_t most) {
  parts_->events = &events;
  parts_->most = most;
  ring_buffer__consume(parts_->ring);
}

std::uint64_t Tracer::lost() const { return parts_->skeleton->bss->lost + parts_->too_many; }

TracerCost Tracer::cost() const {
  TracerCost cost;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, parts_->skeleton->obj) {
    bpf_prog_info info{};
    std::uint32_t size = sizeof info;
    if (bpf_program__fd(program) < 0 || bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) != 0)
      continue;
    cost.runs += info.run_cnt;
    cost.ns += info.run_time_ns;
  }
  return cost;
}

}  // namespace lln::whodunit
