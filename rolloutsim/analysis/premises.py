"""Premises: what a scenario settles before it is simulated, and what intervals of its metrics may therefore rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rolloutsim.analysis.means import Strata
from rolloutsim.scenario.chance import draws_nothing
from rolloutsim.simulation.model.make_rules import make_rules
from rolloutsim.simulation.records.groups import FleetGroups
from rolloutsim.simulation.records.tables import GROUPS

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from rolloutsim.analysis.groups import Group
    from rolloutsim.scenario import Scenario

__all__ = ["UNKNOWN", "Premises"]


class Premises(NamedTuple):
    """What is known of a scenario without simulating it.

    Attributes
    ----------
    bad
        Probability of the bad release; 0 where it is not known, and then nothing is stratified by it.
    exact
        Whether nothing is drawn, so that every replicate is the same.
    cohorts
        Robots by cohort; empty where they are not known.
    slots
        Robots that may be in flight at once.
    stages
        Stages of the job.
    groups
        Robots by site and by class, as far as the fleet has some: by kind, then by name.
    regresses
        Whether robots may fail after they have succeeded.

    Examples
    --------
    >>> import rolloutsim
    >>> premises = Premises.of(rolloutsim.load("scenarios/bad-release.yaml"))
    >>> premises
    Premises(bad=0.25, exact=False, cohorts={'robots': 200}, slots=20, stages=1, groups={}, regresses=False)
    >>> Premises.from_json(premises.to_json()) == premises
    True
    """

    bad: float
    exact: bool
    cohorts: dict[str, int]
    slots: int
    stages: int
    groups: dict[str, dict[str, int]]
    regresses: bool = False

    @classmethod
    def of(cls, scenario: Scenario) -> Premises:
        """Return the premises of a scenario."""
        rules, fleet = make_rules(scenario), FleetGroups.of(scenario)
        sizes = [cohort.robots for cohort in scenario.fleet]
        groups = {
            GROUPS[table]: {name: sum(sizes[cohort] for cohort in grouping.cohorts(group)) for group, name in enumerate(grouping.names)}
            for table, grouping in fleet.groupings().items()
        }
        return cls(
            float(scenario.application.bad_release_probability),
            draws_nothing(scenario),
            {cohort.name: cohort.robots for cohort in scenario.fleet},
            rules.concurrency,
            rules.stages,
            groups,
            rules.regresses,
        )

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Premises:
        """Return what `to_json` has written."""
        return cls(**{"groups": {}, **found})

    def to_json(self) -> dict[str, Any]:
        """Return a dict for JSON."""
        return {name: value for name, value in self._asdict().items() if name not in ("groups", "regresses") or value}

    @property
    def stratified(self) -> bool:
        """Whether replicates are of two releases."""
        return 0 < self.bad < 1

    def strata(self, bad: ArrayLike, *, of: int | None = None, of_bad: int = 0) -> Strata | None:
        """Return the groups that replicates belong to; None if they are all of one release.

        Parameters
        ----------
        bad
            Whether each replicate with a value drew the bad release.
        of, of_bad
            How many replicates there are, those without a value included, and how many of these drew the bad release. Default: those
            of `bad`.
        """
        if not self.stratified:
            return None
        labels = np.asarray(bad, dtype=np.int64)
        if of is None:
            of, of_bad = len(labels), int(labels.sum())
        return Strata(labels, (1 - self.bad, self.bad), (of - of_bad, of_bad), ("the good release", "the bad release"))

    def robots(self, group: Group | None) -> int:
        """Return the number of robots of a group, of the fleet for None; 0 where it is not known."""
        if group is None:
            return sum(self.cohorts.values())
        return (self.cohorts if group.kind == "cohort" else self.groups.get(group.kind, {})).get(group.name, 0)


#: Of tables that come without their scenario.
UNKNOWN = Premises(bad=0.0, exact=False, cohorts={}, slots=0, stages=0, groups={})
