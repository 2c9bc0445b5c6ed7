"""How a robot is connected: one class and one entry in `CONNECTIVITY_KINDS` for each kind."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from rolloutsim.distributions import Distribution, Exponential
from rolloutsim.scenario.parts.amounts import POSITIVE_TIME, PROBABILITY, Dist
from rolloutsim.scenario.parts.fields import Choice, FieldType, Key, Keys, Of, Part, Schema, closed
from rolloutsim.scenario.parts.presets import DEFAULT_FIT, FITS, PRESETS, SOURCE, fit_of, name_of_fit
from rolloutsim.scenario.parts.schedule import Schedule
from rolloutsim.scenario.parts.traces import Trace, TraceType
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.problems import ProblemError, did_you_mean, parse_at, parse_each, refuse
from rolloutsim.scenario.reading.quantities import TIME, words

__all__ = [
    "CONNECTIVITY_KINDS",
    "CONNECTIVITY_WORDS",
    "Always",
    "Connectivity",
    "ConnectivityType",
    "EquilibriumSpell",
    "Never",
    "Renewal",
    "Spell",
    "share_of",
]


@dataclass(frozen=True)
class Always:
    """Never offline."""

    @property
    def availability(self) -> float:
        """The share of time online."""
        return 1.0


@dataclass(frozen=True)
class Never:
    """Switched off for good."""

    @property
    def availability(self) -> float:
        """The share of time online."""
        return 0.0


def _check_spell(spell: Distribution) -> None:
    """Refuse spells of which infinitely many have no length."""
    if spell.mean() == 0:
        hint = "give it a length, or use always or never"
        raise ProblemError("never-ends", "with spells of length 0 the simulation never ends", hint)


def _check_equilibrium(spell: Distribution) -> None:
    """Refuse spells of which none can be in progress at a random instant."""
    _check_spell(spell)
    if spell.mean() == math.inf:
        why = "the mean of this distribution is infinite, so there is no equilibrium to start in"
        raise ProblemError("never-ends", why, "take a distribution with a finite mean")
    try:
        spell.length_biased()
    except ValueError as error:
        raise ProblemError("wrong-parameters", f"{error}", "take a distribution with a lighter tail") from None


#: The length of a spell (s), …
Spell = Annotated[Distribution, Dist(TIME, _check_spell)]

#: … and of one that may be in progress at time 0.
EquilibriumSpell = Annotated[Distribution, Dist(TIME, _check_equilibrium)]


def share_of(spells: Distribution, others: Distribution) -> float:
    """Return the long-run share of time in the first of two kinds of alternating spells; NaN if the means of both are infinite."""
    if spells.mean() == math.inf:
        return math.nan if others.mean() == math.inf else 1.0
    return spells.mean() / (spells.mean() + others.mean())


class Renewal(Part):
    """Alternating spells online and offline, drawn for each robot."""

    up: Spell = Field(description="Length of a spell online.")
    down: Spell = Field(description="Length of a spell offline.")
    start: Literal["equilibrium", "up", "down"] = Field("equilibrium", description="State at the job's creation.")

    @model_validator(mode="after")
    def _check_start(self) -> Self:
        if self.start == "equilibrium":
            parse_each(_check_equilibrium, (("up", self.up), ("down", self.down)))
        return self

    @property
    def preset(self) -> str:
        """The published fit that the spells are from; empty if they are from none."""
        return name_of_fit(self.up, self.down)

    @property
    def availability(self) -> float:
        """The long-run share of time online."""
        return share_of(self.up, self.down)


class PresetType(FieldType[Renewal]):
    """A published fit: ``skype06``, or ``{system: skype06, fit: lognormal}``."""

    system = Choice(tuple(PRESETS), why="no such preset")
    keys = Keys(
        {
            "system": Key(system, "The measured system."),
            "fit": Key(Choice(tuple(FITS), why="no such fit"), f"The fitted distribution; {DEFAULT_FIT} if absent."),
        },
        ("system",),
    )

    def parse(self, raw: Any, folder: DataFolder | None = None) -> Renewal:
        given = self.keys.parse(raw) if isinstance(raw, dict) else {"system": self.system.parse(raw)}
        up, down = fit_of(**given)
        return Renewal(up=up, down=down, start="equilibrium")

    def schema(self) -> Schema:
        return {"anyOf": [self.system.ref(), self.keys.ref()], "description": SOURCE}


class AvailabilityType(FieldType[Renewal | Always | Never]):
    """Exponential spells in equilibrium: ``{availability: 95 %, offline: 10 min}``."""

    keys = Keys(
        {
            "availability": Key(PROBABILITY, "Long-run share of time online."),
            "offline": Key(POSITIVE_TIME, "Mean time without a connection; exponential, as is the time with one."),
        },
        ("availability", "offline"),
    )

    def parse(self, raw: Any, folder: DataFolder | None = None) -> Renewal | Always | Never:
        given = self.keys.parse(raw)
        share, offline = given["availability"], given["offline"]
        if share in (0.0, 1.0):
            return Always() if share else Never()
        exact = Fraction(repr(share))  # so that 95 % of 10 min are 190 min, to the last bit
        return Renewal(up=Exponential(float(exact / (1 - exact) * Fraction(offline))), down=Exponential(offline), start="equilibrium")

    def schema(self) -> Schema:
        return self.keys.schema()


Connectivity = Always | Never | Renewal | Schedule | Trace


class Kind(NamedTuple):
    """A kind of connectivity: how it is read and described, and the class of what comes of it."""

    fields: FieldType[Any]
    of: type[Any]


#: What is written as a mapping of one key, and as a word.
CONNECTIVITY_KINDS = {
    "renewal": Kind(Of(Renewal), Renewal),
    "schedule": Kind(Of(Schedule), Schedule),
    "trace": Kind(TraceType("online"), Trace),
    "preset": Kind(PresetType(), Renewal),
}
CONNECTIVITY_WORDS: dict[str, Connectivity] = {"always": Always(), "never": Never()}


class ConnectivityType(FieldType[Connectivity]):
    """``always``, ``never``, ``{availability, offline}``, or one of `CONNECTIVITY_KINDS`, as ``{renewal: {up, down, start}}``."""

    name = "connectivity"
    known = (*CONNECTIVITY_WORDS, *CONNECTIVITY_KINDS)
    share = AvailabilityType()

    def parse(self, raw: Any, folder: DataFolder | None = None) -> Connectivity:
        if isinstance(raw, str) and raw in CONNECTIVITY_WORDS:
            return CONNECTIVITY_WORDS[raw]
        if isinstance(raw, dict) and raw.keys() & self.share.keys.keys.keys():
            return self.share.parse(raw)
        if not isinstance(raw, dict) or len(raw) != 1:
            example = "{renewal: {up: {exponential: {mean: 20 min}}, down: {exponential: {mean: 2 min}}}}"
            word = isinstance(raw, str)
            hint = did_you_mean(raw, self.known) if word else f"write always, never, {{availability: 95 %, offline: 10 min}} or {example}"
            raise ProblemError("unknown-name" if word else "wrong-type", f"a connectivity is {words(self.known)}", hint)
        ((name, parameters),) = raw.items()
        if name in CONNECTIVITY_WORDS:
            why = "this is a word without parameters"
            refuse(name, ProblemError("wrong-type", why, f"write connectivity: {name}", key=True, found=name))
        if name not in CONNECTIVITY_KINDS:
            refuse(name, ProblemError("unknown-name", "no such connectivity", did_you_mean(name, self.known), key=True, found=str(name)))
        connectivity: Connectivity = parse_at(name, CONNECTIVITY_KINDS[name].fields.parse, parameters, folder)
        return connectivity

    def write(self, value: Connectivity | None) -> Any:
        if value is None:
            return None
        for name, kind in CONNECTIVITY_KINDS.items():
            if isinstance(value, kind.of):
                return {name: kind.fields.write(value)}
        return next(name for name, word in CONNECTIVITY_WORDS.items() if word == value)

    def schema(self) -> Schema:
        kinds = [closed({name: kind.fields.ref()}, (name,)) for name, kind in CONNECTIVITY_KINDS.items()]
        return {"anyOf": [{"enum": list(CONNECTIVITY_WORDS)}, *kinds, self.share.ref()]}
