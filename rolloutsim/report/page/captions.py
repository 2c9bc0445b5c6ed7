"""How to read each picture of a page, and its text alternative, which is made of the numbers that it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rolloutsim.report.rows import Section

__all__ = ["CAPTIONS", "alternative"]

#: By plot: its title on a page, how to read it, and the beginning of the titles of the sections whose numbers it shows.
CAPTIONS: dict[str, tuple[str, str, str]] = {
    "completion_curve": (
        "How much of the fleet runs the new release",
        "The line is the median over the rollouts; the next rollout lies within the inner band with 50 % and within the outer one with "
        "90 % probability. "
        "Where the line stays flat, robots are not reached.",
        "Time to reach",
    ),
    "time_to_complete": (
        "How long a rollout takes",
        "The higher the curve at an instant, the more rollouts are over by then. Where the curve is steep, most rollouts end; a long "
        "tail to the right means that a few take much longer.",
        "Time to complete",
    ),
    "robots_by_state": (
        "What the robots do over time",
        "Each area is the number of robots in one state. A broad area that stays is where robots wait or hold slots. A robot that "
        "converged late has installed the release after its timer had ended, and counts as failed.",
        "What held the slots",
    ),
    "gantt": (
        "The slots of one rollout",
        "Each line is a slot of one replicate, each bar a robot that holds it; the colour is how that robot ends. A long bar is a slot "
        "that one robot holds for long.",
        "What held the slots",
    ),
    "failure_codes": (
        "Why robots fail",
        "The longer the bar, the more robots end with this code; the thin line is the 95 % interval.",
        "Failure codes",
    ),
    "failure_codes_by_site": (
        "Why robots fail, by site",
        "One panel per site; the thin line below a bar is the fleet, the number is the site's. A site whose bar is far longer than the "
        "line has a cause of its own.",
        "Failure codes",
    ),
    "completion_by_site": (
        "How much of each site runs the new release",
        "One panel per site; the dashed line is the fleet. A site whose line rises late waits for others; one whose line stays low has "
        "robots that do not get the release.",
        "Sites",
    ),
    "link_use": (
        "How full the shared links are",
        "The dashed line is the capacity. Where the curve lies on it, the link is the bottleneck; where it is far below, more slots would "
        "use it.",
        "Shared links",
    ),
    "response": (
        "The metric over the levers",
        "Each point is one setting with its 95 % interval. All settings have the same random numbers, so neighbours can be compared.",
        "",
    ),
    "heat_map": ("The metric over two levers", "Each field is one setting; the colour is the metric.", ""),
    "frontier": (
        "What the settings trade against each other",
        "Each point is one setting. Settings at the lower left are better in both metrics; none lies below the line.",
        "",
    ),
    "tornado": (
        "Which input moves the metric",
        "The longer the bar, the more the metric changes over the range of the input. Inputs within the grey band are not distinguished "
        "from the noise of the replicates.",
        "",
    ),
    "difference": (
        "Differences from the reference",
        "Each point is the difference of one metric, replicate by replicate, with its 95 % interval. An interval that crosses zero decides "
        "nothing.",
        "",
    ),
}

#: Rows that a text alternative has at most.
_ROWS = 8


def alternative(name: str, sections: Iterable[Section]) -> str:
    """Return the numbers that a picture shows, in words."""
    begin = CAPTIONS[name][2]
    rows = [row for section in sections if begin and section.title.startswith(begin) for row in section.major.rows]
    parts, label = [], ""
    for row in rows[:_ROWS]:
        label = row.label or label
        what = " ".join(part for part in (label, row.detail) if part)
        parts.append(f"{what}: {row.value or row.evidence} {row.interval}".strip())
    return "; ".join(parts) + "." if parts else CAPTIONS[name][1]
