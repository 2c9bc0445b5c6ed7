"""A summary in words, on the terminal and as HTML: all numbers, with their intervals, and nothing that cannot be printed."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser

import pytest

from rolloutsim.analysis import Estimate, summarize
from rolloutsim.report import print_summary, results_html, summary_sections
from rolloutsim.vocabulary import CODES
from tests.analysis.synthetic import synthetic_tables


def printed(summary, file=None):
    file = io.StringIO() if file is None else file
    print_summary(summary, details=True, file=file)
    return file.getvalue()


def rows(summary, title):
    (section,) = [section for section in summary_sections(summary) if section.title.startswith(title)]
    return section


def test_terminal_output_as_it_was_reviewed(summary):
    text = printed(summary)
    assert text.startswith(
        "a <night> & ünd: n = 100 replicates of 50 robots\nIntervals in brackets hold the true value with 95 % confidence.\n\n"
    )
    for line in (
        "Time to complete",
        "all jobs                        P50    5.980 h [5.943, 6.012]     n = 100",
        "                                P99            not estimable, needs 368; n = 100",
        "90 % InSync                     P50   79.3 min [77.1, 86.7]",
        "                                               not reached in 30 of 100",
        "                                P95      never not reached in 30 of 100",
        "threshold breached         all jobs     17.0 % [10.2, 25.8]       17 of 100",
        "                       good release   < 4.35 % 0 of 83",
        "                        bad release   > 80.5 % 17 of 17",
        "stopped by    PostLaunchFileFailure     93.3 % [90.2, 96.4]       n = 17 of 100",
        "PostLaunchFileFailure                   5.12 % [2.86, 7.79]       in 17 of 100",
        "                               dock     7.80 % [4.34, 11.89]      in 17 of 100",
        summary.other_codes.text,
        "reaching                                48.3 % [44.5, 52.0]       n = 99 of 100",
    ):
        assert f"\n{line}\n" in text


def test_what_failed_and_in_sync_later_means_is_explained_where_it_occurs(summary):
    assert "it counts as failed" in rows(summary, "Robots").note.lower()
    none = Estimate(0.0, 0.0, 0.03, 100, note="in 0 of 100")
    outcomes = summary.robot_outcomes | {"converged_late": none}
    assert not rows(summary._replace(robot_outcomes=outcomes), "Robots").note


def test_everything_that_was_asked_for_has_a_section(summary):
    assert [section.title for section in summary_sections(summary)] == [
        "Time to complete",
        "Time to reach the fleet",
        "Time to reach the reachable robots",
        "Jobs",
        "Robots",
        "Failure codes, share of robots",
        "What held the slots, share of their time",
        "Cost, mean per job",
    ]


def test_at_most_80_columns_without_trailing_blanks(edge):
    for line in printed(summarize(edge, scenario_name="x")).splitlines():
        assert len(line) <= 80
        assert line == line.rstrip()


def test_codes_are_never_broken_in_two(summary):
    longest = "MissingRobotApplicationArchitecture"
    text = printed(summary._replace(failure_codes=(summary.failure_codes[0]._replace(code=longest),)))
    assert max(CODES, key=len) == longest
    assert f"\n{longest} " in text


def test_no_control_sequences_outside_of_a_terminal(summary):
    assert "\x1b" not in printed(summary)


def test_output_that_knows_only_ascii_gets_only_that(summary):
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii", errors="strict")
    print_summary(summary, file=file)
    file.flush()
    assert raw.getvalue().startswith(b"a <night> & ?nd: n = 100")
    # But for the user's own words, nothing needs more than that.
    printed(summary._replace(scenario="x")).encode("ascii")


def test_markup_in_names_is_not_obeyed(summary):
    assert printed(summary._replace(scenario="[bold red]x[/]")).startswith("[bold red]x[/]: n = 100")


def test_every_row_shows_its_replicates(edge):
    for section in summary_sections(summarize(edge)):
        for row in section.rows:
            assert re.search(r"\d|no replicates", row.evidence), row
            assert "nan" not in " ".join(row), row


def test_no_row_claims_zero_percent_or_all(edge):
    for section in summary_sections(summarize(edge)):
        for row in section.rows:
            assert not re.fullmatch(r"(0|100)(\.0*)? %", row.value) or row.interval, row


def test_a_single_replicate_has_no_interval(edge):
    shares = rows(summarize(synthetic_tables(1, 5)), "Robots").rows
    assert shares[0].value == "60 %"
    assert (shares[0].interval, shares[0].evidence) == ("", "no interval; n = 1")


def test_cohorts_are_distinguished_only_if_there_are_several(summary):
    line = summary.failure_codes[0]
    one = line._replace(by_cohort={"dock": line.by_cohort["dock"]})
    assert [row.detail for row in rows(summary._replace(failure_codes=(line,)), "Failure codes").rows] == ["", "dock", "courier"]
    assert [row.detail for row in rows(summary._replace(failure_codes=(one,)), "Failure codes").rows] == [""]


def test_infinite_upper_limit_is_never(summary):
    reach = summary.time_to_reach["fleet"]["90"]
    open_ended = Estimate(3600.0, 7200.0, float("inf"), 100, "", "not reached in 30 of 100", "s")
    reaches = {"fleet": {"90": reach._replace(p50=open_ended)}}
    (first, _) = rows(summary._replace(time_to_reach=reaches), "Time to reach the fleet").rows
    assert (first.value, first.interval, first.evidence) == ("2.00 h", "[1.00, never]", "not reached in 30 of 100")


class Balanced(HTMLParser):
    """Collects the text, and fails on tags that do not match."""

    def __init__(self):
        super().__init__()
        self.open, self.texts, self.tags = [], [], set()

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.tags.add(tag)
        assert not {"src", "href", "onclick"} & dict(attrs).keys()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def test_html_is_well_formed_escaped_and_needs_nothing_from_elsewhere(edge, summary):
    for one in (summarize(edge, scenario_name="<script>"), summary):
        page = results_html(one)
        parser = Balanced()
        parser.feed(page)
        assert parser.open == []
        assert parser.tags <= {"div", "style", "strong", "details", "summary", "table", "tr", "th", "td", "p"}
        assert "http" not in page
        assert "url(" not in page


def test_html_shows_what_the_terminal_shows(summary):
    parser = Balanced()
    parser.feed(results_html(summary))
    assert "a <night> & ünd: n = 100 replicates of 50 robots" in parser.texts
    for section in summary_sections(summary):
        assert section.title in parser.texts
        for row in section.rows:
            assert {text for text in row if text} <= set(parser.texts)


@pytest.mark.parametrize("width", [40, 200])
def test_width_of_the_window_does_not_lose_anything(summary, width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    text = printed(summary)
    assert "".join(["5.980", "h"]) in "".join(text.split())
    assert max(map(len, text.splitlines())) <= min(width, 80)


def test_stages_have_a_section_if_there_are_any(tables):
    assert "Stages" not in [section.title for section in summary_sections(summarize(tables))]
    bad = (tables.jobs["release"] == "bad").to_numpy()
    jobs = tables.jobs.assign(stages_reached=1 + ~bad, robots_exposed=[5 if one else 50 for one in bad])
    section = rows(summarize(tables._replace(jobs=jobs), stages=2), "Stages")
    assert [row[:3] for row in section.rows] == [
        ("stage 2 begins", "all jobs", "83.0 %"),
        ("", "good release", "> 95.65 %"),
        ("", "bad release", "< 19.5 %"),
        ("robots exposed, mean", "all jobs", "42.4"),
        ("", "good release", "50"),
        ("", "bad release", "5"),
    ]
    for line in printed(summarize(tables._replace(jobs=jobs), stages=2)).splitlines():
        assert len(line) <= 80


def test_slots_without_their_times_show_a_note(tables):
    note = "Which phases held them is not recorded with --tables jobs."
    never_held = synthetic_tables(20, 10, preparing_failure=1.0)
    for found, said in ((tables, ""), (tables._replace(slot_time=None), note), (never_held, "")):
        (slots,) = [section for section in summary_sections(summarize(found)) if section.title.startswith("What held the slots")]
        assert slots.note == said
        assert slots.rows[-1].label == "robot offline (in any phase)"
    assert note in results_html(summarize(tables._replace(slot_time=None)))


def test_shared_links_have_a_section_if_a_capacity_is_limited(tables):
    assert "Shared links, mean per job" not in [section.title for section in summary_sections(summarize(tables))]
    jobs = tables.jobs.assign(utilisation_mean=0.4, utilisation_peak=1.0, saturated_s=240.0, peak_downloads=4)
    section = rows(summarize(tables._replace(jobs=jobs)), "Shared links, mean per job")
    assert [row[:3] for row in section.rows] == [
        ("used of the busiest, mean", "", "40.0 %"),
        ("used of the busiest, peak", "", "> 96.38 %"),
        ("at least one saturated", "", "4 min"),
        ("most downloads at once", "", "4"),
    ]
