"""A probability that changes at instants of the job, as when a cache expires in the middle of a rollout."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

from rolloutsim.scenario.parts.amounts import PROBABILITY, Quantity, parse_probability
from rolloutsim.scenario.parts.fields import FieldType, Schema
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.problems import ProblemError, Problems
from rolloutsim.scenario.reading.quantities import TIME, format_quantity

__all__ = ["CHANGES", "Changing"]

#: A mistake in a file of thousands of instants would be hard to see.
_MOST = 1000


@dataclass(frozen=True)
class Changing:
    """A probability that holds from one instant to the next.

    Attributes
    ----------
    times
        The instants (s), since the job's creation: ascending, the first is 0.
    values
        What holds from each of them on.
    """

    times: tuple[float, ...]
    values: tuple[float, ...]

    def at(self, t: float) -> float:
        """Return the probability at an instant (s).

        Examples
        --------
        >>> expires = Changing((0.0, 7200.0), (0.0, 0.3))
        >>> expires.at(7199.0), expires.at(7200.0)
        (0.0, 0.3)
        """
        return self.values[bisect_right(self.times, t) - 1]


class ChangesType(FieldType[Changing]):
    """Instants and probabilities: ``{0 h: 0, 2 h: 30 %}``."""

    name = "changes"
    time = Quantity(TIME)

    def parse(self, raw: Any, folder: DataFolder | None = None) -> Changing:
        if not isinstance(raw, dict) or not raw:
            raise ProblemError("wrong-type", "instants and probabilities are needed", "write e.g. {0 h: 0, 2 h: 30 %}")
        if len(raw) > _MOST:
            raise ProblemError("too-large", f"{_MOST:,} instants are the most, and these are {len(raw):,}", "remove some")
        problems = Problems()
        values: dict[float, float] = {}
        for key, value in raw.items():
            t = problems.attempt((key,), self._instant, key)
            probability = problems.attempt((key,), parse_probability, value)
            if t in values:
                problems.add((key,), ProblemError("duplicate", "this instant is listed twice", "remove one", key=True, found=str(key)))
            elif t is not None and probability is not None:
                values[t] = probability
        if not problems and 0.0 not in values:
            problems.add((), ProblemError("incomplete", "what holds at the job's creation?", "add 0 s: and a probability"))
        problems.check()
        times = sorted(values)
        return Changing(tuple(times), tuple(values[t] for t in times))

    def _instant(self, key: Any) -> float:
        try:
            return self.time.parse(key)
        except ProblemError as error:
            problem = error.problem
            raise ProblemError(problem.code, problem.why, problem.hint, key=True, found=str(key)) from None

    def write(self, value: Changing) -> Any:
        return {format_quantity(t, TIME): probability for t, probability in zip(value.times, value.values, strict=True)}

    def schema(self) -> Schema:
        described = "From which instant on, since the job's creation, which probability holds; the first is 0."
        pattern = self.time.schema()["pattern"]
        return {
            "type": "object",
            "patternProperties": {pattern: PROBABILITY.ref()},
            "additionalProperties": False,
            "minProperties": 1,
            "description": described,
        }


CHANGES = ChangesType()
