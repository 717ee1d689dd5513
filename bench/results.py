"""Samples of each measure, and what is made of them."""

from __future__ import annotations

from collections import defaultdict
from statistics import median


class Results:
    """Samples by measure and server, in the order of the rounds."""

    def __init__(self) -> None:
        self._samples: defaultdict[tuple[str, str], list[float]] = defaultdict(list)

    def add(self, measure: str, server: str, value: float) -> None:
        """Adds the sample of one round."""
        self._samples[measure, server].append(value)

    def median(self, measure: str, server: str) -> float | None:
        """None: not measured."""
        samples = self._samples.get((measure, server))
        return median(samples) if samples else None

    def ratio(self, measure: str, server: str, reference: str) -> float | None:
        """The median of what the rounds gave: what disturbs a round disturbs both."""
        pairs = zip(self._samples.get((measure, server), []), self._samples.get((measure, reference), []), strict=False)
        ratios = [value / reference_value for value, reference_value in pairs if reference_value > 0]
        return median(ratios) if ratios else None
