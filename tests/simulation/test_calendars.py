"""The package computes calendars as a minute hand that is watched finds them, through changes of the clock."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rolloutsim.scenario import Rules
from rolloutsim.scenario.parts.schedule import Schedule
from tests.searches import search
from tests.simulation.reference.calendar import Calendar
from tests.simulation.time_strategies import Clock, clocks, schedules

Raw = dict[str, Any]
HORIZON = 2 * 86400.0


@search(40)
@given(clocks().flatmap(lambda clock: st.tuples(st.just(clock), schedules(clock))))
def test_calendars_agree(said: tuple[Clock, Raw]) -> None:
    clock, raw = said
    schedule = Schedule.model_validate({**raw, "jitter": "0 s"})
    spans = schedule.intervals(Rules(start=clock.start).started_at(schedule.timezone), 0.0, HORIZON)
    calendar = Calendar(schedule, clock.start, 0.0, HORIZON)
    instants = {0.0, *(t for span in (*spans, *calendar.spans) for t in span if 0 <= t < HORIZON)}
    for t in sorted(instants):
        assert calendar.open_at(t) == any(opens <= t < closes for opens, closes in spans), t
