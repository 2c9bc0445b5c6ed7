"""``--advise``: other settings of a run, simulated with a bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolloutsim.cli.progress import replicates_bar

if TYPE_CHECKING:
    from rolloutsim.results import Results
    from rolloutsim.scenario import Scenario
    from rolloutsim.study import Comparison, ExecutorLike

__all__ = ["advice_on"]


def advice_on(scenario: Scenario, results: Results, executor: ExecutorLike) -> Comparison | None:
    """Simulate a few other settings with the random numbers of a run; None if none applies."""
    from rolloutsim.study import advise

    seed, replicates = results.manifest["seed"], len(results.jobs)
    with replicates_bar(None) as progress:
        return advise(scenario, results.summary(), replicates=replicates, seed=seed, executor=executor, progress=progress)
