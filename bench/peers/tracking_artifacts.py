"""One large artifact through the proxy, up and down, beside a copy of the same file."""

import filecmp
import os
import subprocess
import time

import figures
import machine
import ours
import theirs
import tracking
from setting import MIB

BLOCK = 4 * MIB


def make_file(file, size):
    """Bytes that no server can pack."""
    block = os.urandom(BLOCK)
    with open(file, "wb") as out:
        for number in range(size // BLOCK):
            out.write(number.to_bytes(8, "little") + block[8:])
        out.flush()
        os.fsync(out.fileno())


def spent(command):
    started = time.monotonic()
    subprocess.run([*map(str, command)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - started


def copied(file, to):
    """Seconds of a copy that is on the disk at its end."""
    seconds = spent(["dd", f"if={file}", f"of={to}", f"bs={BLOCK}", "conv=fsync"])
    to.unlink()
    return seconds


def moved(server, file, back):
    """Figures of the file up and down by curl, and the most memory that the server's processes held."""
    info = ours.call(server, "/api/2.0/mlflow/runs/create", {"experiment_id": "0"})["run"]["info"]
    url = f"{server.url}/api/2.0/mlflow-artifacts/artifacts/{info['artifact_uri'].removeprefix('mlflow-artifacts:/').lstrip('/')}/large.bin"
    found = []
    for command in (["curl", "-sSf", "-H", "Content-Type: application/octet-stream", "-T", file, url], ["curl", "-sSf", "-o", back, url]):
        cpu = server.cpu_seconds()
        wall = spent(command)
        found.append(figures.Figure(1e3 * (server.cpu_seconds() - cpu), 1e3 * wall))
    if not filecmp.cmp(file, back, shallow=False):
        raise SystemExit(f"{server.name}: the file that came back is another one")
    back.unlink()
    return found, machine.peak_mib(server.pid)


def of_gib(figure, size):
    return figures.Figure(figure.cpu_ms * 1024 * MIB / size, figure.wall_ms * 1024 * MIB / size)


def rows(_driver, folder, setting):
    sizes, found = setting.sizes, {}
    file, back = folder / "large.bin", folder / "back.bin"
    for make, size in ((ours.server, sizes.artifact), (theirs.mlflow, sizes.their_artifact)):
        make_file(file, size)
        copy_seconds = copied(file, folder / "copy.bin")
        with tracking.one(make, folder / make.__name__, setting.kind) as server:
            (up, down), memory = moved(server, file, back)
        found[make] = (of_gib(up, size), of_gib(down, size), memory, 1e5 * copy_seconds / up.wall_ms, 1e5 * copy_seconds / down.wall_ms)
    here, there = found[ours.server], found[theirs.mlflow]
    gib = f"{sizes.artifact / (1024 * MIB):g} GiB"
    limit = "hashing, the kernel's copies between socket and file, fsync"
    return [figures.Row(f"artifact of {gib} up, a GiB", setting.peer, here[0], there[0], None, limit),
            figures.Row(f"artifact of {gib} down, a GiB", setting.peer, here[1], there[1], None, limit),
            figures.Fact(f"artifact of {gib} up, of the speed of a copy to the disk", "%", here[3], there[3], setting.peer, at_least=60),
            figures.Fact(f"artifact of {gib} down, of the speed of a copy to the disk", "%", here[4], there[4], setting.peer, at_least=60),
            figures.Fact("most memory of the server meanwhile (peak RSS)", "MiB", here[2], there[2], setting.peer, at_most=128)]
