"""What gyre run costs the command that it wraps: overhead.py BINARY [--json]

Each command runs bare and wrapped in turn, against a server of its own; wall time and the CPU time of the whole tree (ours included) are medians.
"""
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 5
BUSY = 'import time\nend = time.process_time() + 8\nn = 0\nwhile time.process_time() < end: n += 1\n'
COMMANDS = {
    'computes for 8 s': [sys.executable, '-c', BUSY],
    'computes, a progress bar 10 times a second': [sys.executable, '-c', BUSY.replace('n += 1', 'n += 1\n  if n % 2000000 == 0: print(f"\\r{n} it", end="", flush=True)')],
    'prints 100,000 lines': ['seq', '-f', 'epoch %g loss 0.314159 accuracy 0.9123', '100000'],
    'prints 256 MB': [sys.executable, '-c', 'import sys\nfor _ in range(4096): sys.stdout.write("x" * 65535 + "\\n")'],
}


def measured(command, environment):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=environment)
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    binary, as_json = os.path.abspath(sys.argv[1]), '--json' in sys.argv
    with tempfile.TemporaryDirectory(prefix='gyre-bench.') as folder:
        server = subprocess.Popen([binary, 'server', '--data-dir', f'{folder}/data', '--listen', '127.0.0.1:0'], stderr=subprocess.PIPE, text=True)
        try:
            url = next(word for line in server.stderr for word in line.split() if word.startswith('http://'))
            environment = {**os.environ, 'GYRE_SERVER': url, 'GYRE_SPOOL': f'{folder}/spool'}
            rows = []
            for name, command in COMMANDS.items():
                bare, wrapped = [], []
                for _ in range(ROUNDS):
                    bare.append(measured(command, environment))
                    wrapped.append(measured([binary, 'run', '-q', '--', *command], environment))
                middle = [[statistics.median(one[i] for one in taken) for i in (0, 1)] for taken in (bare, wrapped)]
                rows.append({'command': name, 'bare_s': middle[0][0], 'wrapped_s': middle[1][0], 'bare_cpu_s': middle[0][1], 'wrapped_cpu_s': middle[1][1]})
        finally:
            server.terminate()
            server.wait()
    if as_json:
        print(json.dumps(rows))
        return
    print(f'load average {os.getloadavg()[0]:.1f}: CPU time is of the whole tree; wall time means little on a busy machine')
    print(f'{"command":44} {"bare":>9} {"wrapped":>9} {"CPU bare":>9} {"wrapped":>9} {"more CPU":>9}')
    for row in rows:
        more = 100 * (row['wrapped_cpu_s'] / row['bare_cpu_s'] - 1)
        print(f'{row["command"]:44} {row["bare_s"]:7.2f} s {row["wrapped_s"]:7.2f} s {row["bare_cpu_s"]:7.2f} s {row["wrapped_cpu_s"]:7.2f} s {more:7.1f} %')


main()
