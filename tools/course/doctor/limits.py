"""What the system grants: priorities, locked memory, large pages, socket buffers."""

from __future__ import annotations

import os
import re
import resource

from course.doctor.check import LIMITED, MISSING, NOT_HERE, OK, Finding, Host

_MIB = 1 << 20
_CAP_IPC_LOCK = 14
_HUGE = "/sys/kernel/mm/hugepages/hugepages-2048kB"
_THP = "/sys/kernel/mm/transparent_hugepage/enabled"
_WANTED_BUFFER = 4 * _MIB
_LIMITS_FILE = "/etc/security/limits.d/lln.conf"


def realtime(_host: Host) -> Finding:
    """Whether SCHED_FIFO is granted: a child process tries."""
    error = _try_fifo()
    if error == 0:
        return Finding(OK, "SCHED_FIFO granted", "--fifo works; spin only on cores that nobody else needs")
    limit = resource.getrlimit(resource.RLIMIT_RTPRIO)[0]
    fix = f'echo "$USER - rtprio 99" | sudo tee -a {_LIMITS_FILE}   # then log in again'
    if os.geteuid() == 0 or limit > 0:
        fix = "echo 950000 > /sys/fs/cgroup/cpu/<your group>/cpu.rt_runtime_us   # a cgroup refuses"
    found = f"SCHED_FIFO refused ({os.strerror(error)}; RTPRIO limit {limit})"
    return Finding(LIMITED, found, "--fifo is reported as refused; other threads may preempt ours", fix)


def _try_fifo() -> int:
    """0, or the errno with which the kernel refused."""
    child = os.fork()
    if child == 0:
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
            os._exit(0)
        except OSError as error:
            os._exit(error.errno or 255)
        finally:
            os._exit(255)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def locked_memory(host: Host, limit: int | None = None) -> Finding:
    """How much may be locked against paging."""
    if limit is None:
        limit = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
    if host.has_capability(_CAP_IPC_LOCK):
        return Finding(OK, "no limit for this user (CAP_IPC_LOCK)", "--lock-memory works")
    if limit == resource.RLIM_INFINITY:
        return Finding(OK, "no limit", "--lock-memory works")
    fix = f'echo "$USER - memlock unlimited" | sudo tee -a {_LIMITS_FILE}   # then log in again'
    return Finding(
        LIMITED, f"{limit / _MIB:.3g} MiB", "--lock-memory is reported as refused; the handler pre-faults instead", fix
    )


def huge_pages(host: Host) -> Finding:
    """Reserved 2 MiB pages."""
    total, free = host.integer(f"{_HUGE}/nr_hugepages"), host.integer(f"{_HUGE}/free_hugepages")
    if total is None:
        return Finding(MISSING, "no 2 MiB pages", "DPDK runs with --no-huge", NOT_HERE)
    if total == 0:
        fix = f"echo 256 | sudo tee {_HUGE}/nr_hugepages"
        return Finding(LIMITED, "2 MiB pages known, none reserved", "programs use transparent huge pages instead", fix)
    return Finding(OK, f"{total} pages of 2 MiB, {free} free", "MAP_HUGETLB and DPDK can use them")


def transparent_huge_pages(host: Host) -> Finding:
    """Whether a program may ask for large pages, and whether others get them unasked."""
    text = host.read(_THP)
    match = re.search(r"\[(\w+)\]", text or "")
    if not match:
        return Finding(MISSING, "not in this kernel", "large tables cost more TLB misses", NOT_HERE)
    mode = match[1]
    fix = f"echo madvise | sudo tee {_THP}"
    if mode == "madvise":
        return Finding(OK, mode, "large tables ask for 2 MiB pages, nobody else is disturbed")
    if mode == "always":
        return Finding(LIMITED, mode, "the kernel may move pages of any program in the middle of a measurement", fix)
    return Finding(LIMITED, mode, "large tables cost more TLB misses", fix)


def socket_buffers(host: Host) -> Finding:
    """How much a socket may hold while the handler is not running."""
    receive = host.integer("/proc/sys/net/core/rmem_max")
    send = host.integer("/proc/sys/net/core/wmem_max")
    if receive is None:
        # Inside another network namespace older kernels do not show it.
        return Finding(LIMITED, "limit not visible here", "the handler reports the size that it was granted", NOT_HERE)
    found = f"receive {receive / _MIB:.3g} MiB, send {(send or 0) / _MIB:.3g} MiB at most"
    if receive >= _WANTED_BUFFER:
        return Finding(OK, found, "a pause of the receiver does not drop packets at once")
    consequence = "at 1,000,000 messages/s a pause of a few milliseconds drops packets"
    return Finding(LIMITED, found, consequence, f"sudo sysctl -w net.core.rmem_max={2 * _WANTED_BUFFER}")
