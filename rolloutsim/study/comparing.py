"""Comparing scenarios with the same random numbers: what differs, by how much, and whether that is more than chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from rolloutsim.analysis import Contrast, Estimate, Premises, Query, Tolerance, contrast, group_names, holm, parse_metric
from rolloutsim.analysis.estimates import plain
from rolloutsim.analysis.links import link_capacities
from rolloutsim.errors import Gathered, StoreError, UsageError
from rolloutsim.formatting import readable
from rolloutsim.notebook import html_of
from rolloutsim.simulation.records.outcomes import Tables
from rolloutsim.simulation.replicate import MODEL_VERSION
from rolloutsim.study.arguments import expect_scenario, expect_texts
from rolloutsim.study.context import STUDY_SEED, StudyContext, choose_replicates, choose_seed
from rolloutsim.study.execution.executors import ExecutorLike
from rolloutsim.study.gates import LEVEL, Gate, judge, worse_by_more
from rolloutsim.study.measuring import Sample, refuse_quantiles
from rolloutsim.study.naming import unique_names
from rolloutsim.study.provenance import manifest
from rolloutsim.study.stopped_jobs import STOPPED, stopped_note
from rolloutsim.study.store.saved_tables import SavedTables

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.records.outcomes import Crash

#: What is compared unless something else is asked for.
METRICS = (
    "time_to_complete.p50",
    "time_to_complete.p95",
    "time_to_reach_95_reachable.p50",
    "abort_probability",
    "failed_share",
    "not_started_share",
    "downtime_per_robot",
    "bytes_sent",
)
#: What is compared too where all scenarios have links with a limit.
LINK_METRICS = ("peak_bit_rate",)


class Compared(NamedTuple):
    """A metric of an alternative against the reference.

    Attributes
    ----------
    query
        What is compared.
    reference, alternative
        Its two values.
    difference, ratio
        The alternative minus, and divided by, the reference, replicate by replicate.
    p_value
        Of no difference, adjusted for all that is compared.
    verdict
        ``better``, ``worse``, or where neither way is better ``higher`` or ``lower``; ``~`` if undecided.
    """

    query: Query
    reference: Estimate
    alternative: Estimate
    difference: Estimate
    ratio: Estimate
    p_value: float
    verdict: str

    def to_json(self) -> dict[str, Any]:
        """Return a dict for JSON."""
        estimates = {name: getattr(self, name).to_json() for name in ("reference", "alternative", "difference", "ratio")}
        return {"metric": str(self.query), **estimates, "p_value": plain(self.p_value), "verdict": self.verdict}


class Alternative(NamedTuple):
    """A scenario that was compared with the reference.

    Attributes
    ----------
    name
        Of the scenario.
    pairs
        Replicates that were simulated of both.
    metrics, gates
        What was found.
    crashes
        Replicates that could not be simulated.
    note
        On jobs that are complete early because they are stopped; empty if neither side has many more of them.
    """

    name: str
    pairs: int
    metrics: tuple[Compared, ...]
    gates: tuple[Gate, ...]
    crashes: tuple[Crash, ...]
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return a dict for JSON."""
        return {
            "name": self.name,
            "pairs": self.pairs,
            "metrics": [row.to_json() for row in self.metrics],
            "gates": [gate.to_json() for gate in self.gates],
            "crashes": [crash._asdict() for crash in self.crashes],
            "note": self.note,
        }


class Comparison(NamedTuple):
    """Scenarios compared with a reference.

    Attributes
    ----------
    reference
        Its name.
    seed
        Of all of them.
    alternatives
        The others.
    crashes
        Replicates of the reference that could not be simulated.
    manifests
        The origin of the results, the reference first: JSON-able.
    """

    reference: str
    seed: int
    alternatives: tuple[Alternative, ...]
    crashes: tuple[Crash, ...]
    manifests: tuple[dict[str, Any], ...]

    @property
    def outcome(self) -> str:
        """The worst that happened: ``crashed``, ``fail``, ``undecided`` or ``pass``; the last three by the gates alone."""
        if self.crashes or any(alternative.crashes for alternative in self.alternatives):
            return "crashed"
        outcomes = {"pass"} | {gate.outcome for alternative in self.alternatives for gate in alternative.gates}
        return next(outcome for outcome in ("fail", "undecided", "pass") if outcome in outcomes)

    @property
    def frame(self) -> pd.DataFrame:
        """The differences, one row per alternative and metric.

        Columns: `alternative, metric, low, best, high, n, p_value, verdict` in SI units, and `text` in readable ones.
        """
        frame = pd.DataFrame(
            [
                (alternative.name, str(row.query), *row.difference[:4], row.p_value, row.verdict, _text(row))
                for alternative in self.alternatives
                for row in alternative.metrics
            ],
            columns=["alternative", "metric", "low", "best", "high", "n", "p_value", "verdict", "text"],
        )
        names = ", ".join(alternative.name for alternative in self.alternatives)
        frame.attrs["scenario"] = f"{names} against {self.reference}"  # for plots
        return frame

    def _repr_html_(self) -> str:
        return html_of(self)

    def __repr__(self) -> str:
        verdicts = Counter(row.verdict.replace("~", "undecided") for alternative in self.alternatives for row in alternative.metrics)
        found = ", ".join(f"{number} {verdict}" for verdict, number in verdicts.items())
        names = ", ".join(alternative.name for alternative in self.alternatives)
        return f"<Comparison of {names} with {self.reference}: {found}; seed {self.seed}>"

    def to_json(self) -> dict[str, Any]:
        """Return a dict for JSON."""
        return {
            **self._asdict(),
            "outcome": self.outcome,
            "alternatives": [alternative.to_json() for alternative in self.alternatives],
            "crashes": [crash._asdict() for crash in self.crashes],
        }


def _text(row: Compared) -> str:
    return readable(*row.difference.printed[:3], row.query.metric.printed_unit)


def compare(
    *scenarios: Scenario,
    metrics: Sequence[str] = (),
    fail_if_worse: Sequence[str] = (),
    baseline: str | Path | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    executor: ExecutorLike = None,
    progress: Callable[[int], None] | None = None,
) -> Comparison:
    """Compare scenarios with the first of them, or with a saved result.

    All are simulated with the same seed, so they share their random numbers, and are compared replicate by replicate.

    Parameters
    ----------
    scenarios
        The reference and at least one other; with a baseline at least one.
    metrics
        Expressions such as ``time_to_complete.p95``; by default `METRICS`, and `LINK_METRICS` where all scenarios have links with a limit.
    fail_if_worse
        Tolerances such as ``time_to_complete.p95 5%`` (of the reference) or ``abort_probability 0.01``.
    baseline
        A folder that ``rolloutsim run --out`` has written, to be the reference.
    replicates, seed
        Default: those of the reference; a seed that it does not name is 1.
    executor
        Where to simulate; the results do not depend on it. See `rolloutsim.simulate`.
    progress
        Called with the number of each replicate that is done; without it a notebook shows a bar.

    Raises
    ------
    UsageError
        If an argument is invalid, a scenario is the same as the reference, or a quantile needs more replicates.
    StoreError
        If the baseline cannot be read, or is of another model version.
    SimulationError
        If every replicate of a scenario crashed.

    Examples
    --------
    >>> import rolloutsim
    >>> window = rolloutsim.load("scenarios/robomaker-100.yaml")
    >>> batch = window.replace("rules.dispatch", "batch")
    >>> found = rolloutsim.compare(window, batch, metrics=["time_to_complete"], replicates=30)
    >>> [row.verdict for row in found.alternatives[0].metrics]
    ['worse']
    """
    for scenario in scenarios:
        expect_scenario(scenario)
    expect_texts("metrics", metrics)
    expect_texts("fail_if_worse", fail_if_worse)
    saved = None if baseline is None else _read_baseline(Path(baseline))
    wrong = Gathered()
    if len(scenarios) + (saved is not None) < 2:
        wrong.add(UsageError("two scenarios are needed to compare: name a second one, or add --against PATH=VALUE, or --baseline DIR"))
    if not saved:
        wrong.attempt(_refuse_identical, scenarios)
    names = unique_names(scenarios, *([f"{saved.manifest['name']} (baseline)"] if saved else []))
    groups: list[Mapping[str, Sequence[str]]] = [*([saved.names] if saved else []), *map(group_names, scenarios)]
    known = [*([saved.manifest["scenario"]] if saved else []), *(scenario.resolved() for scenario in scenarios)]
    chosen = metrics or (*METRICS, *(LINK_METRICS if all(map(link_capacities, known)) else ()))
    parsed = wrong.attempt(_parse, chosen, fail_if_worse, dict(zip(names, groups, strict=True)))
    wrong.check()
    assert parsed is not None
    queries, gates = parsed
    if saved:
        seed, count = _of_baseline(saved, seed, replicates)
    else:
        seed, count = choose_seed(scenarios[0], seed, default=STUDY_SEED), choose_replicates(scenarios[0], replicates)
    premises = [*([Premises.from_json(saved.manifest["premises"])] if saved else []), *map(Premises.of, scenarios)]
    named = [*((text, parse_metric(text)) for text in metrics), *((gate.text, gate.query) for gate in gates)]
    refuse_quantiles(named, count, exact=all(known.exact for known in premises))
    context = StudyContext.of([(scenario, count) for scenario in scenarios], seed=seed, executor=executor)
    samples, manifests = [], []
    if saved:
        samples.append(Sample([*queries, STOPPED], premises[0]))
        jobs = saved.jobs[saved.jobs["replicate"] < count]
        samples[0].take(Tables(jobs, saved.cohorts, saved.failure_codes, sites=saved.sites, classes=saved.classes))
        manifests.append(saved.manifest)
    for scenario in scenarios:
        samples.append(Sample([*queries, STOPPED], premises[len(samples)]))
        samples[-1].simulate(context, scenario, range(count), progress=progress)
        crashes = samples[-1].crashes
        manifests.append(manifest(scenario, seed=seed, replicates=count, engine=context.engine, tables="jobs", crashes=crashes))
    alternatives = _alternatives(names[0], names[1:], samples, queries, gates)
    return Comparison(names[0], seed, alternatives, tuple(samples[0].crashes), tuple(manifests))


def _read_baseline(folder: Path) -> SavedTables:
    """Return results that were saved by this version of the model."""
    saved = SavedTables(folder)
    if saved.manifest["model_version"] != MODEL_VERSION:
        raise StoreError(
            f"{folder}: these results are of model version {saved.manifest['model_version']}, this is version {MODEL_VERSION}, in which "
            f"the same scenario gives other numbers: run the baseline again with --out {folder} --overwrite"
        )
    return saved


def _refuse_identical(scenarios: Sequence[Scenario]) -> None:
    """Refuse scenarios that are the same as the reference: with the same random numbers all their differences are zero."""
    reference = scenarios[0].fingerprint()
    same = [number for number, scenario in enumerate(scenarios[1:], 2) if scenario.fingerprint() == reference]
    if same:
        raise UsageError(
            f"scenario {same[0]} is the same as the first one, so nothing differs: change a value in it, or name what is to differ by "
            "--against PATH=VALUE (in Python: compare with scenario.replace(path, value)); --set changes all of them"
        )


def _parse(
    metrics: Sequence[str], fail_if_worse: Sequence[str], groups: Mapping[str, Mapping[str, Sequence[str]]]
) -> tuple[list[Query], list[Tolerance]]:
    """Parse metrics and tolerances; every mistake is reported at once."""
    wrong: list[str] = []

    def attempt(parse: Callable[[str, Mapping[str, Sequence[str]]], Any], text: str) -> Any:
        found = None
        for name, own in groups.items():
            try:
                found = parse(text, own)
            except UsageError as error:
                message = str(error)
                of_fleet = any(part in message for part in ("neither a condition nor a cohort", "the fleet has no"))
                wrong.append(f"{message} (in {name})" if of_fleet else message)
        return found

    queries = [attempt(lambda text, own: parse_metric(text, groups=own), text) for text in metrics]
    gates = [attempt(Tolerance.parse, text) for text in fail_if_worse]
    for gate in gates:
        if gate is not None and gate.query.better == "neither":
            wrong.append(f"{gate.text}: neither more nor less of {gate.query.metric.name} is worse")
    if wrong:
        raise UsageError("\n".join(dict.fromkeys(wrong)))
    return list(dict.fromkeys([*queries, *(gate.query for gate in gates)])), gates


def _of_baseline(saved: SavedTables, seed: int | None, replicates: int | None) -> tuple[int, int]:
    """Return seed and number of replicates that can be compared with a saved result."""
    own: int = saved.manifest["seed"]
    if seed not in (None, own):
        raise UsageError(f"the baseline has seed {own}, and only the same seed gives the same random numbers: leave out --seed {seed}")
    there = int(saved.jobs["replicate"].max()) + 1
    if replicates is not None and replicates > there:
        raise UsageError(f"the baseline has {there} replicates, and {replicates} are asked for: ask for {there}, or run it again with more")
    return own, there if replicates is None else replicates


def _alternatives(
    first: str, names: list[str], samples: list[Sample], queries: list[Query], gates: list[Tolerance]
) -> tuple[Alternative, ...]:
    """Compare all samples but the first with the first."""
    reference, *others = samples
    pairs = [sorted(set(reference.done) & set(other.done)) for other in others]
    contrasts = [
        {query: contrast(query, reference.side(query), other.side(query), pair) for query in queries}
        for other, pair in zip(others, pairs, strict=True)
    ]
    # One family of hypotheses for what is shown, one for the gates: the latter alone decide on the exit.
    p_values = iter(holm([found[query].p_value() for found in contrasts for query in queries]))
    gate_p_values = iter(holm([worse_by_more(found[gate.query], gate) for found in contrasts for gate in gates]))
    alternatives = []
    for name, other, pair, found in zip(names, others, pairs, contrasts, strict=True):
        rows = tuple(_row(query, reference, other, found[query], next(p_values)) for query in queries)
        judged = tuple(judge(gate, found[gate.query], next(gate_p_values)) for gate in gates)
        here, before = (sample.estimate(STOPPED).best for sample in (other, reference))
        note = stopped_note(queries, here, f"of {name}", before) or stopped_note(queries, before, f"of {first}", here)
        alternatives.append(Alternative(name, len(pair), rows, judged, tuple(other.crashes), note))
    return tuple(alternatives)


def _row(query: Query, reference: Sample, other: Sample, found: Contrast, p_value: float) -> Compared:
    difference = found.difference()
    verdict = "~"
    if p_value <= LEVEL:
        more = difference.best > 0
        better = query.better
        verdict = ("higher" if more else "lower") if better == "neither" else "better" if more == (better == "higher") else "worse"
    return Compared(query, reference.estimate(query), other.estimate(query), difference, found.ratio(), p_value, verdict)
