"""The part of a run's chapter on how to read its numbers: by which methods they are estimated, and what the words mean."""

from __future__ import annotations

from rolloutsim.report.page.content import Cell, Lines, Part, Table
from rolloutsim.report.words import WORDS

__all__ = ["reading_part"]

#: The methods of docs/statistics.md.
_METHODS = (
    "A replicate is one observation. The interval of a quantile is one of order statistics, that of a probability is that of "
    "Clopper-Pearson, and that of a mean or a share of robots is Student's t, kept within its bounds and widened where few replicates "
    "differ.",
    "Where a bad release is drawn, means and shares are those of the good and of the bad replicates, weighted by the probability of the "
    "scenario; so they may differ from the plain mean of the n replicates.",
    "What stops or fails a whole job and occurred in none of the replicates is not in the means.",
    "Intervals are about the chance of the simulation. They do not cover errors of its input: measured rates, times and probabilities "
    "that are wrong for your fleet.",
)


def reading_part() -> Part:
    """Return how the numbers of a run are estimated, and its words."""
    methods = Lines("Methods", tuple((text, "", 0) for text in _METHODS))
    words = Table("Words", ("word", "meaning"), tuple((Cell(word), Cell(meaning)) for word, meaning in WORDS.items()))
    return Part("How to read the numbers", (methods, words))
