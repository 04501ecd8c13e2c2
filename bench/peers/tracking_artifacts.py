"""One large artifact through the proxy, up and down, beside a copy of the same file."""

import filecmp
import os
import subprocess
import time
from http import client

import figures
import machine
import ours
import theirs
import tracking
from setting import MIB

BLOCK = 4 * MIB
PLACE = "/api/2.0/mlflow-artifacts"
MOST_RESUMED = 1024 * MIB


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


def cut_and_resumed(server, file):
    """Seconds of an upload that is cut in its middle and goes on from where the server stands, and how much of it was sent twice."""
    size = file.stat().st_size
    begun = http(server, "PUT", f"{PLACE}/artifacts/0/bench/artifacts/resumed.bin", **{"Upload-Complete": "?0", "Upload-Length": size})
    place = begun["Location"]
    command = ["curl", "-sS", "-o", os.devnull, "-H", "Content-Type: application/partial-upload", "-H", "Upload-Complete: ?1", "-H", "Expect:", "-X", "PATCH"]
    started = time.monotonic()
    sender = subprocess.Popen([*command, "-H", "Upload-Offset: 0", "-T", str(file), server.url + place], stderr=subprocess.DEVNULL)
    while sender.poll() is None and sent_by(sender.pid) < size // 2:
        time.sleep(0.001)
    read = sent_by(sender.pid)
    sender.kill()
    sender.wait()
    offset = stands_at(server, place)
    spent([*command, "-f", "-H", f"Upload-Offset: {offset}", "-C", str(offset), "-T", file, server.url + place])
    seconds = time.monotonic() - started
    if http(server, "HEAD", place)["Upload-Complete"] != "?1":
        raise SystemExit("the upload is not complete after it was resumed")
    return seconds, max(read - offset, 0) / MIB


def http(server, method, path, **headers):
    connection = client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request(method, path, None, {name: str(value) for name, value in headers.items()})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.headers


def sent_by(pid):
    """What a process has read of its file so far; it sends what it reads."""
    try:
        with open(f"/proc/{pid}/io") as io:
            return int(next(line for line in io if line.startswith("rchar")).split()[1])
    except OSError:
        return 0


def stands_at(server, place):
    """The server notices at once that a sender has gone, and syncs what came: then its offset moves no more."""
    offset = -1
    while (now := int(http(server, "HEAD", place)["Upload-Offset"])) != offset or now == 0:
        offset = now
        time.sleep(0.5)
    return offset


def resumed(folder, size, kind):
    """A fact or two of ours alone."""
    file = folder / "resumed.bin"
    make_file(file, size)
    copy_seconds = copied(file, folder / "copy.bin")
    with tracking.one(ours.server, folder / "resumed", kind) as server:
        seconds, again_mib = cut_and_resumed(server, file)
        memory = machine.peak_mib(server.pid)
    file.unlink()
    return 100 * copy_seconds / seconds, again_mib, memory


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
    part = min(sizes.artifact, MOST_RESUMED)
    file.unlink()
    share, again_mib, resumed_memory = resumed(folder, part, setting.kind)
    cut = f"artifact of {part / (1024 * MIB):g} GiB that is cut in its middle and resumed"
    return [figures.Row(f"artifact of {gib} up, a GiB", setting.peer, here[0], there[0], None, limit),
            figures.Row(f"artifact of {gib} down, a GiB", setting.peer, here[1], there[1], None, limit),
            figures.Fact(f"artifact of {gib} up, of the speed of a copy to the disk", "%", here[3], there[3], setting.peer, at_least=60),
            figures.Fact(f"artifact of {gib} down, of the speed of a copy to the disk", "%", here[4], there[4], setting.peer, at_least=60),
            figures.Fact("most memory of the server meanwhile (peak RSS)", "MiB", here[2], there[2], setting.peer, at_most=128),
            figures.Fact(f"{cut}, of the speed of a copy to the disk", "%", share, remark="with half a second to be sure of the offset"),
            figures.Fact(f"{cut}: sent twice", "MiB", again_mib),
            figures.Fact(f"{cut}: most memory of the server (peak RSS)", "MiB", resumed_memory, at_most=128)]
