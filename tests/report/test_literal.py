"""Names are drawn as they are, and a picture that cannot be drawn costs no other."""

from __future__ import annotations

import io
import threading

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from rolloutsim.errors import StoreError
from rolloutsim.report import PLOTS, STUDY_PLOTS, Plotter
from rolloutsim.report.plots.axes import root
from rolloutsim.report.plots.registry import Plot
from tests.analysis.synthetic_links import with_links
from tests.report.study_frames import both, differences, indices, some

#: Not mathematics, and not LaTeX either.
HOSTILE = r"$\frac{1}$ 5 % a_b #1 $x"

FRAMES = {
    "response": lambda: both(some("rules.dispatch", "network.origin")),
    "heat_map": lambda: some("rules.dispatch", "network.origin"),
    "frontier": lambda: both(some("rules.dispatch")),
    "tornado": indices,
    "difference": differences,
}


def renamed(frame):
    """Return a frame in which every free text is hostile."""
    return frame.replace({"window": HOSTILE, "fleet.dock.link.rate": f"fleet.{HOSTILE}.link", "b": HOSTILE})


def draw(name, tables, ax=None):
    if name in STUDY_PLOTS:
        frame = renamed(FRAMES[name]())
        return STUDY_PLOTS[name](frame[frame["metric"] == frame["metric"].iloc[0]] if name == "response" else frame, ax=ax)
    names = tables.failure_codes["cohort"].cat.categories
    changed = dict(zip(names, [HOSTILE, *names[1:]], strict=True))
    cohorts = tables.cohorts.assign(cohort=tables.cohorts["cohort"].astype(str).map(changed).astype("category"))
    codes = tables.failure_codes.assign(cohort=tables.failure_codes["cohort"].cat.rename_categories(changed))
    linked = with_links(tables, {None: 1e9, HOSTILE: 2e8})
    named = linked._replace(cohorts=cohorts, failure_codes=codes)
    return getattr(Plotter(named, {None: 1e9, HOSTILE: 2e8}), name)(ax=ax)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*(name for name, entry in PLOTS.items() if not entry.sites), *STUDY_PLOTS])
@pytest.mark.parametrize("usetex", [True, False])
def test_text_is_drawn_as_it_is_whatever_the_settings_of_a_user(name, usetex, tables):
    with mpl.rc_context({"text.usetex": usetex}):
        ax = draw(name, tables)
        ax._repr_png_()
        assert mpl.rcParams["text.usetex"] is usetex
    assert not any(text.get_usetex() or text.get_parse_math() for text in ax.findobj(Text) if text.get_text())
    root(ax).savefig(io.BytesIO())


@pytest.mark.slow
@pytest.mark.parametrize("name", [*(name for name, entry in PLOTS.items() if not entry.sites), *STUDY_PLOTS])
def test_text_of_others_on_their_axes_stays_what_it_was(name, tables):
    figure = Figure()
    ax = figure.subplots()
    theirs = ax.text(0.5, 0.5, "$x^2$", transform=ax.transAxes)
    assert draw(name, tables, ax) is ax
    assert theirs.get_parse_math()
    figure.savefig(io.BytesIO())


def test_a_plot_that_fails_costs_no_other(tables, tmp_path, monkeypatch):
    def fails(_, *, ax=None):
        raise RuntimeError("latex could not be found\nat great length")

    monkeypatch.setitem(PLOTS, "gantt", Plot(fails, ("jobs",), links=False, one=False))
    with pytest.raises(StoreError, match=r"the plots cannot be drawn \(gantt\.png: RuntimeError: latex could not be found\); tables and"):
        Plotter(tables).save(tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == {name for name, entry in PLOTS.items() if not entry.sites} - {"gantt", "link_use"}


def test_a_folder_that_is_none_is_an_error_in_words(tables, tmp_path):
    (tmp_path / "taken").touch()
    with pytest.raises(StoreError, match="the plots cannot be written"):
        Plotter(tables).save(tmp_path / "taken")


@pytest.mark.slow
def test_threads_leave_the_settings_as_they_were(tables):
    with mpl.rc_context({"text.usetex": True}):
        threads = [threading.Thread(target=draw, args=("completion_curve", tables)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert mpl.rcParams["text.usetex"] is True
