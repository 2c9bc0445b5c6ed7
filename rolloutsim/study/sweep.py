"""A sweep: many points of one scenario, each with the same seed and replicates, so that differences are of the points, not of chance."""

from __future__ import annotations

import json
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import finalize

from rolloutsim.analysis import Premises
from rolloutsim.errors import StoreError, UsageError
from rolloutsim.printing import log_warning
from rolloutsim.study.arguments import expect_count, expect_levers, expect_scenario
from rolloutsim.study.context import STUDY_SEED, StudyContext, choose_seed
from rolloutsim.study.execution.executors import ExecutorLike
from rolloutsim.study.execution.tasks import Request
from rolloutsim.study.execution.work import Done
from rolloutsim.study.provenance import package_version
from rolloutsim.study.store.arrow_rows import pack
from rolloutsim.study.store.definition import LOG, Definition, read_definition
from rolloutsim.study.store.store import Store
from rolloutsim.study.study import Study
from rolloutsim.study.sweep_points import Method, make_points, points_frame, with_sweep

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario
    from rolloutsim.study.store.store_reader import Contents


class SweepPlan(NamedTuple):
    """A sweep that has not begun.

    Attributes
    ----------
    definition
        What it is about.
    scenarios
        By fingerprint.
    seed
        Of all draws.
    shard
        Which replicates of each point this process simulates.
    """

    definition: Definition
    scenarios: dict[str, Scenario]
    seed: int
    shard: range

    def missing(self, contents: Contents | None = None) -> list[Request]:
        """Return the work that is left where there is something already; all of it for None."""
        return [
            Request(key, scenario, self.seed, replicates)
            for key, (fingerprint, scenario) in enumerate(self.scenarios.items())
            for replicates in ([self.shard] if contents is None else contents.missing(fingerprint, self.seed, self.shard))
        ]

    def context(self, requests: Iterable[Request], executor: ExecutorLike = None) -> StudyContext:
        """Choose the engine by the work of some requests."""
        return StudyContext.of([(each.scenario, len(each.replicates)) for each in requests], seed=self.seed, executor=executor)


def plan_sweep(
    scenario: Scenario,
    *,
    levers: Mapping[str, Sequence[Any]] | None = None,
    uncertainties: Mapping[str, Any] | None = None,
    method: Method = "lhs",
    samples: int = 16,
    replicates: int | None = None,
    seed: int | None = None,
    shard: tuple[int, int] = (1, 1),
    out: Path | None = None,
) -> SweepPlan:
    """Make the points of a sweep and check that they are valid scenarios; see `sweep`.

    Raises
    ------
    ScenarioError
        With everything that is wrong.
    UsageError
        If an argument is invalid.
    StoreError
        If the folder holds another study.
    """
    expect_scenario(scenario)
    if levers is not None:
        expect_levers(levers)
    expect_count("samples", samples, most=1_000_000)
    number, of = shard
    if not 1 <= number <= of:
        raise UsageError(f"there is no shard {number}/{of}: shards are 1/{max(of, 1)} to {max(of, 1)}/{max(of, 1)}")
    count = scenario.replicates if replicates is None else replicates
    expect_count("replicates", count)
    before = read_definition(out) if out is not None else None
    if seed is None:
        seed = scenario.seed if scenario.seed is not None else before.seeds[0] if before else STUDY_SEED
    seed = choose_seed(scenario, seed)
    varied = with_sweep(scenario, levers, uncertainties)
    assert varied.sweep is not None
    points = make_points(varied, method=method, samples=samples, seed=seed)
    units = {path: uncertainty.dimension.unit for path, uncertainty in varied.sweep.uncertainties.items()}
    base = {key: value for key, value in varied.without_studies().resolved().items() if key not in ("seed", "replicates")}
    frame = points_frame(points)
    frame.insert(2, "premises", [json.dumps(Premises.of(point.scenario).to_json()) for point in points])
    definition = Definition(base, (seed,), count, units, frame)
    if before is not None:
        wrong = before.differences(definition)
        if seed not in before.seeds:
            wrong.append(f"the seed is {seed}, not {', '.join(map(str, before.seeds))}")
        if wrong:
            raise StoreError(f"{out}: this folder holds another study: {'; '.join(wrong)}: choose another folder")
        definition = definition.with_points_of(before)._replace(seeds=before.seeds)
    share = range((number - 1) * count // of, number * count // of)
    return SweepPlan(definition, {point.fingerprint: point.scenario for point in points}, seed, share)


def run_sweep(
    plan: SweepPlan,
    folder: Path,
    *,
    executor: ExecutorLike = None,
    notify: Callable[[str], None] = lambda _: None,
) -> Iterator[tuple[int, Done]]:
    """Simulate what a folder lacks of a sweep; yield the number of replicates that are missing, and each finished task.

    Parameters
    ----------
    executor
        As for `run_chunks`.
    notify
        Called with what in the folder was set aside.
    """
    with Store(folder, notify=notify) as store:
        store.expect(plan.definition.fingerprints)
        plan.definition.write(folder)
        left = plan.missing(store.contents)
        fingerprints = list(plan.scenarios)
        missing = sum(len(request.replicates) for request in left)
        begun, count = time.time(), 0
        try:
            for done in plan.context(left, executor).run(left):
                store.add([pack(fingerprints[request.key], plan.seed, outcomes) for request, outcomes in done])
                count += sum(outcomes.size for _, outcomes in done)
                yield missing, done
        finally:
            if count:
                _log(folder, begun, count, notify)
        store.compact(plan.definition.fingerprints)


def _log(folder: Path, begun: float, replicates: int, notify: Callable[[str], None]) -> None:
    """Log where and how long a process worked, apart from the results, which do not depend on it."""
    from datetime import UTC, datetime

    line = {
        "begun": datetime.fromtimestamp(begun, UTC).isoformat(timespec="seconds"),
        "seconds": round(time.time() - begun, 1),
        "replicates": replicates,
        "host": platform.node(),
        "python": platform.python_version(),
        "rolloutsim": package_version(),
        "command": sys.argv,
    }
    try:
        with (folder / LOG).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    except OSError as error:
        notify(f"{folder / LOG}: cannot be written ({error.strerror or error}), which costs no results")


def sweep(
    scenario: Scenario,
    *,
    levers: Mapping[str, Sequence[Any]] | None = None,
    uncertainties: Mapping[str, Any] | None = None,
    method: Method = "lhs",
    samples: int = 16,
    replicates: int | None = None,
    seed: int | None = None,
    out: str | Path | None = None,
    executor: ExecutorLike = None,
) -> Study:
    """Simulate a scenario at every setting of some levers, each with the same samples of what is uncertain and the same random numbers.

    Parameters
    ----------
    levers
        Values by path or short name, e.g. ``{"rules.dispatch": ["window", "batch"]}``; they are added to those of the scenario's sweep.
    uncertainties
        Distributions by path, as a file writes them, e.g. ``{"application.bundle": {"uniform": {"low": "300 MB", "high": "400 MB"}}}``.
    method, samples
        How the uncertainties are sampled, and how many samples; see `make_points`.
    replicates, seed
        Of each point; default: the scenario's; a seed that neither names is 1.
    out
        A folder for the results. What is there already is not computed again.
    executor
        Where to simulate; the results do not depend on it. See `rolloutsim.simulate`.

    Raises
    ------
    ScenarioError
        With all points that are no valid scenario, before anything runs.
    UsageError
        If an argument is invalid.
    StoreError
        If the folder cannot be used.

    Examples
    --------
    >>> import rolloutsim
    >>> scenario = rolloutsim.load("scenarios/robomaker-100.yaml")
    >>> levers = {"deployment.deploymentConfig.concurrentDeploymentPercentage": [10, 20]}
    >>> study = rolloutsim.sweep(scenario, levers=levers, replicates=3, executor=1)
    >>> study
    <Study of robomaker-100: 2 points, 6 replicates, seed 15>
    """
    place = None if out is None else Path(out)
    plan = plan_sweep(
        scenario,
        levers=levers,
        uncertainties=uncertainties,
        method=method,
        samples=samples,
        replicates=replicates,
        seed=seed,
        out=place,
    )
    folder = place or Path(mkdtemp(prefix="rolloutsim-"))

    try:
        for _ in run_sweep(plan, folder, executor=executor, notify=log_warning):
            pass
        study = Study(folder)
    except BaseException:
        if place is None:
            rmtree(folder, ignore_errors=True)
        raise
    if place is None:
        finalize(study, rmtree, folder, ignore_errors=True)
    return study
