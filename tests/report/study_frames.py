"""Frames as studies make them, small enough to know what is drawn of them."""

from __future__ import annotations

import itertools

import pandas as pd

PERCENTAGE = "deployment.deploymentConfig.concurrentDeploymentPercentage"
LEVERS = {PERCENTAGE: [5, 10, 20, 50], "network.origin": ["1 Gbit/s", "500 Mbit/s"], "rules.dispatch": ["window", "batch"]}
TOLD = ["metric", "low", "best", "high", "n"]


def points(levers, metric="time_to_complete.p95", n=400):
    """Every combination of the values, with a value of its own: one hour more than the one before, ± 10 min."""
    scale = 0.01 / 3600 if metric.startswith("abort") else 1.0
    rows = [
        (*values, metric, *(scale * (3600 * (1 + number) + shift) for shift in (-600, 0, 600)), n)
        for number, values in enumerate(itertools.product(*levers.values()))
    ]
    return pd.DataFrame(rows, columns=[*levers, *TOLD])


def some(*names, count=None, **keywords):
    return points({name: LEVERS[name][:count] for name in names}, **keywords)


def both(frame):
    other = frame.assign(metric="abort_probability.probability", **{name: frame[name] * 0.01 / 3600 for name in ("low", "best", "high")})
    return pd.concat([frame, other])


def differences():
    rows = [
        ("b", "time_to_complete.p95", -300.0, -200.0, -100.0, 400, "better"),
        ("b", "time_to_complete.mean", -20.0, 10.0, 40.0, 400, "~"),
        ("b", "abort_probability.probability", 0.001, 0.01, 0.02, 400, "worse"),
        ("b", "peak_in_flight.mean", 1.0, 2.0, 3.0, 400, "higher"),
    ]
    return pd.DataFrame(rows, columns=["alternative", *TOLD, "verdict"])


def indices(method="morris"):
    names = ("mu_star", "mu", "sigma") if method == "morris" else ("ST", "S1")
    rows = [
        ("time_to_complete.mean", path, name, *(best * factor for factor in (0.8, 1.0, 1.3)), 20, floor, best * 0.8 > floor, direction)
        for path, best, direction in (("application.bundle", 0.2, ""), ("fleet.dock.link.rate", 0.9, "falls"), ("a.b", 0.5, "both ways"))
        for name, floor in zip(names, (0.3, 0.0, 0.1), strict=False)
    ]
    return pd.DataFrame(rows, columns=["metric", "input", "index", "low", "best", "high", "n", "floor", "decided", "direction"])


def drawn_values():
    frame = points({"fleet.dock.link.rate": [8366780.867288475, 15053887.216694107], "application.bundle": [231066082.36985904, 324e6]})
    frame.attrs["units"] = {"fleet.dock.link.rate": "bit/s", "application.bundle": "B"}
    return frame


def inside(figure):
    figure.draw_without_rendering()
    box, page = figure.axes[0].get_tightbbox(), figure.bbox
    return box.x0 >= page.x0 - 2 and box.x1 <= page.x1 + 2 and box.y0 >= page.y0 - 2 and box.y1 <= page.y1 + 2
