"""How ``plan`` and ``sensitivity`` end: results in a folder, as JSON or as text, and what there is to note."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from rolloutsim.cli.options import print_without_effect
from rolloutsim.cli.output import echo, echo_json
from rolloutsim.errors import StoreError

if TYPE_CHECKING:
    from typing import TypeVar

    from rolloutsim.report import Section
    from rolloutsim.study import PlanResult, Sensitivity

    S = TypeVar("S", PlanResult, Sensitivity)


def finish_study(
    found: S,
    *,
    save: Callable[[S, Path], None],
    heading: Callable[[S], tuple[str, str]],
    sections: Callable[[S], Iterable[Section]],
    headline: Callable[[S], tuple[str, ...]],
    out: Path | None,
    as_json: bool,
    measured: str,
    contents: str,
) -> None:
    """Save and print the results of a study.

    Parameters
    ----------
    save, heading, sections, headline
        From `rolloutsim.report`.
    measured
        What levers and inputs without effect have no effect on.
    contents
        What is in the folder.

    Raises
    ------
    StoreError
        If the folder cannot be written to, after everything is printed.
    """
    unsaved: StoreError | None = None
    if out is not None:
        try:
            save(found, out)
        except StoreError as error:
            unsaved = error
    if as_json:
        echo_json(found.to_json())
    else:
        from rolloutsim.report.terminal import print_sections

        print_sections(*heading(found), sections(found), sentences=headline(found))
    print_without_effect(found.without_effect, measured)
    echo("seed {seed}, engine {engine}, rolloutsim {rolloutsim}".format_map(found.manifest), err=True)
    if unsaved is not None:
        raise unsaved
    if out is not None:
        echo(f"{contents} are in {out}", err=True)
