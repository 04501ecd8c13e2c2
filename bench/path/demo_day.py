"""usage: demo_day.py GYRE [--json]: what a virtual day of the small demo takes, trainings included."""

import datetime
import json
import os
import subprocess
import sys
import tempfile
import time

FIRST, LAST = datetime.date(2001, 3, 5), datetime.date(2001, 4, 22)  # days with traffic


def main():
    with tempfile.TemporaryDirectory(prefix="gyre-bench-") as folder:
        command = [sys.argv[1], "demo", "flights", "--small", "--exit", "--data-dir", f"{folder}/data", "--listen", "127.0.0.1:0", "--json"]
        started = time.monotonic()
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as demo:
            summary = json.loads(demo.stdout.read() or b"{}")
            _, status, usage = os.wait4(demo.pid, 0)
            demo.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - started
    if demo.returncode not in (0, 6):  # 6: the loop did not close, which is not what is measured here
        raise SystemExit(f"the small demo ended with {demo.returncode}")
    days = (LAST - FIRST).days + 1
    figures = {"days": days, "rows": summary["scored"], "wall_s_a_day": wall / days, "cpu_s_a_day": (usage.ru_utime + usage.ru_stime) / days}
    if "--json" in sys.argv:
        print(json.dumps({"title": "Demo, small", **figures}))
        return
    print(f"Demo, small: {days} virtual days with {figures['rows']:,} predictions (s a day)")
    print(f"  wall, trainings included        {figures['wall_s_a_day']:8.2f}")
    print(f"  CPU of gyre, without trainings  {figures['cpu_s_a_day']:8.2f}")


main()
