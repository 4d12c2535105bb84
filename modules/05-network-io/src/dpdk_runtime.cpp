#include <lln/net/dpdk_port.hpp>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <sched.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace lln::net {
namespace {

// DPDK binds the thread that starts it to a CPU. Which threads run where is not its business here.
class CpusAsBefore {
 public:
  CpusAsBefore() {
    if (::sched_getaffinity(0, sizeof cpus_, &cpus_) != 0)
      throw std::system_error(errno, std::generic_category(), "reading this thread's CPUs");
  }
  ~CpusAsBefore() { ::sched_setaffinity(0, sizeof cpus_, &cpus_); }
  CpusAsBefore(const CpusAsBefore&) = delete;
  CpusAsBefore& operator=(const CpusAsBefore&) = delete;

  int first() const noexcept {
    int cpu = 0;
    while (cpu + 1 < CPU_SETSIZE && !CPU_ISSET(static_cast<std::size_t>(cpu), &cpus_)) ++cpu;
    return cpu;
  }

 private:
  cpu_set_t cpus_{};
};

}  // namespace

DpdkRuntime::DpdkRuntime() {
  static std::atomic<bool> started{false};
  if (started.exchange(true)) throw std::logic_error("DPDK can be started once in a process, and was");
  const CpusAsBefore cpus;
  // Critical at first: as a plain user it complains of a directory that it can do without.
  // Without --lcores DPDK makes a thread for each CPU.
  std::array<std::string, 9> words{"lln",
                                   "--no-pci",
                                   "--no-huge",
                                   "-m",
                                   "64",
                                   "--no-telemetry",
                                   "--no-shconf",
                                   "--log-level=critical",
                                   "--lcores=0@" + std::to_string(cpus.first())};
  std::array<char*, words.size() + 1> arguments{};
  for (std::size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();
  if (rte_eal_init(static_cast<int>(words.size()), arguments.data()) < 0)
    throw std::system_error(rte_errno, std::generic_category(),
                            "starting DPDK with --no-pci --no-huge -m 64");
  rte_log_set_global_level(RTE_LOG_ERR);
}

DpdkRuntime::~DpdkRuntime() { rte_eal_cleanup(); }

}  // namespace lln::net
