"""The command to try after a run: it asks what another setting would do, and promises nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rolloutsim.analysis import Premises, quantile_needs
from rolloutsim.study.advice import changes, holds_slots
from rolloutsim.study.thin_links import fitting_timeout, timeout_path

if TYPE_CHECKING:
    from rolloutsim.analysis.summary import Summary
    from rolloutsim.scenario import Scenario

__all__ = ["NextStep", "next_step"]

#: Replicates where those of the scenario are too few to compare.
_ENOUGH = 100


class NextStep(NamedTuple):
    """A command to try.

    Attributes
    ----------
    question
        What it answers.
    command
        Its name.
    options
        To follow the scenario's file.
    """

    question: str
    command: str
    options: tuple[str, ...]


def next_step(summary: Summary, scenario: Scenario) -> NextStep:
    """Return the command that a run suggests.

    Examples
    --------
    >>> import rolloutsim
    >>> results = rolloutsim.simulate(rolloutsim.load("scenarios/robomaker-100.yaml"), replicates=40, seed=1)
    >>> next_step(results.summary(), results.scenario)
    NextStep(question='What would other settings do?', command='run', options=('--advise',))
    """
    fitting = fitting_timeout(scenario, summary)
    if fitting is not None:
        timeout = f"{fitting / 3600:.0f} h" if fitting % 3600 == 0 else f"{fitting / 60:.0f} min"
        question = f"What would it do with a robot timeout of {timeout}?"
        return NextStep(question, "compare", ("--against", f"{timeout_path(scenario)}={timeout}", *_more(scenario, 0.95)))
    if holds_slots(scenario, summary):
        more = _more(scenario, 0.95)
        return NextStep("What would it do if sites shared the slots?", "compare", ("--against", "rules.order=interleaved", *more))
    if next(changes(scenario, summary), None) is not None:
        return NextStep("What would other settings do?", "run", ("--advise", *_more(scenario, 0.5)))
    return NextStep("What is the whole picture?", "report", ())


def _more(scenario: Scenario, q: float) -> tuple[str, ...]:
    """Return an option for more replicates if those of the scenario cannot estimate a quantile."""
    enough = Premises.of(scenario).exact or scenario.replicates >= quantile_needs(q)
    return () if enough else ("--replicates", str(_ENOUGH))
