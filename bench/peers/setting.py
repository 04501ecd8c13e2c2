"""How large the tracking bench is, and on which database."""

from dataclasses import dataclass

import tracking

MIB = 1 << 20


@dataclass
class Sizes:
    runs: int  # searched beside the peer
    many_runs: int  # searched in ours alone
    history: int  # points of one curve by MLflow's route
    curve: int  # points of the curve that is drawn
    drawn_runs: int  # drawn at once,
    drawn_points: int  # of so many points each
    density_runs: int  # drawn as a density
    artifact: int  # bytes through the proxy, of ours
    their_artifact: int  # and of the peer
    seconds: float  # a round of load


SMALL = Sizes(runs=300, many_runs=20_000, history=20_000, curve=200_000, drawn_runs=20, drawn_points=10_000, density_runs=1_000, artifact=256 * MIB, their_artifact=256 * MIB, seconds=2)
FULL = Sizes(runs=10_000, many_runs=1_000_000, history=100_000, curve=10_000_000, drawn_runs=100, drawn_points=100_000, density_runs=10_000, artifact=10 * 1024 * MIB, their_artifact=1024 * MIB, seconds=3)


@dataclass
class Setting:
    sizes: Sizes
    kind: str  # "sqlite" or "postgres"

    @property
    def peer(self):
        return tracking.peer(self.kind)
