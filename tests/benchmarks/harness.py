"""Two or more ways of doing one thing, timed in turn in one run: what counts is the ratio, pair by pair.

Machines are shared and their speed drifts, so a single time says little; A B A B … cancels the drift.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Seconds of one way over all rounds."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def measure_in_turn(ways: Sequence[tuple[str, Callable[[], object]]], rounds: int = 3) -> list[Timing]:
    """Run each way once a round, in turn. A way may return its own seconds (a float) when part of what it does,
    such as making room for the next round, should not count."""
    seconds: dict[str, list[float]] = {name: [] for name, _ in ways}
    for _ in range(rounds):
        for name, way in ways:
            start = time.perf_counter()
            own = way()
            seconds[name].append(own if isinstance(own, float) else time.perf_counter() - start)
    return [Timing(name, tuple(values)) for name, values in seconds.items()]


def report(title: str, timings: Sequence[Timing], rows: int, unit: str = "rows") -> None:
    """Print each way's median and its ratio to the last way (the yardstick), round by round: min, median, max."""
    yardstick = timings[-1]
    print(f"\n{title}  ({rows:,} {unit}, {len(yardstick.seconds)} rounds in turn)")
    print(f"  {'':44} {'median s':>9} {unit + '/s':>12}   ratio to the last (min median max)")
    for timing in timings:
        ratios = sorted(a / b for a, b in zip(timing.seconds, yardstick.seconds, strict=True))
        spread = f"{ratios[0]:6.2f} {statistics.median(ratios):6.2f} {ratios[-1]:6.2f}"
        print(f"  {timing.name:44} {timing.median:9.3f} {rows / timing.median:12,.1f}   {spread}")
