"""Cores and clocks."""

from __future__ import annotations

import os
import platform

from course.cpus import parse_list
from course.doctor.check import LIMITED, MISSING, NOT_HERE, NOTHING_TO_DO, OK, Finding, Host

_CPU = "/sys/devices/system/cpu"
_CLOCKSOURCE = "/sys/devices/system/clocksource/clocksource0"


def cores(host: Host) -> Finding:
    """How many CPUs run, on how many physical cores."""
    online = parse_list(host.read(f"{_CPU}/online") or "0")
    siblings = {host.read(f"{_CPU}/cpu{cpu}/topology/thread_siblings_list") or str(cpu) for cpu in online}
    found = f"{len(online)} CPU(s) on {len(siblings)} physical core(s)"
    if len(online) >= 4:
        return Finding(OK, found, "exchange, receive thread, book thread and the rest have a core each")
    fix = "give the virtual machine 4 CPUs" if "hypervisor" in host.cpu_flags() else NOT_HERE
    if len(online) >= 2:
        return Finding(LIMITED, found, "exchange and handler fill two cores; a second handler thread has none", fix)
    return Finding(MISSING, found, "two spinning programs share one core, so latencies are the scheduler's", fix)


def affinity(host: Host, allowed: set[int] | None = None) -> Finding:
    """Whether this shell may use all of them."""
    online = parse_list(host.read(f"{_CPU}/online") or "0")
    allowed = os.sched_getaffinity(0) if allowed is None else allowed
    if allowed >= online:
        return Finding(OK, f"all {len(online)} CPU(s) allowed", "threads can be pinned to any of them")
    found = f"{len(allowed)} of {len(online)} CPUs allowed ({','.join(map(str, sorted(allowed)))})"
    consequence = "only these count as cores for the course"
    return Finding(LIMITED, found, consequence, f"taskset -pc 0-{max(online)} $$")


def tsc(host: Host, architecture: str | None = None) -> Finding:
    """Whether the CPU's own counter is a clock."""
    architecture = architecture or platform.machine()
    if architecture in ("aarch64", "arm64"):
        return Finding(OK, "generic timer (cntvct_el0)", "TscClock reads the CPU's counter")
    flags = host.cpu_flags()
    absent = [flag for flag in ("constant_tsc", "nonstop_tsc") if flag not in flags]
    if not absent:
        return Finding(OK, "invariant TSC", "TscClock reads the counter: about 10 ns, no system call")
    found = f"no invariant TSC ({', '.join(absent)} absent)"
    return Finding(LIMITED, found, "TscClock falls back to steady_clock, which costs more a read", NOT_HERE)


def clocksource(host: Host) -> Finding:
    """What clock_gettime reads."""
    current = host.read(f"{_CLOCKSOURCE}/current_clocksource")
    available = (host.read(f"{_CLOCKSOURCE}/available_clocksource") or "").split()
    if current is None:
        return Finding(LIMITED, "unknown", "kernel timestamps may be coarse", NOT_HERE)
    if current in ("tsc", "arch_sys_counter"):
        return Finding(OK, current, "clock_gettime needs no system call; kernel stamps and TSC share one clock")
    consequence = f"{current} makes clock_gettime slower and kernel stamps drift against the TSC"
    if "tsc" in available:
        return Finding(LIMITED, current, consequence, f"echo tsc | sudo tee {_CLOCKSOURCE}/current_clocksource")
    return Finding(LIMITED, current, consequence, NOT_HERE)


def governor(host: Host) -> Finding:
    """Whether the clock frequency is left alone."""
    governors = {path.read_text().strip() for path in host.glob(f"{_CPU}/cpu[0-9]*/cpufreq/scaling_governor")}
    if not governors:
        consequence = "the host decides the clock frequency: warm up, and compare only within a run"
        return Finding(LIMITED, "no cpufreq", consequence, NOT_HERE)
    found = ", ".join(sorted(governors))
    if governors == {"performance"}:
        return Finding(OK, found, "the frequency does not follow the load")
    fix = f"echo performance | sudo tee {_CPU}/cpu*/cpufreq/scaling_governor"
    return Finding(LIMITED, found, "the first microseconds after an idle phase run at a low frequency", fix)


def hypervisor(host: Host) -> Finding:
    """Whether somebody else takes our cores away, and how much so far."""
    share = _steal_percent(host)
    stolen = f"{share:.1f} % of the busy time stolen since boot" if share is not None else "steal unknown"
    names = [host.read(f"/sys/class/dmi/id/{name}") for name in ("sys_vendor", "product_name")]
    product = " ".join(name for name in names if name)
    if "hypervisor" not in host.cpu_flags() and not share:
        return Finding(OK, "none seen" + (f" ({product})" if product else ""), "tails are this machine's own")
    return Finding(
        LIMITED,
        f"virtual machine{f' ({product})' if product else ''}, {stolen}",
        "p99.9 and max are the host's as well: read the undisturbed figures beside the raw ones",
        NOTHING_TO_DO if share is not None and share < 0.1 else "measure tails on a machine of your own",
    )


def _steal_percent(host: Host) -> float | None:
    """Stolen time against the time we had work (user, nice, system, irq, softirq, steal)."""
    fields = (host.read("/proc/stat") or "").split("\n")[0].split()
    if len(fields) < 9 or fields[0] != "cpu":
        return None
    ticks = [int(field) for field in fields[1:9]]
    busy = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6] + ticks[7]
    return 100.0 * ticks[7] / busy if busy else 0.0
