"""Where the bench finds what it runs."""

from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DEPS = ROOT / ".deps"
GYRE = ROOT / "build/release/gyre"
MODEL = DEPS / "bench-model"  # written by bench/model.py


def python(peer):
    """The programs of a peer's own environment, made by scripts/dev/bench."""
    return DEPS / f"python-bench-{peer}" / "bin"
