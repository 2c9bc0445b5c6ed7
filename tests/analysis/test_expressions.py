"""Expressions: what is understood, and what is reported when it is not."""

from __future__ import annotations

import pickle

import pytest

from rolloutsim.analysis.expressions import evaluate, parse_metric
from rolloutsim.analysis.groups import Group
from rolloutsim.analysis.metrics import METRICS
from rolloutsim.errors import UsageError

from .synthetic import synthetic_tables

NAMES = {"cohort": ("dock", "courier", "workshop"), "site": ("yard", "wh.01 north"), "class": ("vans",)}


def test_an_expression_is_metric_conditions_and_statistic() -> None:
    query = parse_metric("time_to_reach_95[courier][bad][succeeded].p90", groups=NAMES)
    assert (query.metric.name, query.group, query.release, query.status, query.statistic) == (
        "time_to_reach_95",
        Group("cohort", "courier"),
        "bad",
        "Succeeded",
        "p90",
    )
    assert query.q == 0.9
    assert parse_metric(str(query)) == query


@pytest.mark.parametrize(
    ("text", "statistic"),
    [
        ("abort_probability", "probability"),
        ("abort_probability.mean", "mean"),
        ("time_to_complete", "mean"),
        ("failed_share[dock]", "mean"),
        ("failure_share[PreLaunchFileFailure]", "mean"),
        ("time_to_complete.p99.9", "p99.9"),
        (" time_to_complete.p5 ", "p5"),
    ],
)
def test_statistics_and_their_defaults(text: str, statistic: str) -> None:
    assert parse_metric(text).statistic == statistic


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time_to_complet.p95", "did you mean time_to_complete?"),
        ("Abort_Probability", "did you mean abort_probability?"),
        ("zzz", f"zzz: there is no metric zzz; rolloutsim metrics lists all {len(METRICS)}"),
        ("", "write it as name[condition].statistic"),
        ("time_to_complete [good]", "write it as"),
        ("time_to_complete[good", "write it as"),
        ("time_to_complete.", "write it as"),
        ("time_to_complete <= 9 h", "write it as"),
        ("abort_probability[god]", "did you mean good?"),
        ("time_to_reach_95[couirer]", "did you mean courier?"),
        ("time_to_reach_95[]", "[] is neither a condition nor a cohort"),
        ("overshoot[dock]", "overshoot is not known by cohort"),
        ("time_to_complete[good][bad]", "[bad] is a second release"),
        ("downtime[dock][courier]", "[courier] is a second group of robots"),
        ("downtime[class=vans][dock]", "[dock] is a second group of robots; only one can be chosen"),
        ("downtime[yard]", "[yard] is neither a condition nor a cohort; write [site=yard]"),
        ("downtime[vans]", "[vans] is neither a condition nor a cohort; write [class=vans]"),
        ("downtime[wh.01 north]", "write [site='wh.01 north']"),
        ("downtime[site=yrd]", "[site=yrd]: the fleet has no site yrd; did you mean yard?"),
        ("downtime[site=dock]", "the fleet has no site dock, but a cohort: write [dock]"),
        ("downtime[class=yard]", "the fleet has no class yard, but a site: write [site=yard]"),
        ("downtime[zone=yard]", "[zone=yard] is neither a condition nor a cohort"),
        ("abort_probability[site=yard]", "abort_probability is not known by site, so [site=yard] is not possible"),
        ("utilisation_peak[class=vans]", "utilisation_peak is not known by class, only by site, so"),
        ("time_to_complete.p0", "p0 cannot be estimated; use one above p0 and below p100"),
        ("time_to_complete.p100", "p100 cannot be estimated; use one above p0 and below p100"),
        ("time_to_complete.p101", "there is no statistic p101"),
        ("time_to_complete.median", "there is no statistic median; "),
        ("time_to_complete.maen", "did you mean mean?"),
        ("time_to_complete.probability", "is no yes or no"),
        ("abort_probability.p95", "use .probability"),
        ("failure_share", "needs a failure code"),
        ("failure_share[PreLaunchFileFailur]", "did you mean PreLaunchFileFailure?"),
        ("failure_share[FailureThresholdBreached]", "ask for job_failure_probability[FailureThresholdBreached]"),
        ("job_failure_probability[PreLaunchFileFailure]", "is not a failure code that job_failure_probability knows"),
    ],
)
def test_what_is_wrong_is_reported_with_a_way_out(text: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_metric(text, groups=NAMES)
    assert said in str(raised.value)
    assert str(raised.value).startswith(text)
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)


def test_all_that_is_wrong_is_reported_at_once() -> None:
    with pytest.raises(UsageError) as raised:
        parse_metric("failure_share[PreLaunch][god][good][bad].p0", groups=NAMES)
    for said in ("PreLaunch is not a failure code", "[god] is neither", "[bad] is a second release", "p0 cannot"):
        assert said in str(raised.value)


def test_a_cohort_is_only_known_with_the_tables() -> None:
    query = parse_metric("downtime[nowhere]")
    assert query.group == Group("cohort", "nowhere")
    with pytest.raises(UsageError, match="no cohort nowhere; it has dock, courier, workshop"):
        evaluate(query, synthetic_tables(2, 5))
    with pytest.raises(UsageError, match="no cohort nowhere"):
        evaluate("failure_share[PreLaunchFileFailure][nowhere]", synthetic_tables(2, 5))


def test_a_table_that_was_not_kept_is_named() -> None:
    class JobsOnly:
        jobs = synthetic_tables(8, 5).jobs
        cohorts = robots = steps = timeline = failure_codes = None

    assert evaluate("time_to_complete.p50", JobsOnly()).estimable
    with pytest.raises(UsageError, match="table cohorts"):
        evaluate("downtime[dock]", JobsOnly())
