"""Sensitivity: which uncertainties move a metric, and which do not.

The response at a point is the metric's statistic over some replicates, the same ones at every point. So the points differ by what their
inputs do, not by chance; what is left of chance, because other inputs call for other draws, is measured and reported as the noise floor.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from rolloutsim.analysis import RELEASE, Estimate, Premises, Query, estimate_row, group_names, parse_metrics, quantile_needs
from rolloutsim.analysis.estimates import plain
from rolloutsim.errors import UsageError
from rolloutsim.formatting import readable, value_text
from rolloutsim.notebook import html_of
from rolloutsim.scenario.reading.quantities import format_quantity
from rolloutsim.study import designs
from rolloutsim.study.arguments import expect_scenario, expect_texts
from rolloutsim.study.context import STUDY_SEED, StudyContext, choose_seed
from rolloutsim.study.execution.executors import ExecutorLike
from rolloutsim.study.measuring import values_at
from rolloutsim.study.provenance import manifest
from rolloutsim.study.settings import Setting, changed_to, describe_setting, digests, without_effect

if TYPE_CHECKING:
    from rolloutsim.analysis.replicates import FloatArray
    from rolloutsim.scenario import Scenario
    from rolloutsim.study.designs import Design, Index

Method = Literal["morris", "sobol"]

#: Trajectories of Morris, samples of Sobol.
SIZES: dict[str, int] = {"morris": 20, "sobol": 128}

_RESAMPLES = 400


class Effects(NamedTuple):
    """What moves one metric.

    Attributes
    ----------
    query
        The metric.
    low, high
        The least and the greatest response.
    noise
        Share of the variance of the response that comes from the replicates alone; NaN if it does not vary, or cannot be estimated.
    inputs
        By path, the indices; the input that moves the response most comes first.
    floor_needs
        About how many replicates per point it takes to estimate the noise, where these are too few; 0 where they are enough.
    """

    query: Query
    low: float
    high: float
    noise: float
    inputs: dict[str, list[Index]]
    floor_needs: int


class Sensitivity(NamedTuple):
    """What moves the metrics of a scenario.

    Attributes
    ----------
    effects
        One entry per metric.
    responses
        One row per point and metric: the inputs (SI units, ``attrs["units"]``) under their paths, `metric`, `low`, `best`, `high`, `n`.
    size
        Trajectories of Morris (as many as there are, if more were asked for), samples of Sobol.
    manifest
        Where it comes from, JSON-able.
    without_effect
        Inputs whose values make no difference to any of the metrics in any replicate.
    """

    effects: tuple[Effects, ...]
    responses: pd.DataFrame
    method: Method
    size: int
    manifest: dict[str, Any]
    without_effect: tuple[str, ...] = ()

    @property
    def frame(self) -> pd.DataFrame:
        """One row per metric, input and index.

        Columns: `metric, input, index, low, best, high, n, floor, decided, direction` in SI units of the response, or as shares of its
        variance, and `text` in readable units.
        """
        frame = pd.DataFrame(
            [
                (
                    str(effects.query),
                    path,
                    index.name,
                    *index.estimate[:4],
                    index.floor,
                    index.decided,
                    designs.direction(found),
                    _text(effects, index),
                )
                for effects in self.effects
                for path, found in effects.inputs.items()
                for index in found
            ],
            columns=["metric", "input", "index", "low", "best", "high", "n", "floor", "decided", "direction", "text"],
        )
        frame.attrs["scenario"] = self.manifest["name"]  # for plots
        return frame

    def _repr_html_(self) -> str:
        return html_of(self)

    def __repr__(self) -> str:
        found = ", ".join(f"{effects.query} moved most by {next(iter(effects.inputs))}" for effects in self.effects)
        return f"<Sensitivity of {self.manifest['name']} ({self.method}): {found}; seed {self.manifest['seed']}>"

    def to_json(self) -> dict[str, Any]:
        """Return everything but the responses for JSON."""
        return {
            "scenario": self.manifest["name"],
            "fingerprint": self.manifest["fingerprint"],
            "seed": self.manifest["seed"],
            "replicates": self.manifest["replicates"],
            "method": self.method,
            "size": self.size,
            "points": len(self.responses) // len(self.effects),
            "without_effect": list(self.without_effect),
            "metrics": [
                {
                    "metric": str(effects.query),
                    "unit": effects.query.metric.unit,
                    "response": {"low": effects.low, "high": effects.high},
                    "noise_share": plain(effects.noise),
                    "floor_needs": effects.floor_needs or None,
                    "inputs": [
                        {"input": path, "decided": found[0].decided, "direction": designs.direction(found)}
                        | {index.name: {**index.estimate.to_json(), "floor": plain(index.floor)} for index in found}
                        for path, found in effects.inputs.items()
                    ],
                }
                for effects in self.effects
            ],
        }


def _text(effects: Effects, index: Index) -> str:
    return readable(*index.estimate.printed[:3], "%" if index.name in ("ST", "S1") else effects.query.metric.printed_unit)


def sensitivity(
    scenario: Scenario,
    metrics: Sequence[str] = ("time_to_complete.mean",),
    *,
    method: Method = "morris",
    size: int | None = None,
    replicates: int = 20,
    seed: int | None = None,
    executor: ExecutorLike = None,
    progress: Callable[[int, int], None] | None = None,
) -> Sensitivity:
    """Find out how much each uncertainty of a scenario (`sweep.uncertainties`) moves metrics.

    Parameters
    ----------
    metrics
        Expressions, e.g. ``abort_probability``; further ones cost no simulation.
    method
        ``morris`` screens with a few points per input; ``sobol`` shares the variance out with hundreds of points per input.
    size
        Trajectories (default 20; of few inputs there are fewer) or samples (128; a power of two).
    replicates
        Of each point.
    seed
        Of points and replicates; default: the scenario's, or 1.
    executor
        Where to simulate; the results do not depend on it. See `rolloutsim.simulate`.
    progress
        Called with the points that are done and with all; without it a notebook shows a bar.

    Raises
    ------
    UsageError
        If there is nothing to vary, an argument is invalid, SALib is not installed, or a response is no finite number.
    ScenarioError
        If a point is no valid scenario.

    Examples
    --------
    >>> import rolloutsim
    >>> depot = rolloutsim.load("docs/exploring/depot.yaml")
    >>> found = rolloutsim.sensitivity(depot, size=4, replicates=5, executor=1)
    >>> sorted(found.frame["index"].unique())
    ['mu', 'mu_star', 'sigma']
    """
    expect_scenario(scenario)
    expect_texts("metrics", metrics)
    uncertainties = scenario.sweep.uncertainties if scenario.sweep is not None else {}
    if not uncertainties:
        raise UsageError(
            f"{scenario.file or scenario.name}: has no uncertainties to vary: add e.g. sweep: {{uncertainties: "
            "{application.bundle: {uniform: {low: 300 MB, high: 400 MB}}}}"
        )
    queries = parse_metrics(metrics, groups=group_names(scenario))
    _check_replicates(queries, replicates)
    seed = choose_seed(scenario, seed, default=STUDY_SEED)
    size = SIZES[method] if size is None else size
    design: Design = getattr(designs, method)(len(uncertainties), size, seed)
    # Trajectories on a grid meet again; what they meet at is simulated once.
    points, place = np.unique(design.points, axis=0, return_inverse=True)
    units = {path: uncertainty.dimension.unit for path, uncertainty in uncertainties.items()}
    drawn = [
        {path: uncertainty.distribution.ppf(u) for (path, uncertainty), u in zip(uncertainties.items(), point.tolist(), strict=True)}
        for point in points
    ]
    settings = [{path: format_quantity(value, uncertainties[path].dimension) for path, value in each.items()} for each in drawn]
    scenarios = [changed_to(scenario, setting) for setting in settings]
    premises = [Premises.of(each) for each in scenarios]
    context = StudyContext.of([(each, replicates) for each in scenarios], seed=seed, executor=executor)
    *found, bad = values_at(context, scenarios, [*queries, RELEASE], range(replicates), progress=progress)
    effects, responses = [], []
    for query, matrix in zip(queries, found, strict=True):
        estimates = [estimate_row(query, *each) for each in zip(matrix, bad, premises, strict=True)]
        _check_finite(query, estimates, drawn, units)
        response = np.array([one.best for one in estimates])
        resampled = _resampled(matrix, bad, premises, query, seed)
        needs = _floor_needs(resampled, replicates)
        inputs = dict(zip(uncertainties, designs.indices(design, response[place], resampled[place]), strict=True))
        ranked = sorted(inputs, key=lambda path: -np.nan_to_num(inputs[path][0].estimate.best))
        noise = designs.noise_share(response[place], resampled[place])
        effects.append(Effects(query, float(response.min()), float(response.max()), noise, {path: inputs[path] for path in ranked}, needs))
        responses.append(_responses(drawn, units, query, estimates))
    provenance = manifest(scenario, seed=seed, replicates=replicates, engine=context.engine, tables="jobs")
    idle = without_effect(uncertainties, settings, [digests(np.array(values)) for values in zip(*found, strict=True)])
    return Sensitivity(tuple(effects), pd.concat(responses, ignore_index=True), method, design.pairs.shape[1], provenance, idle)


def _check_replicates(queries: Sequence[Query], replicates: int) -> None:
    if not queries:
        raise UsageError("no metric to look at: name one, e.g. time_to_complete.mean")
    needs = max(2 if query.q is None else quantile_needs(query.q) for query in queries)
    if replicates < needs:
        asking = next(query for query in queries if (2 if query.q is None else quantile_needs(query.q)) == needs)
        raise UsageError(f"{asking} needs at least {needs} replicates of each point, not {replicates}: ask for more, or for a mean")


def _check_finite(query: Query, estimates: Sequence[Estimate], drawn: Sequence[Setting], units: Mapping[str, str]) -> None:
    for response, values in zip(estimates, drawn, strict=True):
        if not np.isfinite(response.best):
            what = "is not estimable" if np.isnan(response.best) else "is never"
            where = describe_setting({path: value_text(value, units[path]) for path, value in values.items()})
            raise UsageError(
                f"{query} {what} at {where} ({response.note}), and what is no number has no sensitivity: narrow the "
                "uncertainties, or ask for a metric that is always a number, e.g. time_to_complete.mean or abort_probability"
            )


def _responses(drawn: Sequence[Setting], units: dict[str, str], query: Query, estimates: Sequence[Estimate]) -> pd.DataFrame:
    numbers = pd.DataFrame([one[:4] for one in estimates], columns=["low", "best", "high", "n"])
    frame = pd.DataFrame(drawn).assign(metric=str(query)).join(numbers)
    frame.attrs["units"] = units
    return frame


def _resampled(matrix: FloatArray, bad: FloatArray, premises: Sequence[Premises], query: Query, seed: int) -> FloatArray:
    """Return the responses (rows) by other replicates (columns): drawn again among those that there are, the same at every point.

    It is NaN where a draw has no response: none of its replicates meets a condition, or so many are never there that a quantile is not.
    """
    weighted = query.q is None and query.metric.kind != "probability" and query.release is None

    def statistic(chosen: Any) -> FloatArray:
        values = matrix[:, chosen]
        if query.q is not None:
            return np.asarray(np.nanquantile(values, query.q, axis=1))
        weights = np.array([_weights(*each) for each in zip(bad[:, chosen], premises, strict=True)]) if weighted else np.ones(values.shape)
        return np.asarray(np.nansum(weights * values, axis=1) / np.sum(weights * ~np.isnan(values), axis=1))

    replicates = matrix.shape[1]
    rng = np.random.default_rng(seed)
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # of a draw without a response
        drawn = np.array([statistic(rng.integers(0, replicates, replicates)) for _ in range(_RESAMPLES)]).T
    drawn[~np.isfinite(drawn)] = np.nan
    # Drawing again among n shows (n - 1)/n of the variance.
    centre = np.nanmean(drawn, axis=1, keepdims=True)
    spread: FloatArray = centre + (drawn - centre) * np.sqrt(replicates / (replicates - 1))
    return spread


def _weights(bad: FloatArray, premises: Premises) -> FloatArray:
    """Return what each replicate counts for in a stratified mean."""
    strata = premises.strata(bad)
    return np.ones(len(bad)) if strata is None else strata.each()


def _floor_needs(resampled: FloatArray, replicates: int) -> int:
    """Return about how many replicates leave hardly any draw without a response, as the variance over draws needs; 0 if these do.

    The share of such draws falls exponentially: it is (1 - p)^n where a replicate meets a condition with probability p.
    """
    lost = float(np.isnan(resampled).mean(axis=1).max())
    return math.ceil(replicates * math.log(10 * _RESAMPLES) / -math.log(lost)) if lost else 0
