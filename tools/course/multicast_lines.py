"""Random multicast groups and ports, so that several runs on one machine do not hear each other."""

from __future__ import annotations

import random
import socket

_PORTS = range(20_000, 32_000)  # below the range from which the kernel gives out ephemeral ports
_ATTEMPTS = 200


def choose_lines(count: int = 2, source: random.Random | None = None) -> list[str]:
    """`count` endpoints like 239.193.4.7:24017, all different, each on a port that nobody uses now.

    Raises OSError when no free port is found.
    """
    source = source or random.SystemRandom()
    lines: dict[str, int] = {}
    ports: set[int] = set()
    for _ in range(_ATTEMPTS):
        if len(lines) == count:
            break
        port = source.choice(_PORTS)
        group = f"239.{source.randrange(192, 196)}.{source.randrange(256)}.{source.randrange(1, 255)}"
        if group not in lines and port not in ports and _is_free(port):
            lines[group] = port
            ports.add(port)
    if len(lines) < count:
        raise OSError(f"no free UDP port found between {_PORTS.start} and {_PORTS.stop - 1}")
    return [f"{group}:{port}" for group, port in lines.items()]


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
        return True
