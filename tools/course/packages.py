"""The one list of what the course needs from the system, by the names of Debian 12 and Ubuntu 24.04."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Package:
    """One apt package. `probes` find it where there is no dpkg: programs by name, headers by path below include/."""

    name: str
    why: str
    required: bool
    probes: tuple[str, ...]


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
