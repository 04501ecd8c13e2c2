"""What processes cost: CPU time and memory of a whole process tree, read from /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid):
    """The process and all that descend from it."""
    found = [pid]
    for process in found:
        try:
            for task in os.listdir(f"/proc/{process}/task"):
                found += map(int, Path(f"/proc/{process}/task/{task}/children").read_text().split())
        except OSError:
            continue  # it has just ended
    return found


def cpu_seconds(pid):
    """User and system time of the tree, children that have ended and were waited for included."""
    total = 0
    for process in tree(pid):
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))
    return total / TICKS


@dataclass
class Memory:
    processes: int
    rss_mib: float
    pss_mib: float


def memory(pid):
    rss = pss = 0
    processes = tree(pid)
    for process in processes:
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        kib = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:]}
        rss += kib["Rss"]
        pss += kib["Pss"]
    return Memory(len(processes), rss / 1024, pss / 1024)


def peak_mib(pid):
    """The most that its processes ever held, one by one."""
    peak = 0
    for process in tree(pid):
        try:
            lines = Path(f"/proc/{process}/status").read_text().splitlines()
        except OSError:
            continue
        peak += sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    return peak / 1024


def load_average():
    return os.getloadavg()[0]
