"""The agenda against the entries of a dictionary, sorted."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolloutsim.simulation.engines.compiled.event_queue import NO_KEY, NO_ROBOT, index_of, is_before, key_of, push, remove, reschedule

ROBOTS = 40
moments = st.tuples(st.integers(0, 9).map(float), st.integers(-1, 3))


def an_agenda() -> SimpleNamespace:
    counters = SimpleNamespace(entries=0)
    return SimpleNamespace(counters=counters, times=[0.0] * ROBOTS, keys=[0] * ROBOTS, where=[NO_ROBOT] * ROBOTS)


def take_first(state: SimpleNamespace) -> tuple[float, int]:
    first = state.times[0], state.keys[0]
    remove(state, index_of(first[1]))
    return first


@pytest.mark.parametrize("least", [0, ROBOTS // 2], ids=["few", "many"])
@given(data=st.data())
def test_first_is_the_least_whatever_is_entered_canceled_and_rescheduled(least: int, data: st.DataObject) -> None:
    first = data.draw(st.lists(moments, min_size=least, max_size=ROBOTS))
    then = data.draw(st.lists(st.tuples(st.booleans(), st.integers(0, ROBOTS - 1), moments), max_size=80))
    state, held = an_agenda(), dict[int, tuple[float, int]]()
    for cancels, index, (t, order) in [(False, robot, moment) for robot, moment in enumerate(first)] + then:
        key = key_of(order, index)
        if cancels and index in held:
            del held[index]
            remove(state, index)
        elif not cancels:
            (reschedule if index in held else push)(state, t, key)
            held[index] = t, key
        assert state.counters.entries == len(held)
        assert {robot: (state.times[at], state.keys[at]) for robot, at in enumerate(state.where) if at != NO_ROBOT} == held
        if held:
            assert (state.times[0], state.keys[0]) == min(held.values())
    assert [take_first(state) for _ in range(len(held))] == sorted(held.values())
    assert state.where == [NO_ROBOT] * ROBOTS


@given(st.lists(st.tuples(st.integers(-1, 7), st.integers(0, 10**9)), min_size=2))
def test_keys_order_by_the_event_and_then_by_the_robot(places: list[tuple[int, int]]) -> None:
    assert sorted(places, key=lambda place: key_of(*place)) == sorted(places)
    assert [index_of(key_of(*place)) for place in places] == [index for _, index in places]
    assert all(key_of(*place) < NO_KEY for place in places)


@pytest.mark.parametrize(
    ("one", "other", "before"),
    [((1.0, 5), (2.0, 3), True), ((2.0, 3), (1.0, 5), False), ((1.0, 3), (1.0, 5), True), ((1.0, 5), (1.0, 3), False)],
)
def test_an_instant_weighs_more_than_a_key(one: tuple[float, int], other: tuple[float, int], *, before: bool) -> None:
    assert is_before(*one, *other) is before


def test_nothing_is_before_itself() -> None:
    assert not is_before(1.0, 5, 1.0, 5)
