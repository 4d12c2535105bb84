"""Kernel features that later labs use. Each is tried where that is harmless."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import shutil
import socket
import struct
import subprocess

from course.doctor.check import LIMITED, MISSING, NOT_HERE, OK, Finding, Host

_AF_XDP = 44
_CAP_SYS_ADMIN, _CAP_BPF = 21, 39
_IO_URING_SETUP = 425  # the same number on every architecture
_PERF_EVENT_OPEN = {"x86_64": 298, "aarch64": 241}
_libc = ctypes.CDLL(None, use_errno=True)


def user_namespaces(host: Host) -> Finding:
    """Whether a plain user may have a network of his own."""
    consequence = "network labs make a second host without root"
    program = shutil.which("unshare")
    if not program:
        return Finding(MISSING, "the program unshare is missing", "labs need root", "sudo apt-get install util-linux")
    try:
        done = subprocess.run(
            [program, "-Urn", "true"], capture_output=True, text=True, timeout=3, stdin=subprocess.DEVNULL, check=False
        )
        if done.returncode == 0:
            return Finding(OK, "unshare -Urn works", consequence)
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    except subprocess.TimeoutExpired:
        said = "it did not end within 3 s"
    if host.integer("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1:
        fix = "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
    elif host.integer("/proc/sys/kernel/unprivileged_userns_clone") == 0:
        fix = "sudo sysctl -w kernel.unprivileged_userns_clone=1"
    else:
        fix = "sudo sysctl -w user.max_user_namespaces=10000   # in a container: start it with --privileged"
    return Finding(MISSING, f"unshare -Urn fails: {said}", "labs with a second host need root", fix)


def bpf(host: Host) -> Finding:
    """BPF with type information of the kernel (CO-RE)."""
    if not host.exists("/sys/kernel/btf/vmlinux"):
        return Finding(MISSING, "no /sys/kernel/btf/vmlinux", "BPF labs are skipped", "boot a distribution's kernel")
    if host.has_capability(_CAP_BPF) or host.has_capability(_CAP_SYS_ADMIN):
        return Finding(OK, "BTF present, CAP_BPF held", "BPF labs run")
    return Finding(LIMITED, "BTF present, no CAP_BPF", "BPF labs need root", "run those labs with sudo")


def performance_counters(host: Host) -> Finding:
    """Tries to open a counter of CPU cycles."""
    error = _open_cycle_counter()
    if error == 0:
        return Finding(OK, "cycle counter opened", "perf stat shows cycles, instructions and cache misses")
    consequence = "no cycles or cache misses: labs count instructions with callgrind instead"
    if error in (errno.EACCES, errno.EPERM):
        level = host.read("/proc/sys/kernel/perf_event_paranoid")
        fix = "sudo sysctl -w kernel.perf_event_paranoid=1"
        return Finding(LIMITED, f"refused (perf_event_paranoid {level})", consequence, fix)
    return Finding(MISSING, f"no hardware counters ({os.strerror(error)})", consequence, NOT_HERE)


def _open_cycle_counter() -> int:
    number = _PERF_EVENT_OPEN.get(platform.machine())
    if number is None:
        return errno.ENOSYS
    exclude_kernel_and_hypervisor = 0b11 << 5
    attributes = struct.pack("=IIQQQQQ", 0, 128, 0, 0, 0, 0, exclude_kernel_and_hypervisor).ljust(128, b"\0")
    return _try_syscall(number, attributes, 0, -1, -1, 0)


def io_uring(host: Host) -> Finding:
    """Tries to make a ring."""
    error = _try_syscall(_IO_URING_SETUP, 1, ctypes.create_string_buffer(120))
    if error == 0:
        return Finding(OK, "ring made", "io_uring labs run")
    if error == errno.EPERM:
        level = host.read("/proc/sys/kernel/io_uring_disabled") or "by a seccomp filter"
        fix = "sudo sysctl -w kernel.io_uring_disabled=0"
        return Finding(MISSING, f"forbidden (io_uring_disabled {level})", "io_uring labs are skipped", fix)
    return Finding(MISSING, os.strerror(error), "io_uring labs are skipped", NOT_HERE)


def af_xdp(_host: Host) -> Finding:
    """Tries to make an AF_XDP socket."""
    try:
        socket.socket(_AF_XDP, socket.SOCK_RAW).close()
    except PermissionError:
        consequence = "AF_XDP labs need root"
        return Finding(LIMITED, "known, needs CAP_NET_RAW", consequence, "run those labs with sudo")
    except OSError as error:
        return Finding(MISSING, str(error), "AF_XDP labs are skipped", NOT_HERE)
    return Finding(OK, "socket made", "AF_XDP labs run; zero copy depends on the network card")


def _try_syscall(number: int, *arguments: object) -> int:
    """0 when the call gave a descriptor (closed again), else errno."""
    converted = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
    descriptor = _libc.syscall(ctypes.c_long(number), *converted)
    if descriptor < 0:
        return ctypes.get_errno()
    os.close(descriptor)
    return 0
