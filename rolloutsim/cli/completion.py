"""What the shell completes: scenario files, metrics, paths into a scenario, and the words that `rolloutsim explain` takes.

click finds the command and the option, and asks these types for what may follow. They convert nothing. What goes wrong while a
line is being typed is not reported: there is nothing to complete then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import click
from click.shell_completion import CompletionItem

__all__ = ["MetricText", "PathText", "ScenarioText", "WordText"]

#: What a path of the reference has in place of a name.
_PLACE = re.compile(r"fleet\[\]|<name>|<phase>")
#: Shorthand that a scenario has written out, and what commands have options for.
_LEFT_OUT = ("sites", "fleet.", "checks", "sweep")


class ScenarioText(click.types.StringParamType):
    """A scenario file, as text; the shell completes files."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(incomplete, type="file")]


class _Words(click.types.StringParamType):
    """A text that begins with one of some words."""

    def words(self, ctx: click.Context) -> Iterable[str]:
        """Return the words; called only while the shell completes."""
        raise NotImplementedError

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        try:
            return [CompletionItem(word) for word in self.words(ctx) if word.startswith(incomplete)]
        except Exception:  # e.g. the file is not finished: a shell shows no errors here
            return []


class MetricText(_Words):
    """An expression or a check, which begins with a metric."""

    def words(self, ctx: click.Context) -> Iterable[str]:
        from rolloutsim.analysis.metrics import METRICS

        return METRICS


class WordText(_Words):
    """A word that `rolloutsim explain` knows."""

    def words(self, ctx: click.Context) -> Iterable[str]:
        from rolloutsim.report.explanations import explained_words

        return explained_words()


class PathText(_Words):
    """``PATH=VALUE``: the shell completes short names, and the paths of the scenario that the line names."""

    def words(self, ctx: click.Context) -> Iterable[str]:
        from rolloutsim.scenario import load
        from rolloutsim.scenario.short_names import SHORT_NAMES

        # An option without its value ends the parsing of a line before arguments have their names.
        files = ctx.params.get("file") or ctx.params.get("files") or ctx.args
        scenario = load(files if isinstance(files, str) else next(iter(files)))
        cohorts = [cohort.name for cohort in scenario.fleet]
        sites = scenario.network.sites if scenario.network else ()
        return [f"{path}=" for path in (*SHORT_NAMES, *paths(cohorts, sites))]


def paths(cohorts: Iterable[str], sites: Iterable[str]) -> Iterator[str]:
    """Yield the paths of single values, with the names of a fleet.

    Parameters
    ----------
    cohorts, sites
        Names.

    Examples
    --------
    >>> found = list(paths(["dock"], ["north hall"]))
    >>> [path for path in found if "downlink" in path or path.endswith("robots")]
    ['fleet.dock.robots', "network.sites.'north hall'.downlink"]
    """
    from rolloutsim.scenario.reading.paths import quoted
    from rolloutsim.scenario.reference import Reference
    from rolloutsim.vocabulary import PHASES

    reference = Reference()
    holders = {section.path for section in reference.sections}
    fill: dict[str, Callable[[], list[str]]] = {
        "fleet[]": lambda: [f"fleet.{quoted(name)}" for name in cohorts],
        "<name>": lambda: [quoted(name) for name in sites],
        "<phase>": lambda: list(PHASES[1:]),
    }
    seen: set[str] = set()
    for row in (row for section in reference.sections for row in section.rows):
        if row.path in seen or row.path in holders or row.path.startswith(_LEFT_OUT):
            continue
        seen.add(row.path)
        place = _PLACE.search(row.path)
        if place is None and "[]" not in row.path:
            yield row.path
        elif place is not None and "[]" not in row.path[place.end() :]:
            yield from (row.path.replace(place[0], name) for name in fill[place[0]]())
