"""The pictures of the pages in ``docs/questions``, of the scenario that they ask about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import rolloutsim
from rolloutsim.report.plots import plot_difference, plot_response

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SCENARIO = Path(__file__).resolve().parents[1] / "scenarios" / "twelve-warehouses.yaml"
STAGES = [{"share": "10 %", "of": "each site", "max_failure_share": "2 %"}]
RETRIES = {"codes": ["RobotAgentConnectionTimeout", "RobotDeploymentAborted"], "max": 2, "slot": "queue"}
#: For a question, the path and value of the change that its comparison looks at, and the metrics.
CHANGES = {
    "offline": ("class.switched-off.connectivity", "always", ["time_to_complete.p50", "failed_share"]),
    "slots": ("rules.offline", "skip", ["time_to_complete.p50", "time_to_reach_90_reachable.p50", "failed_share"]),
    "retries": ("rules.retries", RETRIES, ["time_to_complete.p50", "failed_share"]),
    "order": ("rules.order", "interleaved", ["time_to_complete.p50", "time_to_complete.p95"]),
}
#: The threshold that is advised counts failures of the release alone; a stage is compared with it.
COUNTS, ADVISED = ("rules.counts", ["failed"]), ("threshold", "1 %")
#: For a question, the lever of its sweep, the values and the metric.
LEVERS = {
    "concurrency": ("concurrency", ["5 %", "10 %", "20 %", "40 %", "80 %"], "time_to_complete.p95"),
    "threshold": ("threshold", ["10 %", "15 %", "20 %"], "abort_probability[good]"),
    "timeout": ("robot_timeout", ["30 min", "40 min", "50 min", "1 h", "2 h", "8 h"], "time_to_reach_90_reachable.p50"),
}
BROKEN = ("threshold", ["1 %", "2 %", "5 %", "10 %"], "failure_share[PreLaunchFileFailure][bad]")


def question_pictures() -> Iterator[tuple[str, Axes]]:
    """Yield the name of each picture, and its axes."""
    scenario = rolloutsim.load(SCENARIO)
    results = rolloutsim.simulate(scenario, keep="all")
    yield "completion", results.plot.completion_by_site()
    yield "failures", results.plot.failure_codes_by_site()
    yield "links", results.plot.link_use()
    yield "start", results.plot.time_to_complete()
    for name, (path, value, metrics) in CHANGES.items():
        other = scenario.replace(path, value).model_copy(update={"name": f"with {path.split('.')[-1]}"})
        yield name, plot_difference(rolloutsim.compare(scenario, other, metrics=metrics).frame)
    strict = scenario.replace(*COUNTS).replace(*ADVISED)
    staged = strict.replace("rules.stages", STAGES).model_copy(update={"name": "with stages"})
    metrics = ["failure_share[PreLaunchFileFailure][bad]", "time_to_complete[good].p50"]
    yield "stages", plot_difference(rolloutsim.compare(strict, staged, metrics=metrics, replicates=400).frame)
    sweeps = {name: (scenario, *lever) for name, lever in LEVERS.items()} | {"broken": (scenario.replace(*COUNTS), *BROKEN)}
    for name, (base, path, values, metric) in sweeps.items():
        yield name, plot_response(rolloutsim.sweep(base, levers={path: values}).frame(metric))
