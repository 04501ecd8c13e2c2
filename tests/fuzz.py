"""Fuzz targets: fuzz.py --build PRESET [--new [--seconds N]] [TARGET...]

Without --new each target runs once on each file of its corpus, a case each. With it libFuzzer looks for more for N seconds; what it
finds is left in build/fuzz-findings, what is new and small goes to build/fuzz-corpus (fuzz/corpus is changed by hand: see --merge).
"""
import argparse
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from harness.tally import Tally  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[1]
CORPUS = ROOT / 'fuzz' / 'corpus'
CASE_TIMEOUT_S = 10
MAX_INPUT_BYTES = 4096


def run_corpus(binary, name, tally):
    files = sorted((CORPUS / name).iterdir())
    done = subprocess.run([binary, CORPUS / name], capture_output=True, text=True, errors='replace', timeout=CASE_TIMEOUT_S + len(files))
    if done.returncode == 0:
        tally.passed += len(files)
        return
    reached = [line for line in done.stderr.splitlines() if line.startswith(str(CORPUS))]
    tally.fail(f'{name}: {reached[-1] if reached else "did not start"}', done.stderr[-3000:])


def run_new(binary, name, seconds, tally):
    findings, fresh = ROOT / 'build/fuzz-findings', ROOT / 'build/fuzz-corpus' / name
    findings.mkdir(parents=True, exist_ok=True)
    fresh.mkdir(parents=True, exist_ok=True)
    command = [binary, fresh, CORPUS / name, f'-max_total_time={seconds}', f'-artifact_prefix={findings}/{name}-', f'-timeout={CASE_TIMEOUT_S}', f'-max_len={MAX_INPUT_BYTES}',
               '-rss_limit_mb=2048', '-print_final_stats=1']
    done = subprocess.run(command, capture_output=True, text=True, errors='replace', timeout=seconds + 120)
    runs = re.search(r'stat::number_of_executed_units: (\d+)', done.stderr)
    print(f'{name}: {runs.group(1) if runs else "no"} inputs in {seconds} s', flush=True)
    tally.case(f'{name}: findings in {findings}', [] if done.returncode == 0 else [done.stderr[-4000:]])


def merge(binary, name):
    """Takes what reaches new code into fuzz/corpus, the smallest inputs first."""
    fresh = ROOT / 'build/fuzz-corpus' / name
    subprocess.run([binary, '-merge=1', '-max_len=1024', CORPUS / name, fresh], check=True, capture_output=True)
    print(f'{name}: {len(list((CORPUS / name).iterdir()))} files', flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', default='release')
    parser.add_argument('--new', action='store_true')
    parser.add_argument('--merge', action='store_true')
    parser.add_argument('--seconds', type=int, default=60)
    parser.add_argument('targets', nargs='*')
    options = parser.parse_args()
    tally = Tally()
    for name in options.targets or sorted(p.name for p in CORPUS.iterdir()):
        binary = ROOT / 'build' / options.build / 'fuzz' / f'{name}_fuzz'
        if options.merge:
            merge(binary, name)
        elif options.new:
            run_new(binary, name, options.seconds, tally)
        else:
            run_corpus(binary, name, tally)
    if not options.merge:
        tally.close()


main()
