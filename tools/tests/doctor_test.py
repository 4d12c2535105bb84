"""The checks of ./course doctor: on a fake /proc and /sys, and once for real."""

from __future__ import annotations

import argparse
import contextlib
import errno
import json
import io
import resource
import time
import unittest
from unittest import mock

from course.doctor import command, kernel, limits, network, processor
from course.doctor.check import LIMITED, MISSING, OK, Finding, Host
from support import FakeMachine

STATES = (OK, LIMITED, MISSING)


class FakeFiles(FakeMachine):
    """A fake root, and checks on it."""

    def setUp(self) -> None:
        super().setUp()
        self.host = Host(self.directory / "root")

    def file(self, path: str, text: str) -> None:
        target = self.host.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text + "\n")

    def expect(self, finding: Finding, state: str, *texts: str) -> None:
        self.assertEqual(finding.state, state, finding)
        self.assertTrue(finding.found and finding.consequence and finding.fix, finding)
        for text in texts:
            self.assertIn(text, " ".join((finding.found, finding.consequence, finding.fix)))


class Processor(FakeFiles):
    def cpus(self, count: int, threads_per_core: int = 1, flags: str = "") -> None:
        self.file("/sys/devices/system/cpu/online", f"0-{count - 1}" if count > 1 else "0")
        for cpu in range(count):
            first = cpu - cpu % threads_per_core
            siblings = f"{first}-{first + threads_per_core - 1}" if threads_per_core > 1 else str(cpu)
            self.file(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list", siblings)
        self.file("/proc/cpuinfo", f"processor : 0\nflags\t\t: fpu {flags}\n\nprocessor : 1\nflags : other")

    def test_cores(self) -> None:
        self.cpus(8, threads_per_core=2)
        self.expect(processor.cores(self.host), OK, "8 CPU(s) on 4 physical core(s)")
        self.cpus(2, flags="hypervisor")
        self.expect(processor.cores(self.host), LIMITED, "2 CPU(s)", "virtual machine")
        self.cpus(1)
        self.expect(processor.cores(self.host), MISSING, "1 CPU(s)", "not on this hardware")

    def test_affinity(self) -> None:
        self.cpus(4)
        self.expect(processor.affinity(self.host, {0, 1, 2, 3}), OK)
        self.expect(processor.affinity(self.host, {1, 3}), LIMITED, "2 of 4", "1,3", "taskset -pc 0-3")

    def test_tsc(self) -> None:
        self.cpus(2, flags="constant_tsc nonstop_tsc")
        self.expect(processor.tsc(self.host, "x86_64"), OK)
        self.cpus(2, flags="constant_tsc")
        self.expect(processor.tsc(self.host, "x86_64"), LIMITED, "nonstop_tsc absent")
        self.expect(processor.tsc(self.host, "aarch64"), OK, "cntvct_el0")

    def test_clocksource(self) -> None:
        base = "/sys/devices/system/clocksource/clocksource0/"
        self.expect(processor.clocksource(self.host), LIMITED, "unknown")
        self.file(base + "available_clocksource", "tsc hpet acpi_pm")
        self.file(base + "current_clocksource", "hpet")
        self.expect(processor.clocksource(self.host), LIMITED, f"echo tsc | sudo tee {base}current_clocksource")
        self.file(base + "available_clocksource", "hpet acpi_pm")
        self.expect(processor.clocksource(self.host), LIMITED, "not on this hardware")
        self.file(base + "current_clocksource", "tsc")
        self.expect(processor.clocksource(self.host), OK)

    def test_governor(self) -> None:
        self.expect(processor.governor(self.host), LIMITED, "no cpufreq")
        for cpu in (0, 1):
            self.file(f"/sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_governor", "performance")
        self.expect(processor.governor(self.host), OK)
        self.file("/sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "powersave")
        self.expect(processor.governor(self.host), LIMITED, "performance, powersave", "echo performance")

    def test_hypervisor(self) -> None:
        self.file("/proc/stat", "cpu  50 0 40 900 7 0 0 10 0 0\ncpu0 1 2 3")
        self.cpus(2, flags="hypervisor")
        self.expect(processor.hypervisor(self.host), LIMITED, "10.0 % of the busy time")
        self.cpus(2)
        self.file("/proc/stat", "cpu  50 0 40 900 7 0 0 0 0 0")
        self.expect(processor.hypervisor(self.host), OK, "none seen")


class Limits(FakeFiles):
    def test_locked_memory(self) -> None:
        self.file("/proc/self/status", "Name:\tx\nCapEff:\t0000000000000000")
        self.expect(limits.locked_memory(self.host, 8 << 20), LIMITED, "8 MiB", "memlock unlimited")
        self.expect(limits.locked_memory(self.host, resource.RLIM_INFINITY), OK)
        self.file("/proc/self/status", "CapEff:\t0000000000004000")
        self.expect(limits.locked_memory(self.host, 8 << 20), OK, "CAP_IPC_LOCK")

    def test_huge_pages(self) -> None:
        base = "/sys/kernel/mm/hugepages/hugepages-2048kB/"
        self.expect(limits.huge_pages(self.host), MISSING)
        self.file(base + "nr_hugepages", "0")
        self.expect(limits.huge_pages(self.host), LIMITED, f"| sudo tee {base}nr_hugepages")
        self.file(base + "nr_hugepages", "64")
        self.file(base + "free_hugepages", "60")
        self.expect(limits.huge_pages(self.host), OK, "64 pages of 2 MiB, 60 free")

    def test_transparent_huge_pages(self) -> None:
        path = "/sys/kernel/mm/transparent_hugepage/enabled"
        self.expect(limits.transparent_huge_pages(self.host), MISSING)
        for text, state in (("always [madvise] never", OK), ("[always] madvise never", LIMITED)):
            self.file(path, text)
            self.expect(limits.transparent_huge_pages(self.host), state)
        self.file(path, "always madvise [never]")
        self.expect(limits.transparent_huge_pages(self.host), LIMITED, "echo madvise")

    def test_socket_buffers(self) -> None:
        self.expect(limits.socket_buffers(self.host), LIMITED, "not visible")
        self.file("/proc/sys/net/core/rmem_max", "212992")
        self.file("/proc/sys/net/core/wmem_max", "212992")
        self.expect(limits.socket_buffers(self.host), LIMITED, "sysctl -w net.core.rmem_max=8388608")
        self.file("/proc/sys/net/core/rmem_max", str(4 << 20))
        self.expect(limits.socket_buffers(self.host), OK, "receive 4 MiB")

    def test_realtime(self) -> None:
        for error, state in ((0, OK), (errno.EPERM, LIMITED)):
            with mock.patch.object(limits, "_try_fifo", return_value=error):
                self.expect(limits.realtime(self.host), state)


class Kernel(FakeFiles):
    def test_user_namespaces(self) -> None:
        self.expect(kernel.user_namespaces(self.host), MISSING, "util-linux")
        self.script("unshare", '[ "$*" = "-Urn true" ]')
        self.expect(kernel.user_namespaces(self.host), OK)
        self.script("unshare", "echo 'unshare failed: Operation not permitted' >&2; exit 1")
        self.file("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1")
        self.expect(kernel.user_namespaces(self.host), MISSING, "not permitted", "apparmor_restrict_unprivileged_userns=0")
        self.script("unshare", "exec sleep 60")
        self.expect(kernel.user_namespaces(self.host), MISSING, "did not end within 3 s")

    def test_bpf(self) -> None:
        self.expect(kernel.bpf(self.host), MISSING)
        self.file("/sys/kernel/btf/vmlinux", "")
        self.expect(kernel.bpf(self.host), LIMITED, "sudo")
        self.file("/proc/self/status", "CapEff:\t0000008000000000")
        self.expect(kernel.bpf(self.host), OK)

    def test_performance_counters(self) -> None:
        self.file("/proc/sys/kernel/perf_event_paranoid", "4")
        for error, state in ((0, OK), (errno.EACCES, LIMITED), (errno.ENOENT, MISSING)):
            with mock.patch.object(kernel, "_open_cycle_counter", return_value=error):
                self.expect(kernel.performance_counters(self.host), state, "4" if error == errno.EACCES else "")

    def test_io_uring(self) -> None:
        for error, state in ((0, OK), (errno.EPERM, MISSING), (errno.ENOSYS, MISSING)):
            with mock.patch.object(kernel, "_try_syscall", return_value=error):
                self.expect(kernel.io_uring(self.host), state)

    def test_af_xdp(self) -> None:
        for error, state in ((PermissionError(), LIMITED), (OSError(errno.EAFNOSUPPORT, "no"), MISSING)):
            with mock.patch("socket.socket", side_effect=error):
                self.expect(kernel.af_xdp(self.host), state)


class Network(FakeFiles):
    def test_multicast(self) -> None:
        with mock.patch.object(network, "_multicast_round_trip", return_value=False):
            self.expect(network.multicast_on_loopback(self.host), MISSING, "did not arrive")
        with mock.patch.object(network, "_multicast_round_trip", side_effect=OSError(errno.ENODEV, "No such device")):
            self.expect(network.multicast_on_loopback(self.host), MISSING, "No such device", "ip link set lo up")

    def test_timestamps_refused(self) -> None:
        with mock.patch("socket.socket", side_effect=PermissionError(errno.EPERM, "forbidden")):
            self.expect(network.software_receive_timestamp(self.host), MISSING, "forbidden")
            self.expect(network.software_transmit_timestamp(self.host), MISSING, "forbidden")

    def test_hardware_timestamps(self) -> None:
        self.expect(network.hardware_timestamps(self.host), MISSING, "no interface stamps")
        (self.host.root / "sys/class/net/eth7").mkdir(parents=True)
        with mock.patch.object(network, "_ts_info", return_value=(0x1A, -1)):  # software only
            self.expect(network.hardware_timestamps(self.host), MISSING)
        with mock.patch.object(network, "_ts_info", return_value=(0x5F, 0)):
            self.file("/dev/ptp0", "")
            self.expect(network.hardware_timestamps(self.host), OK, "eth7 (PHC 0)", "1 PTP clock(s)")
            with mock.patch("os.access", return_value=False):
                self.expect(network.hardware_timestamps(self.host), LIMITED, "setfacl")


class Command(FakeFiles):
    def test_a_check_that_hangs_or_breaks_is_a_finding(self) -> None:
        with mock.patch.object(command, "_LIMIT_S", 0.1):
            started = time.monotonic()
            self.expect(command.run_check(lambda _host: time.sleep(60), self.host), MISSING, "no answer")
            self.assertLess(time.monotonic() - started, 30)
        self.expect(command.run_check(lambda _host: 1 // 0, self.host), MISSING, "ZeroDivisionError")

    def test_every_check_survives_an_empty_machine(self) -> None:
        for name, check in command.CHECKS:
            with self.subTest(name):
                finding = command.run_check(check, self.host)
                self.assertNotIn("check itself failed", finding.found)

    def test_for_real(self) -> None:
        code, output = self.course("doctor", "--json")
        self.assertEqual(code, 0, output)
        findings = json.loads(output)
        self.assertEqual(len(findings), 20)
        for finding in findings:
            self.assertIn(finding["state"], STATES)
            self.assertNotIn("check itself failed", finding["found"], finding)

    def output(self, as_json: bool) -> str:
        findings = (
            ("one", lambda _host: Finding(OK, "found it", "all is well")),
            ("two", lambda _host: Finding(LIMITED, "half of it", "slower", "sudo more")),
            ("three", lambda _host: Finding(MISSING, "no trace", "skipped", "not on this hardware")),
        )
        said = io.StringIO()
        with mock.patch.object(command, "CHECKS", findings), contextlib.redirect_stdout(said):
            self.assertEqual(command.run(argparse.Namespace(json=as_json)), 0)
        return said.getvalue()

    def test_text(self) -> None:
        lines = [line.split() for line in self.output(as_json=False).splitlines()]
        self.assertEqual(lines[0], "ok one found it: all is well".split())
        self.assertEqual(lines[1:4], ["limited two half of it".split(), ["slower"], "fix: sudo more".split()])
        self.assertEqual(lines[4:7], ["missing three no trace".split(), ["skipped"], "not on this hardware".split()])
        self.assertEqual(lines[-1][:6], "1 ok, 1 limited, 1 missing;".split())

    def test_json(self) -> None:
        findings = json.loads(self.output(as_json=True))
        self.assertEqual([finding["name"] for finding in findings], ["one", "two", "three"])
        self.assertEqual(findings[1]["fix"], "sudo more")


if __name__ == "__main__":
    unittest.main()
