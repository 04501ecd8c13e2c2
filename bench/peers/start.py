"""From starting a server to its first answer, and what it holds when nobody asks."""

import time

import figures
import machine
import ours
import theirs

IDLE_SECONDS = 10


def observe(server):
    with server:
        time.sleep(IDLE_SECONDS)
        return server.ready_wall, server.ready_cpu, machine.memory(server.pid)


def facts(_driver, folder):
    wall, cpu, memory = observe(ours.server(folder, "gyre-idle"))
    their_wall, their_cpu, their_memory = observe(theirs.mlflow(folder))
    peer = "mlflow server, one worker"
    return [
        figures.Fact("start to /ready, empty folder", "ms", 1e3 * wall, 1e3 * their_wall, peer, 100),
        figures.Fact("CPU spent by then", "ms", 1e3 * cpu, 1e3 * their_cpu, peer),
        figures.Fact(f"memory idle, {IDLE_SECONDS} s later (PSS)", "MiB", memory.pss_mib, their_memory.pss_mib, peer, 64),
        figures.Fact(f"memory idle, {IDLE_SECONDS} s later (RSS)", "MiB", memory.rss_mib, their_memory.rss_mib, peer),
        figures.Fact("processes", "", memory.processes, their_memory.processes, peer),
    ]
