"""What every distribution is and can do.

A distribution is an immutable value: a frozen dataclass of SI floats that checks itself when it is made. It describes a quantity that
is never negative. One that files may contain has an example; its parameters and how they are written come from its fields.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self, get_type_hints

from rolloutsim.distributions.table import Table, TableBuilder, ppf, register

__all__ = [
    "LARGEST",
    "SMALLEST",
    "TOO_WIDE",
    "Amount",
    "Distribution",
    "Form",
    "Parameter",
    "ParameterType",
    "Scale",
    "check",
    "families",
    "no_length_bias",
    "nonnegative",
    "plain",
    "positive",
    "within",
]

#: Scales beyond these bounds are refused: their variates, or those of the length-biased form, could overflow a double.
SMALLEST, LARGEST = 1e-150, 1e150

#: A quadrature has panels of equal probability whose ends differ by a factor of at most `GROWTH`; in each are points and weights of Gauss.
PANELS, GROWTH = 64, 1.5
GAUSS = (
    (0.04691007703066802, 0.11846344252809454),
    (0.23076534494715845, 0.23931433524968324),
    (0.5, 0.28444444444444444),
    (0.7692346550528415, 0.23931433524968324),
    (0.9530899229693319, 0.11846344252809454),
)


TOO_WIDE = "or variates would not fit in a double"

#: quantity: a number with the unit of the variate; plain: a bare number; quantities: a list of quantities (or a file and column of
#: them); distribution: a nested distribution; parts: a list of ``{weight, of}``.
ParameterType = Literal["quantity", "plain", "quantities", "distribution", "parts"]


def within(name: str, value: float, low: float, high: float, why: str = TOO_WIDE) -> str | None:
    """Return what is wrong if a value is not in [low, high], else None."""
    return None if low <= value <= high else f"{name} is {value:g}: it must be from {low:g} to {high:g}, {why}"


def positive(name: str, value: float) -> str | None:
    """Return what is wrong if a value cannot be a scale, else None."""
    if not math.isfinite(value):
        return f"{name} is {value:g}: it must be finite"
    if value <= 0.0:
        return f"{name} is {value:g}: it must be positive"
    return within(name, value, SMALLEST, LARGEST)


def nonnegative(name: str, value: float) -> str | None:
    """Return what is wrong if a value cannot be a time or a size, else None."""
    if not math.isfinite(value):
        return f"{name} is {value:g}: it must be finite"
    if value < 0.0:
        return f"{name} is {value:g}: it must not be negative"
    return within(name, value, 0.0, LARGEST)


def check(problems: Iterable[str | None]) -> None:
    """Raise a ValueError with all problems, if there are any."""
    found = [problem for problem in problems if problem]
    if found:
        raise ValueError("; ".join(found))


@dataclass(frozen=True)
class Parameter:
    """A parameter of a distribution.

    Attributes
    ----------
    kind
        What a file writes.
    check
        Returns what is wrong with a value of that name, else None.
    name
        As a file writes it; by default as the class does.
    default
        Without one it is required.
    """

    kind: ParameterType
    check: Callable[[str, float], str | None] | None = None
    name: str = ""
    default: float | None = None


def plain(low: float, high: float, why: str = TOO_WIDE) -> Parameter:
    """Return a parameter without a unit that lies between bounds."""
    return Parameter("plain", lambda name, value: within(name, value, low, high, why))


Scale = Annotated[float, Parameter("quantity", positive)]
Amount = Annotated[float, Parameter("quantity", nonnegative)]


@dataclass(frozen=True)
class Form:
    """One way to write a distribution.

    Attributes
    ----------
    parameters
        What may be written.
    build
        Called with the parameters by keyword, in SI units; raises ValueError if they are wrong.
    """

    parameters: tuple[Parameter, ...]
    build: Callable[..., Distribution]

    @property
    def dimensionless(self) -> bool:
        """Whether it describes probabilities only."""
        return all(parameter.kind == "plain" for parameter in self.parameters)


#: The distributions that files may contain; a class enters when it is made.
families: list[type[Distribution]] = []


def no_length_bias(mean: float) -> ValueError:
    """Return the error of a distribution that no random instant can fall into."""
    return ValueError(f"its mean is {mean:g}: a spell in progress at a random instant needs a mean that is positive and finite")


@dataclass(frozen=True)
class Distribution(ABC):
    """A distribution of a nonnegative quantity. One uniform number makes one variate.

    Raises
    ------
    ValueError
        On construction, naming every parameter that is wrong and why.
    """

    #: By their names in the class.
    parameters: ClassVar[dict[str, Parameter]] = {}
    #: The ways to write it, distinguished by the names of their parameters.
    forms: ClassVar[tuple[Form, ...]] = ()
    #: An example as a file has it, and the mean in terms of the parameters.
    example: ClassVar[str]
    mean_formula: ClassVar[str]
    #: The kind of its rows; see `register`.
    kind: ClassVar[float]

    def __init_subclass__(cls, *, example: str = "", mean: str = "", common: bool = False) -> None:
        hints = get_type_hints(cls, include_extras=True)
        declared = {name: hint.__metadata__[0] for name, hint in hints.items() if hasattr(hint, "__metadata__")}
        cls.parameters = {n: replace(p, name=p.name or n, default=getattr(cls, n, None)) for n, p in declared.items()}
        cls.forms = cls._forms()
        cls.example, cls.mean_formula = example, mean
        if example:
            families.append(cls)
        if inverse := cls.__dict__.get("inverse"):
            cls.kind = register(inverse.__func__, common=common)

    @classmethod
    def _forms(cls) -> tuple[Form, ...]:
        return (Form(tuple(cls.parameters.values()), cls._build),)

    @classmethod
    def _build(cls, **written: Any) -> Self:
        return cls(**{name: written[parameter.name] for name, parameter in cls.parameters.items() if parameter.name in written})

    def __post_init__(self) -> None:
        for parameter in fields(self):
            value = getattr(self, parameter.name)
            if isinstance(value, int):
                object.__setattr__(self, parameter.name, float(value))
        check(self._problems())

    def _problems(self) -> Iterator[str | None]:
        """Yield what is wrong with each parameter; None where nothing is."""
        for name, parameter in self.parameters.items():
            if parameter.check:
                yield parameter.check(name.rstrip("_"), getattr(self, name))

    def _numbers(self, table: TableBuilder) -> tuple[float, ...]:
        """Return the numbers of its row, at most four: those that `inverse` gets."""
        return ()

    def encode(self, table: TableBuilder) -> int:
        """Add the rows that stand for this distribution and return the number of the last one."""
        return table.add(self.kind, self.support(), *self._numbers(table))

    @abstractmethod
    def cdf(self, x: float) -> float:
        """Return P(X <= x)."""

    @abstractmethod
    def mean(self) -> float:
        """Return the mean; infinity if there is none."""

    def support(self) -> tuple[float, float]:
        """Return the smallest closed interval that holds every variate."""
        return 0.0, math.inf

    @abstractmethod
    def length_biased(self) -> Distribution:
        """Return the distribution of the spell that a random instant falls into: its density is x·f(x)/mean.

        The time left of that spell is its length times a uniform number.

        Raises
        ------
        ValueError
            If the mean is zero or infinite, or the length-biased variates would not fit in a double.
        """

    def between(self, low: float, high: float) -> Distribution | None:
        """Return the distribution of the values from `low` to `high` if it has a form of its own, without a `Truncated` around it."""
        return None

    @cached_property
    def _own_table(self) -> tuple[Table, int]:
        builder = TableBuilder()
        row = self.encode(builder)
        return builder.build_lists(), row

    def ppf(self, u: float) -> float:
        """Return the variate that belongs to a uniform number.

        Parameters
        ----------
        u
            Strictly between 0 and 1.

        Raises
        ------
        ValueError
            If `u` is not.
        """
        if not 0.0 < u < 1.0:
            raise ValueError(f"u is {u!r}: it must lie strictly between 0 and 1")
        return ppf(*self._own_table, u)

    def below(self, x: float) -> float:
        """Return P(X < x)."""
        return 0.0 if x <= self.support()[0] else self.cdf(x)

    def mass(self, low: float, high: float) -> float:
        """Return P(low <= X <= high)."""
        return max(self.cdf(high) - self.below(low), 0.0)

    def partial_mean(self, low: float, high: float) -> float:
        """Return E[X; low <= X <= high], the part of the mean that comes from an interval; by quadrature without a length-biased form."""
        try:
            return self.mean() * self.length_biased().mass(low, high)
        except ValueError:
            if high == math.inf:
                return self.mean() - (self.partial_mean(0.0, low) if low > 0.0 else 0.0)
            return low * self.mass(low, high) + self._excess(low, high)

    def _excess(self, low: float, high: float) -> float:
        """Return E[X - low; low <= X <= high] as the integral of P(x < X <= high), in panels that grow towards a heavy tail."""
        start = max(low, self.support()[0])
        edges = [start]
        for x in (*(self.ppf(i / PANELS) for i in range(1, PANELS)), high):
            while 0.0 < GROWTH * edges[-1] < min(x, high):
                edges.append(GROWTH * edges[-1])
            if edges[-1] < x <= high:
                edges.append(x)
        top = self.cdf(high)
        inside = ((b - a) * weight * (top - self.cdf(a + (b - a) * x)) for a, b in pairwise(edges) for x, weight in GAUSS)
        return (start - low) * self.mass(low, high) + math.fsum(inside)

    def scaled(self, factor: float) -> Self:
        """Return the distribution of `factor` times this variable."""
        quantities = (name for name, parameter in self.parameters.items() if parameter.kind == "quantity")
        changed: dict[str, Any] = {name: getattr(self, name) * factor for name in quantities}
        return replace(self, **changed)

    @property
    def is_constant(self) -> bool:
        """Whether only one value is possible."""
        low, high = self.support()
        return low == high
