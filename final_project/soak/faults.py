"""What goes wrong around the two programs: a re-request server that dies, wall clocks that step, outages of lines."""

import mmap
import os
import select
import socket
import struct
import threading
import time

MS = 1_000_000


class RerequestRelay:
    """Stands between handler and re-request server, on a port that stays when the exchange is replaced.

    Modes: `works`; `dead`: the port is closed, requests are refused; `silent`: requests vanish; `late`: replies come
    100 ms late; `cut`: replies lose their second half.
    """

    FAULTS = ["dead", "silent", "late", "cut"]

    def __init__(self):
        self.mode = "works"
        self.requests = self.replies = 0
        self.target = None
        self.client = None
        self.waiting = []  # (when due, reply)
        self.upstream = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.upstream.bind(("127.0.0.1", 0))
        self.server = None
        self.port = 0
        self._open()
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def follow(self, address):
        """Of the server that answers from now on."""
        host, port = address.rsplit(":", 1)
        self.target = (host, int(port))

    def close(self):
        self.stop.set()
        self.thread.join()
        self.upstream.close()
        if self.server:
            self.server.close()

    def _open(self):
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            server.bind(("127.0.0.1", self.port))
        except OSError:  # somebody has taken the port meanwhile: still dead, tried again soon
            server.close()
            return
        self.server = server
        self.port = server.getsockname()[1]

    def _run(self):
        while not self.stop.is_set():
            if self.mode == "dead" and self.server:
                self.server.close()
                self.server = None
            elif self.mode != "dead" and not self.server:
                self._open()
            readable, _, _ = select.select([s for s in (self.server, self.upstream) if s], [], [], 0.01)
            try:
                if self.server in readable:
                    self._request(*self.server.recvfrom(2048))
                if self.upstream in readable:
                    self._reply(self.upstream.recv(65536))
                self._send_late_ones()
            except OSError:  # the exchange is gone, or the handler: as a network would have it
                pass

    def _request(self, request, client):
        self.client = client
        self.requests += 1
        if self.mode != "silent" and self.target:
            self.upstream.sendto(request, self.target)

    def _reply(self, reply):
        if self.mode == "cut":
            reply = reply[: len(reply) // 2]
        self.waiting.append((time.monotonic() + (0.1 if self.mode == "late" else 0), reply))

    def _send_late_ones(self):
        now = time.monotonic()
        while self.waiting and self.waiting[0][0] <= now and self.server and self.client:
            self.server.sendto(self.waiting.pop(0)[1], self.client)
            self.replies += 1


class SteppedClock:
    """The wall clock of the processes that are started with `environment`."""

    def __init__(self, library, path):
        with open(path, "wb") as file:
            file.write(bytes(8))
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 8)
        self.environment = {**os.environ, "LD_PRELOAD": library, "LLN_CLOCK_OFFSET": path}

    def step_to(self, offset_ns):
        self.memory[:8] = struct.pack("=q", offset_ns)

    def close(self):
        self.memory.close()


class Faults:
    """Breaks one thing after the other, by a generator, until it is closed; counts what it did."""

    CLOCK_STEPS_NS = [1 * MS, -1 * MS, 50 * MS, -50 * MS, 1000 * MS, -1000 * MS, 3_600_000 * MS, -3_600_000 * MS]

    def __init__(self, random, relay, clocks, pause):
        self.random, self.relay, self.clocks, self.pause = random, relay, clocks, pause
        self.counts = {f"rerequest_{mode}": 0 for mode in RerequestRelay.FAULTS} | {"clock_steps": 0}
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def close(self):
        self.stop.set()
        self.thread.join()
        self.relay.mode = "works"

    def _run(self):
        while not self.stop.wait(self.pause * self.random.uniform(0.5, 1.5)):
            if self.random.random() < 0.5:
                self.random.choice(self.clocks).step_to(self.random.choice(self.CLOCK_STEPS_NS))
                self.counts["clock_steps"] += 1
            else:
                mode = self.random.choice(RerequestRelay.FAULTS)
                self.counts[f"rerequest_{mode}"] += 1
                self.relay.mode = mode
                self.stop.wait(self.pause * self.random.uniform(0.2, 1))
                self.relay.mode = "works"


def outages(random, seconds, longest_ms=1500):
    """Options for lln-exchange: each line now and then, and both at once one time in five."""
    options = []
    at = 500
    count = 0
    while at < seconds * 1000:
        length = round(min(longest_ms, seconds * 100) * random.random() ** 2) + 1
        lines = random.choice([["a"], ["b"], ["a"], ["b"], ["a", "b"]])
        for line in lines:
            options += [f"--outage-{line}", f"{at}:{length}"]
        count += 1
        at += length + random.randrange(500, 3000)
    return options, count
