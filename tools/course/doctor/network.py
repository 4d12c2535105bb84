"""Multicast on loopback and packet timestamps: one real packet each."""

from __future__ import annotations

import array
import ctypes
import fcntl
import os
import select
import socket
import struct

from course.doctor.check import LIMITED, MISSING, NOT_HERE, OK, Finding, Host
from course.multicast_lines import choose_lines

_WAIT_S = 0.5
_SO_TIMESTAMPING = 37
_TX_HARDWARE, _TX_SOFTWARE, _RX_HARDWARE, _RX_SOFTWARE, _SOFTWARE = 1, 2, 4, 8, 16
_MSG_ERRQUEUE = 0x2000
_SIOCETHTOOL, _ETHTOOL_GET_TS_INFO = 0x8946, 0x41


def multicast_on_loopback(_host: Host) -> Finding:
    """Joins a group on lo and sends one datagram to it."""
    try:
        arrived = _multicast_round_trip()
    except OSError as error:
        return Finding(MISSING, f"refused: {error}", "the final project has no feed", "sudo ip link set lo up")
    if not arrived:
        return Finding(
            MISSING,
            f"the datagram did not arrive within {_WAIT_S:g} s",
            "the final project has no feed",
            "sudo nft list ruleset   # a firewall drops it, or the interface is down: sudo ip link set lo up",
        )
    return Finding(OK, "sent and received one datagram", "exchange and handler meet on lo; no network is needed")


def _multicast_round_trip() -> bool:
    group, _, port = choose_lines(1)[0].partition(":")
    loopback = socket.inet_aton("127.0.0.1")
    with _udp() as receiver, _udp() as sender:
        receiver.bind((group, int(port)))
        receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + loopback)
        receiver.settimeout(_WAIT_S)
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, loopback)
        sender.sendto(b"one", (group, int(port)))
        try:
            return receiver.recv(16) == b"one"
        except TimeoutError:
            return False


def software_receive_timestamp(_host: Host) -> Finding:
    """Asks the kernel when a datagram came in."""
    consequence = "latency counts from the kernel's receive stamp"
    try:
        with _udp() as receiver, _udp() as sender:
            receiver.bind(("127.0.0.1", 0))
            receiver.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPING, _RX_SOFTWARE | _SOFTWARE)
            receiver.settimeout(_WAIT_S)
            for _ in range(10):  # the first ones may come unstamped: the kernel switches stamping on asynchronously
                sender.sendto(b"x", receiver.getsockname())
                _, ancillary, _, _ = receiver.recvmsg(16, 512)
                if any(kind == _SO_TIMESTAMPING for _, kind, _ in ancillary):
                    return Finding(OK, "stamped by the kernel", consequence)
                select.select([], [], [], 0.02)
    except OSError as error:
        return Finding(MISSING, f"refused: {error}", "latency counts from the user-space read only", NOT_HERE)
    return Finding(MISSING, "datagrams come unstamped", "latency counts from the user-space read only", NOT_HERE)


def software_transmit_timestamp(_host: Host) -> Finding:
    """Asks the kernel when a datagram went out: the stamp comes back on the error queue."""
    try:
        with _udp() as receiver, _udp() as sender:
            receiver.bind(("127.0.0.1", 0))
            sender.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPING, _TX_SOFTWARE | _SOFTWARE)
            sender.sendto(b"x", receiver.getsockname())
            poll = select.poll()
            poll.register(sender, 0)  # POLLERR is always reported
            if poll.poll(_WAIT_S * 1000):
                _, ancillary, _, _ = sender.recvmsg(256, 512, _MSG_ERRQUEUE)
                if any(kind == _SO_TIMESTAMPING for _, kind, _ in ancillary):
                    return Finding(OK, "came back on the error queue", "the cost of the send path can be seen")
    except OSError as error:
        return Finding(MISSING, f"refused: {error}", "the cost of the send path cannot be seen", NOT_HERE)
    return Finding(MISSING, "no stamp came back", "the cost of the send path cannot be seen", NOT_HERE)


def hardware_timestamps(host: Host) -> Finding:
    """Network cards that stamp packets themselves, and their clocks."""
    able = []
    for interface in host.glob("/sys/class/net/*"):
        answer = _ts_info(interface.name)
        if answer is not None and answer[0] & _RX_HARDWARE:
            able.append(f"{interface.name} (PHC {answer[1]})" if answer[1] >= 0 else f"{interface.name} (no PHC)")
    clocks = [clock for clock in host.glob("/dev/ptp[0-9]*")]
    usable = [clock for clock in clocks if os.access(clock, os.R_OK)]
    found = f"{', '.join(able) or 'no interface stamps'}; {len(clocks)} PTP clock(s)"
    consequence = "without them the time from the wire to the kernel is not seen"
    if able and clocks and not usable:
        fix = "sudo setfacl -m u:$USER:r /dev/ptp0"
        return Finding(LIMITED, found + ", not readable", "stamps cannot be turned into system time", fix)
    if able:
        return Finding(OK, found, "labs with a second machine can measure wire to wire")
    return Finding(MISSING, found, consequence, NOT_HERE)


def _ts_info(name: str) -> tuple[int, int] | None:
    """(so_timestamping flags, index of the PHC) of an interface, by ETHTOOL_GET_TS_INFO."""
    info = ctypes.create_string_buffer(struct.pack("=I", _ETHTOOL_GET_TS_INFO), 44)
    request = array.array("B", struct.pack("16sP16x", name.encode()[:15], ctypes.addressof(info)))
    with _udp() as handle:
        try:
            fcntl.ioctl(handle, _SIOCETHTOOL, request)
        except OSError:
            return None
    _, flags, clock = struct.unpack_from("=IIi", info)
    return flags, clock


def _udp() -> socket.socket:
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
