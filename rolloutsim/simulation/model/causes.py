"""The numbers of the causes that draws are keyed by; a number, once given, is never given to another cause."""

from rolloutsim.vocabulary import CODES, PHASES

__all__ = [
    "AFTER_SUCCESS",
    "AFTER_SUCCESS_DELAY",
    "AFTER_SUCCESS_PROBABILITY",
    "BACKOFF",
    "BAD_SITES",
    "BUSY",
    "DURATION",
    "LINK",
    "ORDER",
    "ORIGIN",
    "RATE",
    "RATES",
    "READY",
    "RELEASE",
    "ROLLBACK",
    "SITE",
    "coin",
    "probability",
]

DURATION = 0  # plus the phase's number; index: attempt, and check of the condition
BACKOFF = 16
ROLLBACK = 17
READY = 18
ORDER = 19
RATE = 20
RELEASE = 21
BAD_SITES = 22  # index: the number of the site
AFTER_SUCCESS = 23  # the coin of a failure after success, …
AFTER_SUCCESS_PROBABILITY = 24  # … its probability, where that has a distribution, …
AFTER_SUCCESS_DELAY = 25  # … and how much later the failure is known
LINK = 32  # four causes: state at time 0, its residual, its length-biased spell, later spells
BUSY = 36  # the same four of the busy/idle process
SITE = 40  # and of a site's outages
RATES = 44  # of recorded rates: which trace, and where in it
ORIGIN = 48  # the four of the outages of the origin

_COIN = 256
_PROBABILITY = 512


def coin(phase: str, code: str) -> int:
    """Return the cause of the coin that a phase throws for a failure code."""
    return _COIN + PHASES.index(phase) * len(CODES) + CODES.index(code)


def probability(phase: str, code: str) -> int:
    """Return the cause of the draw of that coin's probability, where it has a distribution."""
    return _PROBABILITY + PHASES.index(phase) * len(CODES) + CODES.index(code)
