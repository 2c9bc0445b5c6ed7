"""A second implementation of the model, written from its specification alone: slow, brute force, and as plain as possible.

It shares the draws with the package (same causes, indices and keys) and nothing else: one list of everything that can happen next,
ordered by (time, order within the instant, robot), from which the first is taken again and again.
"""

from tests.simulation.reference.replicate import Reference
from tests.simulation.reference.state import Job, Robot

__all__ = ["Job", "Reference", "Robot"]
