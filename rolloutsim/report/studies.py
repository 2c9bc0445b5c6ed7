"""What a study leaves in a folder: tables, a summary as JSON, where it comes from, and its pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rolloutsim.report.plots import plot_frontier, plot_response, plot_tornado
from rolloutsim.report.plots.panels import MOST_PANELS
from rolloutsim.report.plots.plotter import draw_into
from rolloutsim.report.plots.points import metrics_of, varied
from rolloutsim.study.store.files import write_results

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from rolloutsim.study import PlanResult, Sensitivity


def save_sensitivity(found: Sensitivity, folder: Path) -> None:
    """Write indices and responses, the summary and a tornado for each metric.

    Raises
    ------
    StoreError
        If the folder cannot be written to.
    """
    tables = {"indices": found.frame, "responses": found.responses}
    pictures = {f"tornado_{effects.query}": partial(plot_tornado, found.frame, metric=str(effects.query)) for effects in found.effects}
    _save(folder, "sensitivity", found.to_json(), found.manifest, tables, pictures)


def save_plan(plan: PlanResult, folder: Path) -> None:
    """Write the settings and the fresh measurements, the summary, and the frontier, or the response where there is one metric only.

    Raises
    ------
    StoreError
        If the folder cannot be written to.
    """
    frame = plan.frame
    several = frame["metric"].nunique() > 1
    picture = {"frontier": partial(plot_frontier, frame)} if several else {"response": partial(plot_response, frame)}
    _save(folder, "plan", plan.to_json(), plan.manifest, {"settings": frame, "fresh": plan.fresh_frame}, picture)


def save_sweep(frame: pd.DataFrame, folder: Path) -> None:
    """Write a picture of each metric over the levers into the folder of a sweep; samples of what is uncertain have none.

    Raises
    ------
    StoreError
        If the folder cannot be written to.
    """
    levers = varied(frame)
    if "sample" in frame or not levers or len(frame[levers[1:]].astype(str).drop_duplicates()) > MOST_PANELS:
        return
    draw_into(folder, {f"response_{metric}": partial(plot_response, frame, metric=metric) for metric in metrics_of(frame)})


def _save(
    folder: Path,
    name: Literal["plan", "sensitivity"],
    summary: dict[str, Any],
    manifest: dict[str, Any],
    tables: dict[str, pd.DataFrame],
    pictures: Mapping[str, Callable[[], Axes]],
) -> None:
    write_results(folder, name, {table: _as_text(frame) for table, frame in tables.items()}, summary, manifest)
    draw_into(folder, pictures)


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame that Parquet can hold: a column of values of several types as text."""
    mixed = [column for column in frame.columns if frame[column].map(type).nunique() > 1 or frame[column].map(_is_whole).any()]
    return frame.astype(dict.fromkeys(mixed, str))


def _is_whole(value: Any) -> bool:
    return isinstance(value, dict | list | tuple)
