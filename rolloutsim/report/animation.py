"""A replay as a moving picture: robots as cells by site and class, above progress, failures and the use of links."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from rolloutsim.analysis.states import STATES
from rolloutsim.errors import StoreError, UsageError, remedy
from rolloutsim.formatting import duration, quantity
from rolloutsim.report.plots.palette import BLACK, BLUE, COHORTS, STATE_COLOURS, VERMILION
from rolloutsim.report.replay_panels import EMPTY, Panel, panels_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from PIL.Image import Image

    from rolloutsim.report.replay import Replay

__all__ = ["MOST_FRAMES", "animate", "check_target"]

#: Frames at most; the last one stays for `_HOLD_S`.
MOST_FRAMES = 120
_PER_SECOND, _HOLD_S = 12, 3.0
_SIZE, _DPI = (9.0, 7.2), 90  # inches; both sides in pixels are even, as videos want it

#: Links at most whose use is drawn.
_MOST_LINKS = 4


def check_target(path: Path) -> None:
    """Make sure that a moving picture can be written to a path, before anything is simulated.

    Raises
    ------
    UsageError
        If it is not a ``.gif`` or ``.mp4``, its folder does not exist, or a video needs a library that is not installed.
    """
    if path.suffix.lower() not in (".gif", ".mp4"):
        raise UsageError(f"{path}: a moving picture is a .gif or an .mp4 file: name one of these")
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(f"{path}: {'this is a folder' if path.is_dir() else f'there is no folder {path.parent}'}: choose another path")
    if path.suffix.lower() == ".mp4" and find_spec("imageio_ffmpeg") is None:
        raise UsageError("an .mp4 needs imageio-ffmpeg: pip install 'rolloutsim[video]', or write a .gif")


def animate(replay: Replay, path: Path, *, progress: Callable[[int], None] | None = None) -> None:
    """Write a replay as a moving picture, whole or not at all.

    Parameters
    ----------
    path
        A ``.gif`` or ``.mp4`` file, which is replaced.
    progress
        Called with the number of each frame that is drawn.

    Raises
    ------
    UsageError
        As `check_target`.
    StoreError
        If the file cannot be written.
    """
    check_target(path)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    write = _write_gif if path.suffix.lower() == ".gif" else _write_video
    try:
        write(temporary, _pictures(replay, progress))
        os.replace(temporary, path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror or error}): {remedy(error)}") from error
    finally:
        with suppress(OSError):  # which would hide why the picture cannot be written
            temporary.unlink()


def frames_of(replay: Replay) -> list[int]:
    """Return the frames of a replay that are drawn."""
    return [round(frame) for frame in np.linspace(0, replay.frames - 1, min(replay.frames, MOST_FRAMES)).tolist()]


def _pictures(replay: Replay, progress: Callable[[int], None] | None) -> Iterator[Image]:
    from PIL import Image

    from rolloutsim.report.plots.literal import literal_text

    with literal_text():
        scene = Scene(replay)
        for number, frame in enumerate(frames_of(replay)):
            scene.show(frame)
            yield Image.fromarray(scene.pixels())
            if progress is not None:
                progress(number)


def _write_gif(path: Path, pictures: Iterator[Image]) -> None:
    from PIL.Image import Dither

    whole = list(pictures)
    # One palette, of the last picture, which has all that is drawn: what does not change between frames then takes no bytes.
    colours = whole[-1].quantize(64)
    small = [picture.quantize(palette=colours, dither=Dither.NONE) for picture in whole]
    times = [1000 // _PER_SECOND] * (len(small) - 1) + [int(1000 * _HOLD_S)]
    small[0].save(path, save_all=True, append_images=small[1:], duration=times, loop=0, optimize=False)


def _write_video(path: Path, pictures: Iterator[Image]) -> None:
    import imageio_ffmpeg

    first = next(pictures)
    writer: Any = imageio_ffmpeg.write_frames(str(path), first.size, fps=_PER_SECOND, macro_block_size=2)
    writer.send(None)
    last = first
    writer.send(np.asarray(first).tobytes())
    for last in pictures:
        writer.send(np.asarray(last).tobytes())
    for _ in range(int(_PER_SECOND * _HOLD_S)):
        writer.send(np.asarray(last).tobytes())
    writer.close()


class Scene:
    """The figure of a replay, of which a frame is shown at a time."""

    def __init__(self, replay: Replay) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.colors import ListedColormap
        from matplotlib.figure import Figure

        self.replay = replay
        self.figure: Figure = Figure(figsize=_SIZE, dpi=_DPI, layout="constrained")
        self._canvas = cast("Any", FigureCanvasAgg(self.figure))  # its drawing functions have no types
        parts: Any = self.figure.subfigures(2, 1, height_ratios=(3, 2))
        above, below = parts
        self._colours = ListedColormap(["white", *(STATE_COLOURS[name] for name in STATES)])
        self._cells = list(self._draw_cells(above, panels_of(replay.groups, replay.robots_per_cell)))
        self._lines = list(self._draw_curves(below))
        self._title = self.figure.suptitle("\n", x=0.01, ha="left", fontsize="medium")
        # What does not move is drawn once: this is twenty times as fast.
        self._moving = [self._title, *self._lines, *(cells for cells, _ in self._cells)]
        for artist in self._moving:
            artist.set_animated(True)
        self._canvas.draw()
        self._still = self._canvas.copy_from_bbox(self.figure.bbox)

    def show(self, frame: int) -> None:
        """Show a frame."""
        replay = self.replay
        states = np.append(replay.at(frame), EMPTY)
        for cells, places in self._cells:
            cells.set_array(states[places] + 1)
        t_s = float(replay.t_s[frame])
        for line in self._lines:
            line.set_xdata([t_s, t_s])
        clock = f" ({replay.clock[frame]})" if replay.clock else ""
        passed = [text for at, text in replay.marks if at <= frame]
        ended = [f"job {replay.status.lower()}"] if frame == replay.frames - 1 else []
        title = f"{replay.scenario}, replicate {replay.replicate}: {duration(t_s)}{clock}"
        self._title.set_text(f"{title}\n{', '.join([replay.tally(frame), *passed[-1:], *ended])}")

    def pixels(self) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """Return the picture: height, width and three colours."""
        self._canvas.restore_region(self._still)
        for artist in self._moving:
            self.figure.draw_artist(artist)
        return np.asarray(self._canvas.buffer_rgba())[:, :, :3].copy()

    def _draw_cells(self, figure: Any, panels: list[Panel]) -> Iterator[tuple[QuadMesh, np.ndarray[Any, np.dtype[np.int64]]]]:
        from matplotlib.patches import Patch

        alike = len({panel.rows for panel in panels}) == 1 and len(panels) > 1
        columns = math.ceil(math.sqrt(1.6 * len(panels))) if len(panels) > 3 else len(panels)
        found = figure.subplots(math.ceil(len(panels) / columns), columns, squeeze=False).ravel()
        for axes in found[len(panels) :]:
            axes.set_axis_off()
        room = 110 // columns
        high, wide = np.max([panel.places.shape for panel in panels], axis=0).tolist()
        for axes, panel in zip(found, panels, strict=False):
            cells = axes.pcolormesh(
                np.zeros(panel.places.shape), cmap=self._colours, vmin=-0.5, vmax=len(STATES) + 0.5, edgecolors="white", linewidth=0.4
            )
            # Cells are squares of one size in all panels.
            axes.set(xticks=[], yticks=[], xlim=(0, wide), ylim=(high, 0), aspect="equal", anchor="NW")
            axes.spines[:].set_visible(False)
            title = f"{panel.title}: {panel.rows}" if panel.rows and not alike else panel.title
            title = title if len(title) <= room else f"{title[: room - 1]}…"
            axes.set_title(title, loc="left", fontsize="x-small", pad=2)
            yield cells, panel.places
        robots = self.replay.robots_per_cell
        notes = [
            f"rows of a site: {panels[0].rows}" if alike and "," in panels[0].rows else "",
            f"a cell is {robots} robots, in the state of most; of equally many, the later one here" if robots > 1 else "",
        ]
        seen = [name for name, robots in zip(STATES, self.replay.counts, strict=True) if robots.any()]
        figure.legend(
            handles=[Patch(facecolor=STATE_COLOURS[name], label=name) for name in seen],
            loc="outside lower center",
            ncols=min(len(seen), 5),
            fontsize="x-small",
            frameon=False,
            title="; ".join(filter(None, notes)) or None,
            title_fontsize="x-small",
        )

    def _draw_curves(self, figure: Any) -> Iterator[Line2D]:
        from rolloutsim.report.plots.axes import job_axis, open_frame, percent_axis

        replay = self.replay
        progress, links = figure.subplots(1, 2) if replay.links else (figure.subplots(1, 1), None)
        late = [name for name in ("converged late", "regressed") if replay.counts[STATES.index(name)].any()]
        failed = " or ".join(["failed", *late])
        progress.plot(replay.t_s, replay.counts[0] / replay.robots, color=BLUE, label="InSync")
        progress.plot(replay.t_s, replay.failed / replay.robots, color=VERMILION, linestyle="--", label=failed)
        if replay.threshold is not None:
            progress.axhline(replay.threshold / replay.robots, color=BLACK, linestyle=":", linewidth=1, label="failure threshold")
        percent_axis(progress.yaxis, "robots of the fleet")
        if links is not None:
            for (name, capacity, use), colour in zip(replay.links[:_MOST_LINKS], COHORTS, strict=False):
                links.step(replay.t_s, use, where="post", color=colour, linewidth=1, label=f"{name}, {quantity(capacity, 'bit/s')}")
            percent_axis(links.yaxis, "use of shared links")
        for axes in (progress, links):
            if axes is not None:
                yield self._finish(axes, job_axis, open_frame)

    def _finish(self, axes: Axes, job_axis: Callable[[Axes, float], None], open_frame: Callable[[Axes], None]) -> Line2D:
        job_axis(axes, self.replay.end_s)
        axes.set_ylim(0, 1.05)
        open_frame(axes)
        axes.legend(fontsize="x-small", loc="best")
        axes.tick_params(labelsize="x-small")
        for axis in (axes.xaxis, axes.yaxis):
            axis.label.set_fontsize("small")
        return axes.axvline(0.0, color=BLACK, linewidth=1.2)
