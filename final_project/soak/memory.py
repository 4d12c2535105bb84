"""Resident memory of processes, sampled while they run, and whether it grows."""

import os
import statistics
import threading
import time

MIB = 1 << 20
PAGE = os.sysconf("SC_PAGE_SIZE")


def resident_mib(pid):
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1]) * PAGE / MIB
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return None


class Samples:
    """One process: (seconds since the start, MiB), every `interval` seconds until close()."""

    def __init__(self, pid, interval):
        self.points = []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(pid, interval), daemon=True)
        self.thread.start()

    def _run(self, pid, interval):
        start = time.monotonic()
        while not self.stop.is_set():
            mib = resident_mib(pid)
            if mib:
                self.points.append((time.monotonic() - start, mib))
            self.stop.wait(interval)

    def close(self):
        self.stop.set()
        self.thread.join()
        while self.points and self.points[-1][1] < self.points[0][1] / 2:  # caught while it was ending
            self.points.pop()

    @property
    def mib(self):
        return [mib for _, mib in self.points]

    def growth_mib(self):
        """From the third quarter of the time to the fourth, median to median; None: too few samples to say."""
        quarter = len(self.points) // 4
        if quarter < 5:
            return None
        third, fourth = self.mib[2 * quarter : 3 * quarter], self.mib[3 * quarter :]
        return statistics.median(fourth) - statistics.median(third)
