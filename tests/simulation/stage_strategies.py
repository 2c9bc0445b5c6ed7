"""Random stages of a rollout that fit their fleet: plain data as a file would hold it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.simulation.reference.stages import level
from tests.simulation.time_strategies import whole

__all__ = ["stages"]

Raw = dict[str, Any]


@st.composite
def stages(draw: st.DrawFn, sizes: dict[str, int], rounding: str) -> list[Raw]:
    """Return up to four stages of a fleet of cohorts of such sizes, each of at least one robot that no other stage has."""
    named = [name for name in sizes if draw(st.integers(0, 2)) == 0]
    total, taken, highest = sum(sizes.values()), 0, 0.0
    left = total - sum(sizes[name] for name in named)
    out: list[Raw] = []
    for kind in draw(st.lists(st.sampled_from(["share", "robots"]), max_size=3)):
        if not left:
            break
        if kind == "robots":
            size = draw(st.integers(1, left))
            stage: Raw = {"robots": size}
        else:
            percent = draw(st.sampled_from([0.5, 5, 12.5, 25, 29, 50, 75, 90, 100]))
            share = float(f"{percent / 100:.4g}")
            size = level(total, share, rounding) - taken
            if percent <= highest or not 1 <= size <= left or total * percent <= 100 * taken:
                continue
            stage, highest = {"share": f"{percent} %"}, percent
        left -= size
        if named and draw(st.booleans()):
            out.append({"cohorts": [named.pop()]})
            taken += sizes[out[-1]["cohorts"][0]]
            if "share" in stage:  # the level counts this cohort in
                left += size
                continue
        taken += size
        out.append(stage)
    if named:
        out.append({"cohorts": named})
    return [stage | draw(gates()) for stage in out]


@st.composite
def gates(draw: st.DrawFn) -> Raw:
    """Return a soak and what stops the job after it."""
    gate: Raw = {}
    if draw(st.booleans()):
        gate["soak"] = draw(st.one_of(whole(0, 60), st.just("12.5 s")))
    kind = draw(st.sampled_from(["", "", "max_failures", "max_failure_share"]))
    if kind == "max_failures":
        gate[kind] = draw(st.integers(0, 5))
    elif kind:
        gate[kind] = draw(st.sampled_from(["33.3 %", 0.5, "100 %", "29 %", "10 %", "0 %"]))
    return gate
