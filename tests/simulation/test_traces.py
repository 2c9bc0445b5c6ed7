"""Recorded traces replayed: on/off and rates, worked out by hand, and downloads over real records against the integral of the record."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rolloutsim.errors import ScenarioError
from rolloutsim.scenario import Scenario, build
from rolloutsim.scenario.words.links import connectivity_line, link_lines
from tests.simulation.comparison import assert_same_tables
from tests.simulation.statistical import assert_distribution, assert_proportion
from tests.simulation.worlds import Array, reachable, replicates, tables

ROOT = Path(__file__).parents[2]
RECORDS = ROOT.parent / "shared" / "data"
HOUR = 3600.0


def world(cohort: dict[str, Any], bundle: str = "100 MB", *, folder: Path | None = None, robots: int = 1, **changes: Any) -> Scenario:
    fleet = [{"cohort": "robots", "robots": robots, **cohort}]
    return build(
        {
            "fleet": fleet,
            "application": {"bundle": bundle, **changes},
            "deployment": {"deploymentConfig": {"robotDeploymentTimeoutInSeconds": 604800}},
        },
        "test",
        folder,
    )


def rates(times: list[float], values: list[float], period: str, **more: Any) -> dict[str, Any]:
    pattern = {"period": period, "times": times, "rate": values}
    return {"link": {"trace": {"patterns": [pattern], "unit": "MB/s", "offset": "aligned", **more}}}


def switched(times: list[float], values: list[int], period: str, **more: Any) -> dict[str, Any]:
    return {"trace": {"patterns": [{"period": period, "times": times, "online": values}], "offset": "aligned", **more}}


def only(scenario: Scenario, seed: int = 1) -> dict[str, float]:
    return {name: column[0] for name, column in replicates(scenario, 1, seed=seed)[0].robots.items()}


def test_a_download_takes_what_the_trace_gives() -> None:
    # 20 s at 2 MB/s, 10 s of nothing, 30 s at 1 MB/s: 70 MB in 60 s, then again
    scenario = world(rates([0, 20, 30], [2, 0, 1], "60 s"))
    record = replicates(scenario, 1, seed=1)[0]
    assert record.robots["finished"].tolist() == [75.0]
    assert record.robots["offline"].tolist() == [0.0]
    assert record.flows["rate"].tolist() == [2e6, 1e6, 2e6]
    assert record.flows["started"].tolist() == [0, 30, 60]
    assert record.flows["ended"].tolist() == [20, 60, 75]


def test_a_rate_of_zero_stalls_and_does_not_interrupt() -> None:
    scenario = world(rates([0, 20, 30], [2, 0, 1], "60 s"), download={"interrupted": "restart"})
    robot = only(scenario)
    assert (robot["finished"], robot["bytes"]) == (75.0, 100e6)


@pytest.mark.parametrize(("interrupted", "finished", "sent"), [("resume", 160.0, 100e6), ("restart", 200.0, 140e6)])
def test_an_interruption_is_one_also_where_the_rate_changes(interrupted: str, finished: float, sent: float) -> None:
    # offline from 40 s to 90 s; the rate changes at 10 s, 30 s, … and with the link
    cohort = {**rates([0, 10, 30], [2, 0.5, 1], "40 s"), "connectivity": switched([0, 40, 90], [1, 0, 1], "1000 s")}
    robot = only(world(cohort, download={"interrupted": interrupted}))
    # until 40 s 20 + 10 + 10 MB; from 90 s, which is 10 s into a cycle, 10 MB until 110 s, 10 until 120 s, then 40 MB in 40 s
    assert robot["finished"] == finished
    assert robot["bytes"] == sent
    assert robot["offline"] == 50.0


def test_on_off_traces_wrap_without_a_change_that_is_none() -> None:
    # online at the end of the cycle and at its beginning: one spell from 80 s to 130 s
    cohort = {"link": {"rate": "1 MB/s"}, "connectivity": switched([0, 30, 80], [1, 0, 1], "100 s")}
    scenario = world(cohort, "45 MB", download={"interrupted": "restart"})
    assert only(scenario)["finished"] == 80.0 + 45.0


@pytest.mark.parametrize(("value", "reached"), [(1, 0.0), (0, -1.0)])
def test_traces_that_never_change(value: int, reached: float) -> None:
    assert only(world({"connectivity": switched([0, 5], [value, value], "10 s")}))["reached"] == reached


def test_traces_begin_anywhere() -> None:
    """Detects 0.05 of the availability, and a distance of 0.07 of the wait."""
    scenario = world({"connectivity": switched([0, 30, 80], [1, 0, 1], "100 s", offset="random")}, "0 B", robots=12_000)
    robots = replicates(scenario, 1, seed=3)[0].robots
    assert_proportion(robots["reached"] == 0, 0.5, 0.05)
    wait = robots["reached"][robots["reached"] > 0]
    assert_distribution(wait, lambda x: np.clip(x / 50, 0, 1), 0.07)


@pytest.mark.slow
def test_each_robot_draws_a_trace() -> None:
    """Detects 0.05 of the share."""
    patterns = [{"period": "10 s", "times": [0], "rate": [rate]} for rate in (1, 2, 4)]
    scenario = world({"link": {"trace": {"patterns": patterns, "unit": "MB/s"}}}, robots=10_000)
    took = replicates(scenario, 1, seed=4)[0].robots["finished"]
    assert set(took) == {25.0, 50.0, 100.0}
    for seconds in (25.0, 50.0, 100.0):
        assert_proportion(took == seconds, 1 / 3, 0.05)


def test_compiled_draws_are_the_same() -> None:
    path = "scenarios/traces/5gophers_mobility.csv"
    trace = {"file": path, "time": "t_s", "rate": "mbps", "unit": "Mbit/s", "group": "trace_id"}
    cohort = {"link": {"trace": trace}, "connectivity": switched([0, 30, 80], [1, 0, 1], "100 s", offset="random")}
    scenario = world(cohort, "300 MB", folder=ROOT, robots=30)
    assert_same_tables(tables(scenario, 2, seed=4), tables(scenario, 2, seed=4, work=10**9))


def test_traces_survive_being_written() -> None:
    trace = {"file": "scenarios/traces/5gophers_mobility.csv", "time": "t_s", "rate": "mbps", "unit": "Mbit/s", "group": "trace_id"}
    scenario = world({"link": {"trace": trace}, "connectivity": switched([0, 30], [1, 0], "100 s")}, folder=ROOT)
    again = build(scenario.resolved())
    assert again.fleet == scenario.fleet
    assert again.fingerprint() == scenario.fingerprint()
    assert scenario.replace("fleet.robots.link.trace.offset", "aligned").fingerprint() != scenario.fingerprint()


def test_words() -> None:
    cohort = world({**rates([0, 20, 30], [2, 0, 1], "60 s"), "connectivity": switched([0, 30], [1, 0], "100 s", offset="random")}).fleet[0]
    link = [line.text for line in link_lines(cohort, 70e6, 18000)]
    assert link == [
        "link as recorded: mean 9.333 Mbit/s, from 0 bit/s to 16 Mbit/s; a trace of up to 60 s, again and again from its beginning",
        "the download takes 60 s online at the mean rate",
    ]
    text = connectivity_line(cohort).text
    assert text == "online 30 % of the time, as recorded; a trace of up to 100 s, again and again from a random point"


def test_files_with_dates_states_in_words_and_several_traces(tmp_path: Path) -> None:
    rows = ["when,who,state", "2026-01-01T00:00:00Z,a,up", "2026-01-01T01:00:00+01:00,b,offline", "2026-01-01T00:01:00Z,a,down"]
    rows += ["2026-01-01T00:00:30Z,b,1", "2026-01-01T00:02:00Z,a,True"]
    (tmp_path / "log.csv").write_text("\n".join(rows))
    trace = {"file": "log.csv", "time": "when", "online": "state", "group": "who"}
    a, b = world({"connectivity": {"trace": trace}}, folder=tmp_path).fleet[0].connectivity.patterns  # type: ignore[union-attr]  # a trace
    assert (a.times, a.values, a.period) == ((0.0, 60.0, 120.0), (1.0, 0.0, 1.0), 180.0)
    assert (b.times, b.values, b.period) == ((0.0, 30.0), (0.0, 1.0), 60.0)


def test_ten_million_samples_are_refused_at_once(tmp_path: Path) -> None:
    with (tmp_path / "long.csv").open("wb") as stream:
        stream.write(b"t,mbps\n")
        for _ in range(1000):
            stream.write(b"1,2\n" * 10_000)
    trace = {"file": "long.csv", "time": "t", "rate": "mbps", "unit": "Mbit/s"}
    with pytest.raises(ScenarioError, match="more than 1,000,000 samples; cut it, or take means over longer times"):
        world({"link": {"trace": trace}}, folder=tmp_path)


def by_hand(seconds: Array, mbps: Array, size: float) -> float:
    """Return when the integral of a record, repeated, reaches a size (B)."""
    step = float(np.sort(np.diff(seconds))[(len(seconds) - 2) // 2])  # the lower median, how long the last sample holds
    edges = np.append(seconds - seconds[0], seconds[-1] - seconds[0] + step)
    sent = np.concatenate([[0.0], np.cumsum(np.diff(edges) * mbps * 125_000.0)])
    cycles, rest = divmod(size, sent[-1])
    return float(cycles * edges[-1] + np.interp(rest, sent, edges))


def downloads(file: Path, group: list[str], where: dict[str, str] | None, tmp_path: Path) -> None:
    """Download 1 GB over each record of a file."""
    records: dict[str, list[tuple[float, float]]] = {}
    with file.open() as stream:
        for row in csv.DictReader(stream):
            if where is None or all(row[key] == value for key, value in where.items()):
                records.setdefault("/".join(row[key] for key in group), []).append((float(row["t_s"]), float(row["mbps"] or 0.0)))
    assert records
    for name, samples in records.items():
        seconds, mbps = np.array(samples).T
        if mbps.sum() == 0:
            continue
        pd.DataFrame({"s": seconds, "r": mbps}).to_csv(tmp_path / "record.csv", index=False)
        trace = {"file": "record.csv", "time": "s", "rate": "r", "unit": "Mbit/s", "offset": "aligned"}
        took = only(world({"link": {"trace": trace}}, "1 GB", folder=tmp_path))["finished"]
        assert took == pytest.approx(by_hand(seconds, mbps, 1e9), rel=1e-9), name


@pytest.mark.skipif(not RECORDS.is_dir(), reason="the records lie in ../shared/data beside the checkout, which is not there")
def test_a_gigabyte_over_walking_and_driving_records(tmp_path: Path) -> None:
    downloads(RECORDS / "05_5gophers_mobility_bandwidth.csv", ["trace_id"], None, tmp_path)


@pytest.mark.skipif(not RECORDS.is_dir(), reason="the records lie in ../shared/data beside the checkout, which is not there")
@pytest.mark.parametrize("location", ["loc1", "loc3"])
def test_a_gigabyte_over_the_wifi_of_a_robot(location: str, tmp_path: Path) -> None:
    """loc3 is behind a ship's hull: seconds without a byte."""
    downloads(RECORDS / "06_robot_wifi_iperf.csv", ["phy", "bandwidth", "band", "run"], {"location": location}, tmp_path)


def test_a_gigabyte_over_the_records_that_come_with_the_scenarios(tmp_path: Path) -> None:
    downloads(ROOT / "scenarios" / "traces" / "5gophers_mobility.csv", ["trace_id"], None, tmp_path)


def test_every_robot_that_is_ever_online_is_reachable() -> None:
    scenario = world({"connectivity": switched([0, 30], [0, 1], "100 d")}, robots=2)
    assert reachable(scenario, seed=1) == [True] * 2
