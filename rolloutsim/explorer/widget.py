"""The explorer of a notebook: sliders above a headline and a completion curve, which follow them."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from html import escape
from types import ModuleType
from typing import TYPE_CHECKING, Any

from rolloutsim.errors import RolloutsimError, UsageError
from rolloutsim.explorer.sliders import Slider, changed, sliders_of
from rolloutsim.report.headline import run_headline
from rolloutsim.report.plots.axes import png
from rolloutsim.results import Results
from rolloutsim.simulating import simulate
from rolloutsim.simulation.engine_choice import choose_engine, estimate_work
from rolloutsim.simulation.engines.compiled.loop import run_job
from rolloutsim.simulation.machine_code import is_cached
from rolloutsim.study.arguments import expect_count, expect_scenario
from rolloutsim.study.context import choose_seed

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario

__all__ = ["COMPILES", "Explorer", "explore"]

#: What the widget shows before machine code is made.
COMPILES = "The simulator is compiled for this computer, once: that takes about a minute. Then every change is shown within about a second."

#: The engine is chosen for the work of so many changes.
_CHANGES = 10


class Explorer:
    """Sliders above a headline and a completion curve; `explore` makes one, and a notebook shows it.

    Attributes
    ----------
    sliders
        The widgets, by name: ``explorer.sliders["concurrency"].value = 50``.
    box
        The widget that holds all others.
    status
        The widget of the sentence on what is done, or why a setting is impossible; empty otherwise.
    headline, picture
        The widgets of the results.
    scenario, results
        What they show at the moment.
    """

    def __init__(self, scenario: Scenario, *, replicates: int, seed: int) -> None:
        widgets = _ipywidgets()
        self._original, self._replicates, self._seed = scenario, replicates, seed
        self._settings = sliders_of(scenario)
        self._engine = choose_engine("auto", _CHANGES * estimate_work(scenario, replicates)).engine
        self.scenario = scenario
        self.results: Results | None = None
        self.sliders: dict[str, Any] = {slider.name: _widget(widgets, slider) for slider in self._settings}
        self.status, self.headline, self.picture = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.box = widgets.VBox([*self.sliders.values(), self.status, self.headline, self.picture])
        for slider in self.sliders.values():
            slider.observe(self._moved, names="value")
        self._begin()

    def _begin(self) -> None:
        """Show the scenario as it is; where that takes a minute, after the notebook has shown the widget."""
        if self._engine == "simpy" or is_cached(run_job):
            self._redraw()
            return
        self.status.value = _paragraph(COMPILES)
        try:
            asyncio.get_running_loop().call_soon(self._redraw)
        except RuntimeError:  # no kernel of a notebook waits for messages
            self._redraw()

    def _moved(self, change: object) -> None:
        del change
        self._redraw()

    def _redraw(self) -> None:
        try:
            scenario = changed(self._original, self._settings, tuple(slider.value for slider in self.sliders.values()))
            results = simulate(
                scenario,
                replicates=self._replicates,
                seed=self._seed,
                engine=self._engine,
                keep="all",
                executor=1,
                progress=lambda _: None,  # no bar: a change of a widget has no cell to show it in
            )
            picture = png(results.plot.completion_curve())
        except RolloutsimError as error:  # the results stay those of the last setting that was possible
            self.status.value = _paragraph(f"This setting cannot be simulated; below is the last one that could. {error}")
            return
        sentences = run_headline(results.summary(), results.scenario)
        self.scenario, self.results = scenario, results
        self.status.value = ""
        self.headline.value = _paragraph(" ".join(sentences))
        self.picture.value = _image(picture, f"Completion curve. {sentences[0]}")

    def _repr_mimebundle_(self, **options: Any) -> Mapping[str, Any]:
        bundle: Mapping[str, Any] = self.box._repr_mimebundle_(**options)
        return bundle

    def __repr__(self) -> str:
        names = ", ".join(self.sliders) or "no sliders"
        return f"<Explorer of {self._original.name}: {names}; {self._replicates} replicates, seed {self._seed}>"


def explore(scenario: Scenario, *, replicates: int = 50, seed: int | None = None) -> Explorer:
    """Show a scenario in a notebook with sliders: the completion curve and the headline follow them.

    There are sliders for concurrency, failure threshold, robot timeout and, if the scenario has stages, for their shares and soaks. All
    settings see the same random numbers. It needs the extra ``jupyter``.

    Parameters
    ----------
    scenario
        From `rolloutsim.load`.
    replicates
        Of each setting: few, so that a change is shown at once.
    seed
        Default: the scenario's, or one is drawn.

    Raises
    ------
    UsageError
        If an argument is invalid, or ipywidgets is not installed.
    SimulationError
        If every replicate of the scenario crashed.

    Examples
    --------
    >>> import rolloutsim
    >>> explorer = rolloutsim.explore(rolloutsim.load("scenarios/robomaker-100.yaml"), replicates=5)
    >>> explorer.sliders["concurrency"].value = 50
    >>> explorer.scenario.deployment.concurrent_percentage
    50
    """
    expect_scenario(scenario)
    expect_count("replicates", replicates)
    return Explorer(scenario, replicates=replicates, seed=choose_seed(scenario, seed))


def _ipywidgets() -> ModuleType:
    try:
        import ipywidgets
    except ImportError:
        raise UsageError("sliders need ipywidgets, which is not installed: pip install 'rolloutsim[jupyter]'") from None
    module: ModuleType = ipywidgets
    return module


def _widget(widgets: ModuleType, slider: Slider) -> Any:
    return widgets.FloatSlider(
        value=slider.start,
        min=slider.low,
        max=slider.high,
        step=slider.step,
        description=f"{slider.name} ({slider.unit})",
        readout_format="d" if slider.step == 1 else ".2f",
        continuous_update=False,
        style={"description_width": "14em"},
        layout={"width": "40em"},
    )


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _image(picture: bytes, description: str) -> str:
    return f'<img alt="{escape(description)}" src="data:image/png;base64,{b64encode(picture).decode()}">'
