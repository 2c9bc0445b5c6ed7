"""The headline of a run: every number is one of the summary, what is not known is called undecided, and the next command works."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from rolloutsim import Results, compare, simulate
from rolloutsim.analysis import Estimate
from rolloutsim.formatting import TIME_SCALES
from rolloutsim.report import run_headline
from rolloutsim.report.brief import LINES, brief_section
from rolloutsim.report.next_step import next_step
from rolloutsim.report.study_headlines import advice_sentences, comparison_headline
from rolloutsim.report.texts import interval_text
from rolloutsim.scenario import Scenario, build, parse
from rolloutsim.scenario.local_time import LocalClock
from rolloutsim.study.advice import ADVICE_METRICS, advise, changes, never_online

BASE = """
seed: 3
replicates: 80
fleet:
  - {cohort: dock, robots: 24, site: berlin}
  - {cohort: attic, robots: 4, connectivity: never}
network: {origin: 100 Mbit/s, sites: {berlin: {downlink: 20 Mbit/s}}}
application:
  bundle: 50 MB
  steps: {launching: {duration: {exponential: {mean: 20 s}}, failures: {MissingRobotDeploymentResource: 0.05}}}
  release: {bad: {probability: 0.3, steps: {launching: {failures: {MissingRobotDeploymentResource: 0.9}}}}}
deployment:
  deploymentConfig: {concurrentDeploymentPercentage: 25, failureThresholdPercentage: 50, robotDeploymentTimeoutInSeconds: 1800}
rules: {start: "2026-01-05 21:00"}
"""


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return parse(BASE)


@pytest.fixture(scope="module")
def results(scenario: Scenario) -> Results:
    return simulate(scenario, engine="simpy", executor=1)


def estimates(value: Any) -> Iterator[Estimate]:
    """Yield all estimates in a summary."""
    if isinstance(value, Estimate):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from estimates(part)
    elif isinstance(value, tuple | list):
        for part in value:
            yield from estimates(part)


def sizes_by_unit(found: list[Estimate]) -> dict[str, set[float]]:
    """Return the numbers that a sentence may hold, by the unit that follows them."""
    numbers = {limit for one in found for limit in one[:3] if math.isfinite(limit)}
    sizes = {scale.symbol: {abs(number) / scale.size for number in numbers} for scale in TIME_SCALES}
    return sizes | {"": numbers} | {unit: {100 * abs(number) for number in numbers} for unit in ("%", "pp")}


def unknown_numbers(text: str, found: list[Estimate], whole: set[int]) -> list[str]:
    """Return the numbers of a text that are none of these, rounded to as many digits in either direction."""
    sizes, missing = sizes_by_unit(found), []
    unit = "(%|pp|min|h|s|d)(?![a-z])"
    text = re.sub(r"\b(Mon|Tue) \d\d:\d\d|95 % within|when 95 %", "", text)
    text = re.sub(rf"(\d[\d.,]*) to (\d[\d.,]*) {unit}", r"\1 \3 to \2 \3", text)
    for number, fraction, symbol in re.findall(rf"(\d[\d,]*(?:\.(\d+))?)(?: {unit})?", text):
        value, step = float(number.replace(",", "")), 10.0 ** -len(fraction)
        known = bool(symbol or fraction) and any(abs(value - size) < step for size in sizes[symbol])
        if not (known or (not symbol and value in whole)):
            missing.append(f"{number} {symbol}")
    return missing


def numbers_of(results: Results) -> tuple[list[Estimate], set[int]]:
    summary = results.summary()
    found = list(estimates(summary))
    counts = {int(number) for one in found for number in re.findall(r"\d+", one.note)} | {summary.replicates, summary.robots}
    counts |= {group.robots for group in summary.detail.unreached} if summary.detail else set()
    timer = results.scenario.reach_timeout  # a setting: the only number that is none of the summary
    return [*found, Estimate(timer, timer, timer, 1)], counts


def test_every_number_is_one_of_the_summary(results: Results) -> None:
    sentences = run_headline(results.summary(), results.scenario)
    assert 2 <= len(sentences) <= 4
    found, counts = numbers_of(results)
    for sentence in sentences:
        assert unknown_numbers(sentence, found, counts) == []
    assert unknown_numbers(sentences[0].replace("over within ", "over within 9"), found, counts) != []


def test_every_estimate_stands_with_its_interval(results: Results) -> None:
    text = " ".join(run_headline(results.summary(), results.scenario))
    for value in re.findall(r"(?<!95 )(?<![\d.] to )\d[\d.]* % (?!within|are)([^)]*\))", text):
        assert "(" in value or value.endswith(")")
    share = results.summary().robot_outcomes["succeeded"]
    value, limits = interval_text(share, "%")  # with as many digits, the table's
    assert f"{value} ({limits.strip('[]').replace(', ', ' to ')} %)" in text


def test_it_shows_which_robots_are_never_reached_and_what_stops_rollouts(results: Results) -> None:
    sentences = run_headline(results.summary(), results.scenario)
    clock = LocalClock.of(results.scenario)
    assert clock is not None
    assert clock.at(results.summary().time_to_complete["all"]["p50"].best) in sentences[0]
    assert (
        "the 4 robots of attic are never online, and each that is granted a slot holds it until its timer ends after 30 min" in sentences[1]
    )
    # The summary knows for how long any link is full, not which.
    assert sentences[2].startswith("At least one of the links of berlin and the origin is full for ")
    assert "the busiest is that of berlin" in sentences[2]
    stopped = int(results.summary().abort_probability["all"].note.split()[0])
    assert sentences[3].startswith(f"{stopped} of 80 rollouts are stopped by the failure threshold, ")
    assert re.search(r"of the good releases [^,]*, of the bad ones ", sentences[3])


#: The robots of thin download at once for 8 min, and each has 5.
THIN: dict[str, Any] = {
    "fleet": [{"cohort": "thin", "robots": 12, "site": "thin"}, {"cohort": "wide", "robots": 12, "site": "wide"}],
    "network": {"sites": {"thin": {"downlink": "1 Mbit/s"}, "wide": {"downlink": "1 Gbit/s"}}},
    "application": {"bundle": "5 MB"},
    "deployment": {"deploymentConfig": {"robotDeploymentTimeoutInSeconds": 300, "concurrentDeploymentPercentage": 100}},
}
WRONG = {"steps": {"validating": {"failures": {"InvalidGreengrassGroup": 1.0}}}}


def test_a_link_that_is_too_thin_is_the_reason_why_the_robots_behind_it_fail() -> None:
    scenario = build(THIN)
    found = run_headline(simulate(scenario, replicates=40, seed=1, executor=1).summary(), scenario)
    why = "the rules allow 12 downloads at once, 12 downloads take 8 min, and each robot has 5 min."
    because = f", because its link is too thin: {why}"
    assert found[1].endswith(f"all robots of thin fail{because}")
    # If they fail before they download, the link is not the reason.
    thin, wide = THIN["fleet"]
    scenario = build(THIN | {"fleet": [thin | WRONG, wide]})
    found = run_headline(simulate(scenario, replicates=40, seed=1, executor=1).summary(), scenario)
    assert "all robots of thin fail" in found[1]
    assert "too thin" not in found[1]


def test_what_too_few_rollouts_do_not_show_is_undecided(scenario: Scenario) -> None:
    few = simulate(scenario, replicates=12, engine="simpy", executor=1)
    sentences = run_headline(few.summary(), few.scenario)
    assert "it is undecided when 95 % are: that needs 72 rollouts" in sentences[0]
    one = simulate(scenario, replicates=1, engine="simpy", executor=1)
    assert "a single one has no range" in run_headline(one.summary(), one.scenario)[0]


def test_nothing_drawn_has_no_interval() -> None:
    fixed = simulate(parse("{replicates: 3, fleet: [{cohort: dock, robots: 2}], application: {bundle: 1 MB}}"), executor=1)
    sentences = run_headline(fixed.summary(), fixed.scenario)
    assert "100 % of the robots get the release." in sentences
    assert sentences[-1] == "No rollout is stopped."


@pytest.mark.parametrize(
    ("threshold", "end"),
    [
        ("25 %", "No rollout is stopped; the failure threshold is 25 % of the robots, and 20 % of them fail."),
        ("50 %", "No rollout is stopped."),  # not near
    ],
)
def test_a_threshold_that_is_near_is_named(threshold: str, end: str) -> None:
    fleet = [{"cohort": "dock", "robots": 8}, {"cohort": "attic", "robots": 2, "connectivity": "never"}]
    scenario = build({"fleet": fleet, "application": {"bundle": "1 MB"}, "replicates": 3}).replace("threshold", threshold)
    assert run_headline(simulate(scenario, executor=1).summary(), scenario)[-1] == end


def test_where_a_site_holds_the_slots_another_order_is_tried() -> None:
    scenario = build(THIN).replace("concurrency", "12 robots")
    found = list(changes(scenario, simulate(scenario, replicates=2, seed=1, executor=1).summary()))
    assert [change.words for change in found] == [
        "with a robot timeout of 9 min instead of 5 min",
        "with sites that share the slots (rules.order: interleaved)",
        "with twice the rate on the link of thin, 2 Mbit/s",
    ]
    assert found[0].scenario.robot_timeout == 540.0
    assert found[1].scenario.rules.order == "interleaved"


def test_where_a_link_is_too_thin_the_timeout_that_fits_is_tried_and_no_rate_that_does_not() -> None:
    scenario = build(THIN).replace("application.bundle", "20 MB")  # 32 min; at twice the rate 16
    summary = simulate(scenario, replicates=2, seed=1, executor=1).summary()
    assert [change.words for change in changes(scenario, summary)] == ["with a robot timeout of 36 min instead of 5 min"]
    step = next_step(summary, scenario)
    assert (step.command, step.options[:2]) == ("compare", ("--against", "robot_timeout=36 min"))
    assert all(
        line.failed.best == 0
        for line in simulate(scenario.replace("robot_timeout", "36 min"), replicates=2, seed=1, executor=1).summary().sites.lines
    )


def test_the_only_link_with_a_limit_is_full() -> None:
    found = run_headline(simulate(build(ONE_LINK), replicates=3, seed=1, executor=1).summary(), build(ONE_LINK))
    assert any(sentence.startswith("The link of dock is full for 8 s") for sentence in found)


#: The origin and other sites have no limit.
ONE_LINK: dict[str, Any] = {
    "fleet": [{"cohort": "dock", "robots": 2, "site": "dock"}, {"cohort": "yard", "robots": 2, "site": "yard"}],
    "network": {"sites": {"dock": {"downlink": "2 Mbit/s"}, "yard": {}, "empty": {"downlink": "1 Mbit/s"}}},
    "application": {"bundle": "1 MB"},
}


def test_robots_left_without_an_application_are_named() -> None:
    wrong = {"steps": {"launching": {"failures": {"MissingRobotDeploymentResource": 1.0}}}}
    data = {"fleet": [{"cohort": "dock", "robots": 6}, {"cohort": "yard", "robots": 2} | wrong], "application": {"bundle": "1 MB"}}
    found = run_headline(simulate(build(data), replicates=3, seed=1, executor=1).summary(), build(data))
    assert found[1].startswith("75 % of the robots get the release, and on average 2 are left without a running application")
    kept = build({**data, "rules": {"rollback": {"duration": "1 s"}}})
    assert "left without" not in " ".join(run_headline(simulate(kept, replicates=3, seed=1, executor=1).summary(), kept))


def test_it_shows_when_most_robots_have_the_release_long_before_the_rollout_is_over(scenario: Scenario) -> None:
    calm = scenario.replace("application.release.bad.probability", 0.0).replace("network", {})
    early = run_headline(simulate(calm, replicates=80, seed=3, engine="simpy", executor=1).summary(), calm)[0]
    assert re.search(r"; in half of the rollouts 9[05] % of the reachable robots have the release within [\d.]+ (s|min) ", early)
    without = calm.replace("fleet", [{"cohort": "dock", "robots": 24}])
    assert "reachable" not in run_headline(simulate(without, replicates=80, seed=3, engine="simpy", executor=1).summary(), without)[0]


def test_the_ten_lines_are_ten(results: Results) -> None:
    section = brief_section(results.summary())
    assert len(section.rows) == LINES == 10
    assert [row.label for row in section.rows if row.label][:3] == ["time to complete", "90 % of reachable", "95 % of reachable"]


def test_robots_that_are_never_online_are_counted_by_class_or_cohort(scenario: Scenario) -> None:
    assert never_online(scenario) == {"attic": 4}


def test_three_changes_are_tried_at_most_and_change_what_they_name(scenario: Scenario, results: Results) -> None:
    found = list(changes(scenario, results.summary()))
    assert [change.words for change in found] == [
        "without the robots that are never online",
        "with a robot timeout of 15 min instead of 30 min",
        "with twice the rate on the link of berlin, 40 Mbit/s",
    ]
    without, shorter, wider = (change.scenario for change in found)
    assert without.robots == 24
    assert (shorter.robot_timeout, scenario.robot_timeout) == (900.0, 1800.0)
    assert wider.network is not None
    assert wider.network.sites["berlin"].downlink == 40e6


def test_a_robot_without_a_timeout_gets_no_shorter_one(scenario: Scenario, results: Results) -> None:
    endless = scenario.replace("rules.robot_timeout", "none")
    assert [change.words.split()[0:2] for change in changes(endless, results.summary())] == [["without", "the"], ["with", "twice"]]


@pytest.mark.slow
def test_advice_is_what_a_comparison_with_the_same_seed_finds(scenario: Scenario, results: Results) -> None:
    advice = advise(scenario, results.summary(), replicates=80, seed=3, executor=1)
    assert advice is not None
    changed = scenario.replace("robot_timeout", "900 s")
    (expected,) = compare(scenario, changed, metrics=ADVICE_METRICS, replicates=80, seed=3, executor=1).alternatives
    assert [row.difference for row in advice.alternatives[1].metrics] == [row.difference for row in expected.metrics]
    sentences = advice_sentences(advice)
    assert len(sentences) == 3
    for sentence, alternative in zip(sentences, advice.alternatives, strict=True):
        effects = sentence.split(": ", 1)[1]
        found = [row.difference for row in alternative.metrics]
        assert unknown_numbers(effects, found, {80}) == []
        undecided = sum(row.verdict == "~" and row.difference.low < row.difference.high for row in alternative.metrics)
        assert ("no difference is shown in" in sentence) == ("(n = 80)" in sentence) == bool(undecided), (sentence, alternative)


def test_without_robots_that_never_get_the_release_no_robot_more_gets_it() -> None:
    fleet = [{"cohort": "dock", "robots": 8}, {"cohort": "attic", "robots": 2, "connectivity": "never"}]
    scenario = build({"fleet": fleet, "application": {"bundle": "1 MB"}})
    summary = simulate(scenario, replicates=6, seed=1, executor=1).summary()
    advice = advise(scenario, summary, replicates=6, seed=1, executor=1)
    assert advice is not None
    first = advice_sentences(advice)[0]  # of 8 robots all get it, of 10 it was 80 %
    assert first.startswith("With the same random numbers, without the robots that are never online: ")
    assert "no robot more gets the release" in first


@pytest.mark.slow
def test_a_comparison_has_a_sentence_for_each_scenario(scenario: Scenario) -> None:
    found = compare(scenario, scenario.replace("robot_timeout", "900 s"), metrics=ADVICE_METRICS, replicates=80, seed=3, executor=1)
    (sentence,) = comparison_headline(found)
    better = [row for row in found.alternatives[0].metrics if row.verdict == "better"]
    assert better
    assert "better in time_to_complete.p50 by " in sentence
    assert unknown_numbers(sentence.split(": ")[1].replace(".p50", ""), [row.difference for row in better], {1, 2, 3}) == []


def test_the_next_command_names_a_change_that_is_valid(scenario: Scenario, results: Results) -> None:
    step = next_step(results.summary(), scenario)
    assert (step.command, step.options) in (("run", ("--advise",)), ("compare", ("--against", "rules.order=interleaved")))
    few = scenario.model_copy(update={"replicates": 3})
    assert next_step(results.summary(), few).options[-2:] == ("--replicates", "100")
    assert shlex.join(["rolloutsim", step.command, "a b.yaml"]).endswith("'a b.yaml'")
