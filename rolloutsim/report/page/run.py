"""The chapter of a run."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from rolloutsim.analysis import Estimate, evaluate
from rolloutsim.analysis.deciding import decide
from rolloutsim.analysis.premises import Premises
from rolloutsim.errors import StoreError, UnusableFileError
from rolloutsim.report.brief import brief_section
from rolloutsim.report.headline import run_headline
from rolloutsim.report.next_step import next_step
from rolloutsim.report.page.captions import CAPTIONS, alternative
from rolloutsim.report.page.checks import checks_table
from rolloutsim.report.page.content import Cell, Chapter, Figure, Part, Table, table_of
from rolloutsim.report.page.one_rollout import one_rollout_part
from rolloutsim.report.page.pictures import inline_svg
from rolloutsim.report.page.provenance import provenance_part, replicates_and_seed, scenario_of, scenario_part
from rolloutsim.report.page.reading import reading_part
from rolloutsim.report.sections import heading, summary_sections
from rolloutsim.report.study_headlines import advice_sentences
from rolloutsim.scenario.local_time import LocalClock
from rolloutsim.study.checking import Checked
from rolloutsim.study.scenario_checks import parse_checks

if TYPE_CHECKING:
    import pandas as pd

    from rolloutsim.analysis.replicates import ResultTables
    from rolloutsim.analysis.summary import Summary
    from rolloutsim.report.plots import Plotter
    from rolloutsim.report.replay import Replay
    from rolloutsim.report.rows import Section
    from rolloutsim.scenario import Scenario
    from rolloutsim.study import Comparison

__all__ = ["Run", "run_chapter"]


class Run(Protocol):
    """What a chapter needs of `rolloutsim.Results`."""

    @property
    def tables(self) -> ResultTables:
        """The tables."""

    @property
    def manifest(self) -> dict[str, Any]:
        """Where they come from."""

    @property
    def jobs(self) -> pd.DataFrame:
        """One row per replicate."""

    @property
    def plot(self) -> Plotter:
        """Plots by name."""

    def summary(self) -> Summary:
        """Return the statistics."""

    def replay(self) -> Replay:
        """Return the replay of the replicate with the median time to complete."""


def run_chapter(results: Run, scenario: Scenario | None, name: str, advice: Comparison | None = None) -> Chapter:
    """Return the chapter of a run.

    Parameters
    ----------
    scenario
        As it was read, with its checks; None if only the results are known.
    name
        A prefix of the names of its pictures.
    advice
        What other settings do; without it the headline ends with a command to try.
    """
    known = scenario_of(results.manifest) if scenario is None else scenario
    summary, clock = results.summary(), LocalClock.of(known)
    sections = summary_sections(summary, clock)
    parts = [
        Part("In ten lines", (table_of(brief_section(summary, clock)._replace(title="The lines that planners ask for")),)),
        *_checks(results, known),
        Part("Pictures", tuple(_figures(results, sections, name))),
        one_rollout_part(results),
        Part("All results", (*(table_of(section, opened=False) for section in sections), _numbers(summary))),
        scenario_part(known),
        reading_part(),
        provenance_part(results.manifest, f"run {replicates_and_seed(results.manifest)}{' --advise' if advice is not None else ''}"),
    ]
    # A dispatch policy of your own is not in the results: no command simulates it.
    closing = () if "dispatch" in results.manifest else _closing(summary, known, advice)
    headline = *run_headline(summary, known), *closing
    return Chapter(known.name, known.description, heading(summary), headline, tuple(parts))


def _closing(summary: Summary, scenario: Scenario, advice: Comparison | None) -> tuple[str, ...]:
    """Return what was found of other settings, or the command to try next on the scenario that the page ends with."""
    if advice is not None:
        return advice_sentences(advice)
    step = next_step(summary, scenario)
    if step.command == "report":  # this is the whole picture
        return ()
    return (f"{step.question} Try: {shlex.join(['rolloutsim', step.command, 'scenario.json', *step.options])}",)


def _checks(results: Run, scenario: Scenario) -> Iterator[Part]:
    if not scenario.checks:
        return
    premises, found = Premises.from_json(results.manifest["premises"]), []
    for check in parse_checks(scenario):
        estimate = evaluate(check.query, results.tables, premises)
        found.append(Checked(check, estimate, decide(check, estimate, len(results.jobs), premises=premises)))
    yield Part("Checks", (checks_table(found),))


def _figures(results: Run, sections: tuple[Section, ...], name: str) -> Iterator[Figure]:
    plotter = results.plot
    drawable = plotter.drawable()
    for plot in (name for name in CAPTIONS if name in drawable):
        title, caption, _ = CAPTIONS[plot]
        try:
            axes = getattr(plotter, plot)()
        except UnusableFileError:
            raise
        except StoreError:  # of one replicate, which cannot be simulated again: the part of the replay shows why
            continue
        yield Figure(title, inline_svg(axes, f"{name}-{plot}", title, alternative(plot, sections)), caption)


def _numbers(summary: Summary) -> Table:
    """Return every estimate of the summary in SI units, by its name in ``summary.json``."""
    rows = []
    for path, one in _estimates(summary, ""):
        limits = [Cell("" if math.isnan(value) else f"{value:.6g}", repr(value)) for value in (one.low, one.high)]
        best = Cell("" if math.isnan(one.best) else f"{one.best:.6g}", repr(one.best), path)
        rows.append((Cell(path), Cell(one.unit), best, *limits, Cell(f"{one.n:,}", str(one.n)), Cell(one.note)))
    columns = ("name in summary.json", "unit", "best", "low", "high", "n", "note")
    note = "In SI units; shares, probabilities and counts have no unit."
    return Table("Every number", columns, tuple(rows), note, opened=False, printed=False)


def _estimates(value: Any, path: str) -> Iterator[tuple[str, Estimate]]:
    if isinstance(value, Estimate):
        yield path, value
        return
    items: Any = ()
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        items = value._asdict().items()
    elif isinstance(value, dict):
        items = value.items()
    elif isinstance(value, tuple | list):
        items = enumerate(value)
    for key, part in items:
        yield from _estimates(part, f"{path}.{key}" if path else str(key))
