"""The one list of what the course needs from the system, by the names of Debian 12 and Ubuntu 24.04."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Package:
    """One apt package. `probes` find it where there is no dpkg: programs by name, headers by path below include/."""

    name: str
    why: str
    required: bool
    probes: tuple[str, ...]


def bpftool_packages(os_release: str) -> tuple[Package, ...]:
    """Debian has a package bpftool. Ubuntu's comes with the kernel's tools: a launcher in one package, the program in
    another; `bpftool` is a virtual name there, and asking apt for it would refuse all the others with it."""
    why = "makes headers of BPF programs: lln-whodunit, XDP"
    if "ID=ubuntu" in os_release.splitlines():
        return tuple(Package(name, why, False, ("bpftool",)) for name in ("linux-tools-common", "linux-tools-generic"))
    return (Package("bpftool", why, False, ("bpftool",)),)


def _os_release() -> str:
    try:
        return Path("/etc/os-release").read_text(encoding="utf-8")
    except OSError:
        return ""


PACKAGES = (
    Package("cmake", "configures the build", True, ("cmake",)),
    Package("ninja-build", "runs the build", True, ("ninja",)),
    Package("g++", "compiles C++20", True, ("g++",)),
    Package("libgtest-dev", "unit tests", True, ("gtest/gtest.h",)),
    Package("zlib1g-dev", "reads market data files that end in .gz", True, ("zlib.h",)),
    Package("nlohmann-json3-dev", "result files", True, ("nlohmann/json.hpp",)),
    Package("libcli11-dev", "command lines of the programs", True, ("CLI/CLI.hpp",)),
    Package("gnuplot-nox", "plots in the HTML report", False, ("gnuplot",)),
    Package("valgrind", "counts the instructions of some exercises", False, ("valgrind",)),
    Package("libbenchmark-dev", "benches", False, ("benchmark/benchmark.h",)),
    Package("libboost-dev", "peers that are measured beside our code", False, ("boost/version.hpp",)),
    Package("libreaderwriterqueue-dev", "a peer of our rings", False, ("readerwriterqueue/readerwriterqueue.h",)),
    Package("libconcurrentqueue-dev", "a peer of our queues", False, ("concurrentqueue/concurrentqueue.h",)),
    Package("pkgconf", "finds libbpf", False, ("pkg-config",)),
    Package("libbpf-dev", "BPF programs: lln-whodunit, XDP", False, ("bpf/libbpf.h",)),
    Package("clang", "compiles BPF programs", False, ("clang",)),
    *bpftool_packages(_os_release()),
    Package("liburing-dev", "io_uring in module 05 and in the echo server", False, ("liburing.h",)),
    Package("iproute2", "makes the virtual cables of tests and labs (ip, tc)", False, ("ip",)),
    Package("ethtool", "switches a virtual cable's offloads in tests and labs", False, ("ethtool",)),
    Package("sockperf", "a peer of our round trips", False, ("sockperf",)),
    Package("iperf3", "a peer of our packet rates", False, ("iperf3",)),
)

# Only for ./course test --preset NAME.
PRESET_PACKAGES = {
    "gcc-12": (Package("g++-12", "the compiler of this preset", True, ("g++-12",)),),
    "clang-16": (
        Package("clang-16", "the compiler of this preset", True, ("clang++-16",)),
        Package("libclang-rt-16-dev", "sanitizers and libFuzzer for clang 16", True, ("/usr/lib/llvm-16/lib/clang",)),
        Package("clang-format-16", "checks the layout of the code", False, ("clang-format-16",)),
        Package("clang-tidy-16", "static checks", False, ("clang-tidy-16",)),
    ),
}


def packages_for(preset: str) -> tuple[Package, ...]:
    """What one preset needs."""
    return PACKAGES + PRESET_PACKAGES.get(preset, ())
