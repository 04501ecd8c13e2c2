"""How long a build takes: all of the binary from nothing, without a compiler cache, and again after one file has changed."""

import os
import subprocess
import tempfile
import time

import figures
import places

CHANGED = "src/tracking/runs.cc"  # a file of a domain, with all above it to be linked again


def timed(command, **environment):
    started, before = time.monotonic(), os.times()
    subprocess.run(command, cwd=places.ROOT, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **environment})
    after = os.times()
    return time.monotonic() - started, after.children_user + after.children_system - before.children_user - before.children_system


def facts(_driver, _folder):
    with tempfile.TemporaryDirectory(prefix="build-", dir=places.ROOT / "build") as folder:
        subprocess.run(["cmake", "--preset", "release", "-B", folder], cwd=places.ROOT, check=True, stdout=subprocess.DEVNULL)
        build = ["nice", "ninja", "-C", folder, "gyre"]
        clean_wall, clean_cpu = timed(build, CCACHE_DISABLE="1")
        os.utime(places.ROOT / CHANGED)
        again_wall, again_cpu = timed(build, CCACHE_DISABLE="1")
    remark = "On two cores that nothing else uses; CPU beside it tells how busy they were."
    return [
        figures.Fact("clean build, wall", "s", clean_wall, at_most=480, remark=remark),
        figures.Fact("clean build, CPU", "s", clean_cpu),
        figures.Fact(f"build after a change of {CHANGED}, wall", "s", again_wall),
        figures.Fact(f"build after a change of {CHANGED}, CPU", "s", again_cpu),
    ]
