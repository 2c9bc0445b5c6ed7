"""Plans and sensitivities as they are stored, read back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rolloutsim.analysis import Check, Estimate, group_names, parse_metric
from rolloutsim.scenario import build
from rolloutsim.study.designs import Index
from rolloutsim.study.planning import Option, PlanResult
from rolloutsim.study.sensitivity_study import Effects, Sensitivity
from rolloutsim.study.store.files import SavedResults

if TYPE_CHECKING:
    from rolloutsim.study.store.files import Kind

__all__ = ["load_plan", "load_sensitivity"]


def load_plan(folder: Path) -> PlanResult:
    """Return the plan in a folder that ``rolloutsim plan --out`` wrote.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    manifest, found = _read(folder, "plan")
    groups = group_names(build(manifest["scenario"]))
    objective = parse_metric(found["objective"]["metric"], groups=groups)
    checks = tuple(Check.parse(text, groups) for text in found["constraints"])
    queries = (objective, *(check.query for check in checks))

    def estimates(by_metric: Mapping[str, Any]) -> tuple[Estimate, ...]:
        return tuple(_estimate(by_metric[str(query)]) for query in queries) if by_metric else ()

    options = tuple(
        Option(each["setting"], each["state"], each["round"], own[0], own[1:], estimates(each["fresh"]))
        for each in found["settings"]
        for own in [estimates(each["estimates"])]
    )
    return PlanResult(
        objective,
        found["objective"]["maximize"],
        checks,
        options,
        _number(found["margin"]),
        tuple(found["rounds"]),
        found["confidence"],
        found["fresh_seed"],
        manifest,
        tuple(found["without_effect"]),
    )


def load_sensitivity(folder: Path) -> Sensitivity:
    """Return the sensitivity in a folder that ``rolloutsim sensitivity --out`` wrote.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    manifest, found = _read(folder, "sensitivity")
    groups = group_names(build(manifest["scenario"]))
    effects = tuple(
        Effects(
            parse_metric(each["metric"], groups=groups),
            _number(each["response"]["low"]),
            _number(each["response"]["high"]),
            _number(each["noise_share"]),
            {one["input"]: _indices(one) for one in each["inputs"]},
            each["floor_needs"] or 0,
        )
        for each in found["metrics"]
    )
    responses = SavedResults(folder, "sensitivity").table("responses")
    return Sensitivity(effects, responses, found["method"], found["size"], manifest, tuple(found["without_effect"]))


def _read(folder: Path, kind: Kind) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the manifest and the summary of a folder; both are verified."""
    manifest = SavedResults(folder, kind).manifest
    found: dict[str, Any] = json.loads((folder / f"{kind}.json").read_text(encoding="utf-8"))
    return manifest, found


def _indices(one: Mapping[str, Any]) -> list[Index]:
    return [Index(name, _estimate(value), _number(value["floor"])) for name, value in one.items() if isinstance(value, Mapping)]


def _estimate(data: Mapping[str, Any]) -> Estimate:
    low, best, high = (_number(data[name]) for name in ("low", "best", "high"))
    return Estimate(low, best, high, data["n"], data["method"], data["note"], data["unit"])


def _number(value: float | str | None) -> float:
    return math.nan if value is None else float(value)
