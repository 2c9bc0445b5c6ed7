"""What a word of results and scenario files means: a metric, a failure code, a phase, a key of the file or a column of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from rolloutsim.analysis.metrics import METRICS
from rolloutsim.errors import UsageError
from rolloutsim.printing import shorten
from rolloutsim.report.lines import name_of
from rolloutsim.scenario.reading.problems import nearest
from rolloutsim.scenario.reading.quantities import words
from rolloutsim.scenario.reference import Reference, Row
from rolloutsim.scenario.short_names import SHORT_NAMES
from rolloutsim.scenario.words.assumptions import DOCUMENTED, WORDS
from rolloutsim.simulation.records.tables import SCHEMA, Column
from rolloutsim.vocabulary import FAILURE_CODES, PHASE_CODES, STEP_OF_PHASE

__all__ = ["Explanation", "explain", "explained_words"]


class Explanation(NamedTuple):
    """What a word means.

    Attributes
    ----------
    kind
        ``metric``, ``statistic``, ``failure code``, ``phase``, ``key`` or ``column``.
    name
        The word in full, e.g. the path of a key.
    meaning
        A sentence.
    facts
        More of it, by what it is: formula, unit, source, …
    """

    kind: str
    name: str
    meaning: str
    facts: dict[str, str]


_STATISTICS = {
    "mean": (
        "The mean over replicates.",
        "the sum of the values of n replicates / n; by release where a bad release is drawn",
        "Student's t, kept within the bounds of the quantity and widened where few replicates differ",
    ),
    "probability": ("The share of replicates in which it is so.", "k of n replicates", "Clopper-Pearson"),
    "p": (
        "A quantile over replicates: so many percent of them have this value or a smaller one; what never happens counts as infinite.",
        "the order statistic of rank ⌈q n⌉ of n replicates",
        "of order statistics, without an assumption on the distribution",
    ),
}
_PHASES = {
    "preparing": "The job is prepared. A failure here ends the job before a robot gets a slot.",
    "validating": "The robot gets its slot, its timer starts, and the cloud checks the robot and the release.",
    "reaching": "The cloud waits until the robot is online and its agent answers.",
    "condition": "A script on the robot decides whether it may download.",
    "downloading": "The bundle comes over the robot's link, which it may share with others.",
    "extracting": "The robot extracts the bundle.",
    "pre_launch": "A script runs before the launch.",
    "launching": "The application starts.",
    "post_launch": "A script runs after the launch.",
    "reporting": "The verdict reaches the cloud, and the slot is freed.",
}
_METHODS = "docs/statistics.md"
_EXPRESSION = re.compile(r"([a-z][a-z0-9_]*)(?:\[[^\]]*\])*(?:\.(mean|probability|p[0-9][0-9.]*))?")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def explain(word: str) -> list[Explanation]:
    """Explain a word of results or of scenario files.

    Parameters
    ----------
    word
        A metric or an expression of one (``time_to_complete.p95``), the label of a line in a summary (``InSync later``), a failure code, a
        phase, a path or the end of a path of the scenario file (``rules.dispatch``, ``dispatch``), or a column of a table
        (``jobs.slot_s``, ``slot_s``).

    Returns
    -------
    list of Explanation
        One for each meaning that the word has.

    Raises
    ------
    UsageError
        The word has none.

    Examples
    --------
    >>> [(found.kind, found.name) for found in explain("left_down")]
    [('metric', 'left_down'), ('column', 'jobs.left_down')]
    >>> explain("time_to_complete.p95")[1].facts["formula"]
    'the order statistic of rank ⌈q n⌉ of n replicates'
    """
    found = _all_of(word) or _all_of(name_of(word))
    if not found:
        near = nearest(word, explained_words())
        hint = f"did you mean {near}?; " if near else ""
        lists = "rolloutsim metrics and rolloutsim codes list words, docs/reference/scenario.md all keys, docs/tables.md all columns"
        raise UsageError(f"{shorten(word)!r} is no metric, failure code, phase, key or column: {hint}{lists}")
    return found


def _all_of(word: str) -> list[Explanation]:
    return [*_metrics(word), *_codes(word), *_phases(word), *_keys(word), *_columns(word)]


def explained_words() -> list[str]:
    """Return what `explain` takes, without the statistics of metrics and the ends of paths."""
    columns = [f"{table}.{column.name}" for table, own in SCHEMA.items() for column in own]
    codes = [code.name for code in FAILURE_CODES]
    return [*METRICS, *codes, *_PHASES, *dict.fromkeys(row.path for row in _rows(_reference())), *columns]


def _metrics(word: str) -> Iterator[Explanation]:
    match = _EXPRESSION.fullmatch(word)
    metric = METRICS.get(match[1]) if match else None
    if match is None or metric is None:
        return
    missing = "NaN counts as infinite" if metric.missing == "never" else "replicates without a value are left out, and a note counts them"
    facts = {
        "formula": metric.formula,
        "unit": metric.unit or ("" if metric.kind == "quantity" else "a number from 0 to 1, printed in %"),
        "better": "" if metric.better == "neither" else metric.better,
        "missing": missing,
        "by": words(metric.groups) if metric.groups else "",
        "source": "docs/tables.md",
    }
    yield Explanation("metric", metric.name, metric.meaning, _known(facts))
    if match[2]:
        meaning, formula, interval = _STATISTICS[match[2] if match[2] in _STATISTICS else "p"]
        yield Explanation("statistic", match[2], meaning, {"formula": formula, "interval": interval, "source": _METHODS})


def _codes(word: str) -> Iterator[Explanation]:
    for code in FAILURE_CODES:
        if code.name.lower() == word.lower():
            phases = [phase for phase, own in PHASE_CODES.items() if code.name in own]
            steps = sorted({STEP_OF_PHASE[phase] for phase in phases if phase in STEP_OF_PHASE})
            facts = {
                "in the model": code.produced,
                "phase": " or ".join(phases),
                "RoboMaker's step": " or ".join(steps),
                "source": "RoboMaker's API, DeploymentJobErrorCode",
            }
            yield Explanation("failure code", code.name, code.meaning, _known(facts))


def _phases(word: str) -> Iterator[Explanation]:
    if word in _PHASES:
        facts = {"RoboMaker's step": STEP_OF_PHASE.get(word, ""), "failure codes": ", ".join(PHASE_CODES[word]), "source": "docs/model.md"}
        yield Explanation("phase", word, _PHASES[word], _known(facts))


@cache
def _reference() -> Reference:
    return Reference()


def _rows(reference: Reference) -> list[Row]:
    return [row for section in reference.sections for row in section.rows]


def _keys(word: str) -> Iterator[Explanation]:
    reference = _reference()
    if word in SHORT_NAMES:
        meaning = "A short name in --set, --against, --lever and --over for the keys that set it."
        yield Explanation("key", word, meaning, {"source": "docs/commands.md, short names"})
    for row in _rows(reference):
        if row.path == word or row.path.endswith(f".{word}"):
            kind, unit = reference.type_text(row.schema)
            facts = {
                "type": _LINK.sub(r"\1", kind).replace("`", ""),
                "unit": unit,
                "default": "required" if row.required else row.default.strip("`–"),
                "example": reference.example(row),
                **_values(row.path),
                "source": _source(row.path),
            }
            yield Explanation("key", row.path, row.meaning, _known(facts))


def _values(path: str) -> dict[str, str]:
    """Return what each value of a rule of words means."""
    part, _, name = path.rpartition(".")
    return WORDS.get(name, {}) if part == "rules" else {}


def _source(path: str) -> str:
    """Return where the meaning of a key comes from."""
    first, _, name = path.partition(".")
    if first == "deployment":
        return "RoboMaker's API, CreateDeploymentJob"
    if first == "rules" and name in DOCUMENTED:
        return f"{DOCUMENTED[name]} is in RoboMaker's documentation; other values are not"
    if first == "rules" and name in WORDS:
        return "an assumption: RoboMaker's documentation is silent; see docs/model.md"
    return "docs/model.md"


def _columns(word: str) -> Iterator[Explanation]:
    found: dict[Column, list[str]] = {}  # most tables share columns
    for table, columns in SCHEMA.items():
        for column in columns:
            if word in (column.name, f"{table}.{column.name}"):
                found.setdefault(column, []).append(f"{table}.{column.name}")
    for column, names in found.items():
        facts = {"type": column.dtype, "unit": column.unit, "values": ", ".join(column.categories or ()), "source": "docs/tables.md"}
        yield Explanation("column", ", ".join(names), column.meaning, _known(facts))


def _known(facts: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in facts.items() if text}
