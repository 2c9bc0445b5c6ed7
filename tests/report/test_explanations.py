"""`rolloutsim explain`: every metric, failure code, key and column has an explanation, and what has none is an error with a hint."""

from __future__ import annotations

import re

import pytest

from rolloutsim import load, simulate
from rolloutsim.analysis.metrics import METRICS
from rolloutsim.errors import UsageError
from rolloutsim.report.explanations import _PHASES, explain, explained_words
from rolloutsim.report.sections import summary_sections
from rolloutsim.simulation.records.tables import SCHEMA
from rolloutsim.vocabulary import PHASES
from tests.gate import ROOT


def test_every_word_is_explained() -> None:
    words = explained_words()
    assert {"rules.dispatch", "time_to_complete", "FailureThresholdBreached", "robots.granted_s"} <= set(words)
    for word in words:
        for found in explain(word):
            assert found.name
            assert found.meaning or found.kind == "key", word
            assert found.facts["source"]


def test_every_line_of_a_summary_is_explained() -> None:
    stages = [{"share": "20 %", "max_failure_share": "50 %"}]
    scenarios = load(ROOT / "scenarios" / "thin-uplink.yaml"), load(ROOT / "scenarios" / "bad-release.yaml").replace("rules.stages", stages)
    named = re.compile(r"|unreached|stage \d begins|site \w+")
    summaries = [simulate(scenario, replicates=2, seed=1).summary() for scenario in scenarios]
    labels = {row.label for summary in summaries for section in summary_sections(summary) for row in section.rows}
    assert {"failed, InSync later", "most downloads at once", "robots exposed, mean", "reporting"} <= labels
    for label in labels:
        assert named.fullmatch(label) or explain(label), label


def test_a_line_is_its_metric_and_a_phase_is_explained() -> None:
    assert explain("InSync later") == explain("failed, InSync later") == explain("converged_late")
    assert explain("Robots left down")[0].name == "left_down"
    assert list(_PHASES) == list(PHASES)
    (extracting,) = [found for found in explain("extracting") if found.kind == "phase"]
    assert extracting.facts["failure codes"] == "ExtractingBundleFailure, EnvironmentSetupError"


def test_formulas_name_columns_that_there_are() -> None:
    columns = {f"{table}.{column.name}" for table, own in SCHEMA.items() for column in own}
    for metric in METRICS.values():
        named = re.findall(r"\b[a-z_]+\.[a-z_0-9]+", metric.formula)
        assert named, metric.name
        assert set(named) <= columns, metric.name


def test_an_expression_is_its_metric_and_its_statistic() -> None:
    metric, statistic = explain("time_to_reach_95[site=wh07].p99.5")
    assert (metric.kind, metric.name, metric.facts["formula"]) == ("metric", "time_to_reach_95", "jobs.time_to_reach_95_s")
    assert (statistic.kind, statistic.name) == ("statistic", "p99.5")
    assert [found.kind for found in explain("abort_probability.probability")] == ["metric", "statistic"]


def test_a_rule_shows_its_values_and_where_they_come_from() -> None:
    (dispatch,) = explain("rules.dispatch")
    assert dispatch.facts["default"] == "window"
    assert dispatch.facts["batch"].startswith("C robots start together")
    assert "assumption" in dispatch.facts["source"]
    assert explain("rules.condition")[0].facts["source"] == "fail is in RoboMaker's documentation; other values are not"
    assert "CreateDeploymentJob" in explain("failureThresholdPercentage")[0].facts["source"]


def test_the_end_of_a_path_finds_all_keys_that_end_so() -> None:
    assert {found.name for found in explain("connectivity")} >= {"fleet[].connectivity", "application.release.bad.connectivity"}


def test_columns_of_one_meaning_are_explained_once() -> None:
    assert explain("bytes_sent")[1].name.split(", ")[:2] == ["jobs.bytes_sent", "cohorts.bytes_sent"]


@pytest.mark.parametrize(
    ("word", "hint"), [("time_to_complet", "did you mean time_to_complete?"), ("PreLaunchFileFailur", "did you mean PreLaunchFileFailure?")]
)
def test_an_unknown_word_is_refused_with_the_nearest_one(word: str, hint: str) -> None:
    with pytest.raises(UsageError, match=re.escape(hint)):
        explain(word)
