"""The improvements of lab 07, in order: what each adds to the two command lines, and why it may be out of reach here."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

SHARED_MEMORY = "shared-memory"
WIRE_ADDRESS = "10.77.0.2:7007"  # the far end of lln-echo-wire's cable
DPDK_DEVICE = "net_af_packet0,iface=far0,qdisc_bypass=1"
SKIPPED = 77


@dataclass(frozen=True)
class Setup:
    """Both ends as they are started."""

    transport: str = "tcp"  # tcp, unix, SHARED_MEMORY, or wire: UDP over a virtual cable
    server: tuple[str, ...] = ()
    client: tuple[str, ...] = ("--block",)

    def plus(self, server: tuple[str, ...] = (), client: tuple[str, ...] = ()) -> Setup:
        """The same with more options."""
        return replace(self, server=self.server + server, client=self.client + client)


@dataclass(frozen=True)
class Step:
    """One improvement. `apply` makes the set-up from that of the step before; `why_not` is "" where it can be done."""

    name: str
    title: str
    apply: Callable[[Setup], Setup]
    why_not: Callable[[], str] = lambda: ""
    fresh: bool = False  # begins a comparison of its own


def _can_be_real_time() -> str:
    """SCHED_FIFO in a child: it may be refused by rights, by a limit or by a control group."""
    try:
        done = subprocess.run(["chrt", "-f", "10", "true"], capture_output=True, text=True, check=False)
    except OSError:
        return "chrt (package util-linux) is not there to try it with"
    return "" if done.returncode == 0 else f"real-time scheduling is refused ({done.stderr.strip()}); root may"


def _can_lock_memory() -> str:
    limit = _limit_kib("Max locked memory")
    if os.geteuid() == 0 or limit is None or limit >= 64 * 1024:
        return ""
    return f"this user may lock {limit} KiB, the programs need about 64 MiB; root may, or ulimit -l"


def _limit_kib(name: str) -> int | None:
    found = re.search(rf"^{name}\s+(\d+)", Path("/proc/self/limits").read_text(encoding="ascii"), re.MULTILINE)
    return int(found[1]) // 1024 if found else None


def _can_forbid_idle() -> str:
    if not Path("/dev/cpu_dma_latency").exists():
        return "this kernel has no /dev/cpu_dma_latency"
    return "" if os.access("/dev/cpu_dma_latency", os.W_OK) else "/dev/cpu_dma_latency may not be written; root may"


def _two_processors() -> str:
    return "" if len(os.sched_getaffinity(0)) > 1 else "two ends that spin need two processors, and there is one"


def _first_of(*reasons: Callable[[], str]) -> Callable[[], str]:
    return lambda: next((why for why in (reason() for reason in reasons) if why), "")


def steps(programs: Path) -> list[Step]:
    """For this machine: which processor is whose depends on it."""
    cpus = sorted(os.sched_getaffinity(0))
    client, server = str(cpus[0]), str(cpus[-1])

    def no_wire() -> str:
        done = subprocess.run(
            [str(programs / "lln-echo-wire"), "echo", "ready", "--", "true"], capture_output=True, text=True, check=False
        )
        return "" if done.returncode == 0 else done.stderr.strip().removeprefix("lln-echo-wire: ")

    def no_xdp() -> str:
        done = subprocess.run([str(programs / "lln-echo-server"), "--help"], capture_output=True, text=True, check=False)
        if "--xdp" not in done.stdout:
            return "this lln-echo-server is built without AF_XDP (libbpf, clang and bpftool were not there)"
        return "" if os.geteuid() == 0 else "loading the XDP program that feeds the socket needs root"

    def no_dpdk() -> str:
        server = [str(programs / "lln-echo-server"), "--udp", WIRE_ADDRESS, "--dpdk", "none"]
        done = subprocess.run(server, capture_output=True, text=True, check=False)
        return done.stderr.strip().removeprefix("lln-echo-server: ") if done.returncode == SKIPPED else ""

    def wire(_: Setup) -> Setup:
        server_options = ("--udp", WIRE_ADDRESS, "--cpus", server)
        return Setup("wire", server_options, ("--block", "--cpu", client))

    def busy_poll(setup: Setup) -> Setup:
        return setup.plus(("--busy-poll", "200"), ("--busy-poll", "200"))

    def spin(setup: Setup) -> Setup:
        # The client gives SCHED_FIFO back: on two processors, two real-time threads that never sleep leave nobody else one.
        options = [word for word in setup.client if word != "--block"]
        if "--fifo" in options:
            at = options.index("--fifo")
            del options[at : at + 2]
        return replace(setup.plus(("--back-end", "spin")), client=tuple(options))

    def shared_memory(setup: Setup) -> Setup:
        # The mailbox spins; what the set-up had of processors and priorities goes on.
        client_options = [word for word in setup.client if word != "--block"]
        client_options += ["--server-cpu", server] if "--cpus" in setup.server else []
        if "--fifo" in setup.server:
            client_options += ["--server-fifo", setup.server[setup.server.index("--fifo") + 1]]
        return Setup(SHARED_MEMORY, (), tuple(client_options))

    return [
        Step("out-of-the-box", "TCP on loopback, both sleep", lambda setup: setup),
        Step("unix-socket", "a Unix socket", lambda setup: replace(setup, transport="unix")),
        Step("affinity", "a processor each", lambda s: s.plus(("--cpus", server), ("--cpu", client))),
        Step("fifo", "SCHED_FIFO", lambda s: s.plus(("--fifo", "10"), ("--fifo", "10")), _can_be_real_time),
        Step("locked", "memory locked", lambda s: s.plus(("--lock-memory",), ("--lock",)), _can_lock_memory),
        Step("no-idle", "no idle states", lambda s: s.plus(("--no-idle",)), _can_forbid_idle),
        Step("spin", "both spin", spin, _two_processors),
        Step("shared-memory", "shared memory instead of a socket", shared_memory, _two_processors),
        Step("wire", "UDP on a virtual cable, both sleep", wire, no_wire, fresh=True),
        Step("busy-poll", "SO_BUSY_POLL", busy_poll, no_wire),
        Step("wire-spin", "both spin", lambda s: spin(wire(s)), _first_of(_two_processors, no_wire)),
        Step("af-xdp", "AF_XDP in the server", lambda s: s.plus(("--xdp", "far0")), _first_of(_two_processors, no_wire, no_xdp)),
        Step("dpdk", "DPDK in the server", lambda s: spin(wire(s)).plus(("--dpdk", DPDK_DEVICE)), _first_of(_two_processors, no_wire, no_dpdk)),
    ]
