"""A row of the table: what one piece of work costs here and there."""

import statistics
from dataclasses import dataclass, field


@dataclass
class Figure:
    """Of one unit of work: CPU of the whole process tree, and wall time, in milliseconds."""

    cpu_ms: float
    wall_ms: float
    remark: str = ""


@dataclass
class Row:
    name: str
    peer: str
    ours: Figure
    theirs: Figure | None = None
    aim: float | None = None  # their CPU by ours, at least
    limit: str = ""  # what keeps ours from being cheaper
    ratios: list = field(default_factory=list)  # round by round

    @property
    def cpu_ratio(self):
        """Round by round, as the machine's speed drifts; the median."""
        if self.ratios:
            return statistics.median(self.ratios)
        return self.theirs.cpu_ms / self.ours.cpu_ms if self.theirs else None

    @property
    def wall_ratio(self):
        return self.theirs.wall_ms / self.ours.wall_ms if self.theirs else None

    @property
    def reached(self):
        return None if self.aim is None or not self.theirs else self.cpu_ratio >= self.aim


@dataclass
class Fact:
    """A figure of ours alone, or beside the peer's where there is one, with its own unit and aim."""

    name: str
    unit: str
    ours: float
    theirs: float | None = None
    peer: str = ""
    at_most: float | None = None
    at_least: float | None = None
    remark: str = ""

    @property
    def reached(self):
        if self.at_most is None and self.at_least is None:
            return None
        return (self.at_most is None or self.ours <= self.at_most) and (self.at_least is None or self.ours >= self.at_least)

    @property
    def aim(self):
        return f"<= {self.at_most:,g}" if self.at_most is not None else f">= {self.at_least:,g}" if self.at_least is not None else ""


def of_rounds(costs, remark=""):
    """The median round of a server's load."""
    return Figure(statistics.median(cost.cpu_ms for cost in costs), statistics.median(cost.p50_ms for cost in costs), remark)


def ratios(ours, theirs):
    return [there.cpu_ms / here.cpu_ms for here, there in zip(ours, theirs)]
