"""Expressions: what is asked of the tables in one line, e.g. ``time_to_reach_95[courier].p90`` or ``abort_probability[good]``.

An expression is the name of a metric, conditions in brackets, and a statistic after a dot. ``[good]`` and ``[bad]`` (release),
``[succeeded]``, ``[failed]`` and ``[canceled]`` (status of the job) choose replicates; any other name is a cohort, whose robots alone are
counted; ``[site=NAME]`` and ``[class=NAME]`` are those at a site and of a class. A metric of a failure code has the code in its first
brackets: ``failure_share[PreLaunchFileFailure][courier]``.
"""

from __future__ import annotations

import difflib
import math
import re
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from rolloutsim.analysis.estimates import CONFIDENCE, Estimate, mean, proportion, quantile, quantile_needs, share
from rolloutsim.analysis.groups import GROUP_TABLES, Group, GroupKind, no_such_group
from rolloutsim.analysis.means import LEAST
from rolloutsim.analysis.metrics import BAD_RELEASE, METRICS, Metric
from rolloutsim.analysis.premises import UNKNOWN, Premises
from rolloutsim.analysis.replicates import Replicates, ResultTables
from rolloutsim.errors import Gathered, UsageError
from rolloutsim.scenario.parts.experiment import METRIC
from rolloutsim.scenario.reading.quantities import words
from rolloutsim.vocabulary import JOB_ONLY_CODES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

__all__ = ["RELEASE", "Query", "estimate", "estimate_row", "evaluate", "least_replicates", "parse_metric", "parse_metrics", "values"]

#: How many known names a message lists.
_LISTED = 24

_RELEASES = ("good", "bad")
_STATUSES = {"succeeded": "Succeeded", "failed": "Failed", "canceled": "Canceled"}
_QUANTILE = re.compile(r"p([0-9]{1,2}(?:\.[0-9]{1,6})?)")
_EXTREME = re.compile(r"p(?:0{1,2}|100)(?:\.0{1,6})?")

#: Names that people give to metrics and that look like another one, or like none.
_SYNONYMS = {
    **dict.fromkeys(
        ("time_to_finish", "time_to_end", "time_to_completion", "completion_time", "finish_time", "total_time", "duration", "makespan"),
        "time_to_complete",
    ),
    **dict.fromkeys(("failure_rate", "failed_rate", "robot_failure_probability"), "failed_share"),
    **dict.fromkeys(("success_rate", "succeeded_rate"), "succeeded_share"),
    **dict.fromkeys(("abort_rate", "abort_share", "breach_probability"), "abort_probability"),
}


class Query(NamedTuple):
    """An expression, taken apart.

    Attributes
    ----------
    metric
        From the registry.
    statistic
        ``mean``, ``probability`` or a quantile such as ``p95``.
    release, status
        Which replicates: ``good`` or ``bad``; ``Succeeded``, ``Failed`` or ``Canceled``; None takes all.
    group
        Which robots; None takes the fleet.
    code
        The failure code of a metric that needs one, otherwise empty.
    """

    metric: Metric
    statistic: str
    release: str | None = None
    status: str | None = None
    group: Group | None = None
    code: str = ""

    @property
    def q(self) -> float | None:
        """The quantile between 0 and 1; None for a mean or probability.

        >>> parse_metric("time_to_complete.p99.5").q
        0.995
        """
        found = _QUANTILE.fullmatch(self.statistic)
        return float(found[1]) / 100 if found else None

    @property
    def better(self) -> str:
        """Which way is better: ``lower``, ``higher`` or ``neither``; it is good that a bad release is stopped.

        >>> parse_metric("abort_probability").better, parse_metric("abort_probability[bad]").better
        ('lower', 'higher')
        """
        return "higher" if self.metric.name == "abort_probability" and self.release == "bad" else self.metric.better

    def __str__(self) -> str:
        names = (self.code, self.group, self.release, self.status and self.status.lower())
        return self.metric.name + "".join(f"[{name}]" for name in names if name) + f".{self.statistic}"


#: Which release each replicate drew, as `values` gives it.
RELEASE = Query(BAD_RELEASE, "probability")


def parse_metric(text: str, *, groups: Mapping[str, Sequence[str]] | None = None) -> Query:
    """Take an expression apart.

    Parameters
    ----------
    text
        For example ``time_to_reach_95[courier].p90``. Without a statistic it is the probability, or the mean.
    groups
        Names of the cohorts, sites and classes that the fleet has, from `group_names`; without them any name in brackets that is no
        condition is taken for a cohort.

    Raises
    ------
    UsageError
        With everything that is wrong, and what may have been meant.

    Examples
    --------
    >>> str(parse_metric("abort_probability[good]"))
    'abort_probability[good].probability'
    >>> parse_metric("time_to_complet.p95")
    Traceback (most recent call last):
    ...
    rolloutsim.errors.UsageError: time_to_complet.p95: there is no metric time_to_complet; did you mean time_to_complete?
    """
    form = METRIC.fullmatch(text.strip())
    if form is None:
        raise UsageError(f"{text}: not a metric; write it as name[condition].statistic, e.g. time_to_reach_95[courier].p90")
    metric = METRICS.get(form["name"])
    if metric is None:
        raise UsageError(
            f"{text}: there is no metric {form['name']}; {_meant(form['name'], METRICS, f'rolloutsim metrics lists all {len(METRICS)}')}"
        )
    wrong: list[str] = []
    names = [name.strip() for name in re.findall(r"\[([^\[\]]*)\]", form["brackets"])]
    code = _code(metric, names, wrong)
    conditions = _conditions(metric, names, groups, wrong)
    statistic = form["statistic"] or ("probability" if metric.kind == "probability" else "mean")
    _check_statistic(metric, statistic, wrong)
    if wrong:
        raise UsageError(f"{text}: " + "; ".join(wrong))
    return Query(metric, statistic, conditions.release, conditions.status, conditions.group, code)


def parse_metrics(texts: Iterable[str], *, groups: Mapping[str, Sequence[str]] | None = None) -> tuple[Query, ...]:
    """Take several expressions apart; see `parse_metric`.

    Raises
    ------
    UsageError
        With everything that is wrong with any of them.
    """
    wrong = Gathered()
    found = [wrong.attempt(parse_metric, text, groups=groups) for text in texts]
    wrong.check()
    return tuple(query for query in found if query is not None)


def _meant(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return the known name that was probably meant; if there is none, all of them, or something else."""
    known = list(known)
    near = [synonym] if (synonym := _SYNONYMS.get(name.lower(), "")) in known else []
    near = near or difflib.get_close_matches(name, known, 1) or difflib.get_close_matches(name.lower(), known, 1)
    return f"did you mean {near[0]}?" if near else otherwise or f"there are {', '.join(known)}"


def _code(metric: Metric, names: list[str], wrong: list[str]) -> str:
    """Take the code away from the names in brackets."""
    if not metric.codes:
        return ""
    if not names:
        wrong.append(f"{metric.name} needs a failure code, e.g. {metric.name}[{metric.codes[0]}]")
        return ""
    code = names.pop(0)
    if code not in metric.codes:
        if code in JOB_ONLY_CODES:
            wrong.append(f"no robot ends with {code}, only a job; ask for job_failure_probability[{code}]")
        else:
            wrong.append(
                f"{code} is not a failure code that {metric.name} knows; {_meant(code, metric.codes, 'rolloutsim codes lists them')}"
            )
    return code


class _Conditions(NamedTuple):
    """What is in the brackets of an expression, apart from a code."""

    release: str | None = None
    status: str | None = None
    group: Group | None = None


def _conditions(metric: Metric, names: list[str], groups: Mapping[str, Sequence[str]] | None, wrong: list[str]) -> _Conditions:
    found = _Conditions()
    for name in names:
        if name in _RELEASES:
            kind, chosen = "release", found._replace(release=name)
        elif name in _STATUSES:
            kind, chosen = "status", found._replace(status=_STATUSES[name])
        elif (group := _group(name, groups, wrong)) is None:
            continue
        else:
            kind, chosen = "group", found._replace(group=group)
            if group.kind not in metric.groups:
                wrong.append(_not_by_group(metric, group))
        if getattr(found, kind) is not None:
            which = f"{kind} of robots" if kind == "group" else kind
            wrong.append(f"[{name}] is a second {which}; only one can be chosen")
        found = chosen
    return found


def _group(name: str, groups: Mapping[str, Sequence[str]] | None, wrong: list[str]) -> Group | None:
    """Return the group that brackets name; None if it is wrong."""
    kind, equals, rest = name.partition("=")
    if equals and kind.strip() in ("site", "class"):
        group = Group(cast("GroupKind", kind.strip()), _unquoted(rest.strip()))
        if groups is not None and group.name not in groups.get(group.kind, ()):
            wrong.append(f"[{name}]: {no_such_group(group, groups)}")
            return None
        return group
    cohort = _unquoted(name)
    if cohort and not equals and (groups is None or cohort in groups["cohort"]):
        return Group("cohort", cohort)
    named = [Group(kind, cohort) for kind in GROUP_TABLES if groups is not None and cohort in groups.get(kind, ())]
    cohorts = [] if groups is None else groups["cohort"]
    if named:
        hint = f"write {' or '.join(f'[{group}]' for group in named)}"
    else:
        many = "rolloutsim show lists the cohorts" if len(cohorts) > _LISTED else ""
        hint = _meant(name, [*_RELEASES, *_STATUSES, *cohorts], many)
    wrong.append(f"[{name}] is neither a condition nor a cohort; {hint}")
    return None


def _unquoted(name: str) -> str:
    """Return a name without the quotes that stand about what is no plain word."""
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"" else name


def _not_by_group(metric: Metric, group: Group) -> str:
    """Return why a metric cannot be asked of a group."""
    near = _meant(group.name, [*_RELEASES, *_STATUSES])
    hint = f" ({near})" if near.startswith("did") and group.kind == "cohort" else ""
    known = f", only by {words(metric.groups)}" if metric.groups else ""
    return f"{metric.name} is not known by {group.kind}{known}, so [{group}] is not possible{hint}"


def _check_statistic(metric: Metric, statistic: str, wrong: list[str]) -> None:
    quantile_of = _QUANTILE.fullmatch(statistic)
    if quantile_of and metric.kind == "probability":
        wrong.append(f"{metric.name} is a yes or no of each replicate and has no quantiles; use .probability")
    elif statistic == "probability" and metric.kind != "probability":
        wrong.append(f"{metric.name} is no yes or no; use .mean or a quantile such as .p95")
    elif _EXTREME.fullmatch(statistic):
        wrong.append(f"the quantile {statistic} cannot be estimated; use one above p0 and below p100, e.g. p5 or p95")
    elif not quantile_of and statistic not in ("mean", "probability"):
        wrong.append(f"there is no statistic {statistic}; {_meant(statistic, ['mean', 'probability', 'p50', 'p90', 'p95', 'p99'])}")


def values(query: Query | str, tables: ResultTables) -> pd.Series[float]:
    """Return the value of each replicate that the conditions choose, indexed by its number.

    What never happened is infinite; what is undefined is NaN.

    Raises
    ------
    UsageError
        If an expression is invalid, the fleet has no such group, or a table is missing.
    """
    import pandas as pd

    if isinstance(query, str):
        query = parse_metric(query)
    view = Replicates(tables)
    chosen = np.ones(len(view), dtype=bool)
    if query.release is not None:
        chosen &= view.releases(query.group) == query.release
    if query.status is not None:
        chosen &= tables.jobs["status"].to_numpy() == query.status
    found = query.metric.values(view, group=query.group, code=query.code)
    if query.metric.missing == "never":
        found = np.where(np.isnan(found), np.inf, found)
    return pd.Series(found[chosen], index=pd.Index(view.numbers[chosen], name="replicate"), name=str(query))


def evaluate(query: Query | str, tables: ResultTables, premises: Premises = UNKNOWN) -> Estimate:
    """Estimate what an expression asks for.

    Parameters
    ----------
    premises
        Of the scenario that the tables are of.

    Raises
    ------
    UsageError
        As `values`.
    """
    if isinstance(query, str):
        query = parse_metric(query)
    found, bad = values(query, tables), values(RELEASE, tables)
    return estimate(query, found, bad.reindex(found.index), of=len(bad), of_bad=int(bad.sum()), premises=premises)


def estimate(
    query: Query,
    found: ArrayLike,
    bad: ArrayLike | None = None,
    *,
    of: int,
    of_bad: int = 0,
    premises: Premises = UNKNOWN,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Estimate a query's statistic from the values of the replicates that its conditions chose.

    Parameters
    ----------
    query
        From `parse_metric`.
    found
        What `values` returns, of one or more tables.
    bad
        What `values` returns for `RELEASE`, of the same replicates; without it nothing is stratified.
    of, of_bad
        Number of replicates among which the conditions chose, and how many of these drew the bad release.
    premises
        Of the scenario.
    confidence
        Of the interval.

    Examples
    --------
    >>> estimate(parse_metric("abort_probability[bad]"), [1.0, 1.0, 0.0, 1.0], of=20).note
    '3 of 4'
    >>> estimate(parse_metric("abort_probability[bad]"), [], of=20).note
    'none of the 20 replicates meets the conditions'
    """
    metric, q = query.metric, query.q
    found = np.asarray(found, dtype=np.float64)
    known = ~np.isnan(found)
    x = found[known]
    strata = None
    if bad is not None and query.release is None:
        strata = premises.strata(np.asarray(bad, dtype=np.float64)[known], of=of, of_bad=of_bad)
    if metric.kind == "probability":
        result = proportion(int(x.sum()), len(x), exact=premises.exact, confidence=confidence)
    elif q is not None:
        result = quantile(x, q, unit=metric.unit, exact=premises.exact, confidence=confidence)
    elif metric.kind == "share":
        result = share(x, strata=strata, exact=premises.exact, confidence=confidence)
    else:
        bounds = metric.bounds(premises, query.group)
        result = mean(x, unit=metric.unit, bounds=bounds, strata=strata, exact=premises.exact, confidence=confidence)
    if len(x) < len(found):
        defined = f"defined in {len(x)} of {len(found)}"
        result = result._replace(note="; ".join(filter(None, (result.note if len(x) else "", defined))))
    elif not len(found) and of:
        result = result._replace(note=f"none of the {of} replicates meets the conditions")
    return result


def estimate_row(
    query: Query, row: NDArray[np.float64], bad: NDArray[np.float64], premises: Premises, *, confidence: float = CONFIDENCE
) -> Estimate:
    """Estimate a query's statistic from one value for each replicate, NaN for those without one.

    Parameters
    ----------
    bad
        Whether each replicate drew the bad release.
    """
    known = ~np.isnan(row)
    return estimate(query, row[known], bad[known], of=len(row), of_bad=int(bad.sum()), premises=premises, confidence=confidence)


def least_replicates(query: Query, premises: Premises = UNKNOWN, *, confidence: float = CONFIDENCE) -> int:
    """Return about how many replicates that meet its conditions a query needs for there to be an interval.

    Examples
    --------
    >>> least_replicates(parse_metric("time_to_complete.p95")), least_replicates(parse_metric("failed"), UNKNOWN._replace(bad=0.02))
    (72, 300)
    """
    if premises.exact:
        return 1
    if query.q is not None:
        return quantile_needs(query.q, confidence=confidence)
    if query.metric.kind != "probability" and premises.stratified and query.release is None:
        return math.ceil(LEAST / min(premises.bad, 1 - premises.bad))
    return 2
