"""Words of reports that a reader may not know, a sentence each; docs/glossary.md has more."""

from __future__ import annotations

__all__ = ["WORDS"]

WORDS = {
    "InSync": "The deployment to a robot has succeeded: it runs the new release.",
    "reachable": "A robot is reachable if it is online at some instant while the simulation observes it.",
    "replicate": "One simulated rollout of the whole fleet; n counts replicates, not robots.",
    "robots left down": "Robots without a running application when the simulation ends: the old one has stopped, and no release runs.",
    "saturated": "A link is saturated, or full, while all of its capacity is used.",
    "slot": "The right to deploy: a job has a number of slots, and a robot holds one from its grant to its verdict.",
    "time to complete": "The time from the creation of a job to its terminal status, whether it succeeds, fails or is canceled.",
}
