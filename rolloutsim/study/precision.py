"""How many replicates a run takes: a number of them, or as many as the half-widths of some intervals take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rolloutsim.analysis import Premises, Reached, Tolerance, evaluate, first_look, group_names, least_replicates, looks, reached
from rolloutsim.errors import Gathered, UsageError
from rolloutsim.study.arguments import expect_count
from rolloutsim.study.context import choose_replicates
from rolloutsim.study.measuring import refuse_quantiles

if TYPE_CHECKING:
    from rolloutsim.analysis.replicates import ResultTables
    from rolloutsim.scenario import Scenario

#: The default of the largest number of replicates: so many times the scenario's.
_MORE_AT_MOST = 10


class Goal(NamedTuple):
    """When a run has enough replicates.

    Attributes
    ----------
    looks
        Numbers of replicates after which precision is evaluated; the last is the largest number. There are 40 before the first look (more
        where a quantile has no interval before), and each look has half as many again. Where a run stops depends on replicates alone.
    tolerances
        What precision is to be reached; without any, a run ends after the only look.
    premises
        Of the scenario.
    """

    looks: tuple[int, ...]
    tolerances: tuple[Tolerance, ...]
    premises: Premises

    @classmethod
    def of(
        cls, scenario: Scenario, *, replicates: int | None = None, precision: Sequence[str] = (), max_replicates: int | None = None
    ) -> Goal:
        """Return the goal that the arguments of a run describe.

        Raises
        ------
        UsageError
            If an argument is invalid, or a quantile needs more replicates.
        """
        premises = Premises.of(scenario)
        if not precision:
            if max_replicates is not None:
                raise UsageError("max_replicates limits what a precision takes: name one, or give replicates instead")
            return cls((choose_replicates(scenario, replicates),), (), premises)
        if replicates is not None:
            raise UsageError("the precision decides how many replicates there are: leave out replicates, or limit them by max_replicates")
        tolerances = parse_tolerances(scenario, precision)
        most = _MORE_AT_MOST * scenario.replicates if max_replicates is None else max_replicates
        expect_count("max_replicates", most)
        refuse_quantiles([(tolerance.text, tolerance.query) for tolerance in tolerances], most, exact=premises.exact)
        return cls(looks(first_look(tolerance.query for tolerance in tolerances), most), tolerances, premises)

    @property
    def most(self) -> int:
        """The largest number of replicates."""
        return self.looks[-1]

    def reached(self, tables: ResultTables) -> tuple[Reached, ...]:
        """Return which precision some replicates have."""
        count = len(tables.jobs)
        return tuple(
            reached(each, evaluate(each.query, tables, self.premises), count, least=least_replicates(each.query, self.premises))
            for each in self.tolerances
        )

    def is_met(self, tables: ResultTables) -> bool:
        """Return whether these replicates reach every precision."""
        return all(each.met for each in self.reached(tables))


def parse_tolerances(scenario: Scenario, texts: Sequence[str]) -> tuple[Tolerance, ...]:
    """Parse tolerances, e.g. ``time_to_complete.p95 5%``.

    Raises
    ------
    UsageError
        With everything that is wrong with any of them.
    """
    wrong = Gathered()
    found = wrong.attempt_each(Tolerance.parse, texts, group_names(scenario))
    wrong.check()
    return tuple(found)
