"""The deliberate faults of `tests.faults` can be made: code that moves takes them along."""

from __future__ import annotations

from tests.fault_list import FAULTS
from tests.gate import ROOT


def test_every_fault_changes_one_place_and_has_tests() -> None:
    for fault in (fault for faults in FAULTS.values() for fault in faults):
        assert (ROOT / "rolloutsim" / fault.file).read_text(encoding="utf-8").count(fault.old) == 1, fault
        assert fault.new != fault.old, fault
        assert all((ROOT / "tests" / file).is_file() for file in fault.tests.split()), fault


def test_there_are_enough() -> None:
    assert [len(faults) for faults in FAULTS.values()] == [20, 10, 10, 10, 10, 10, 8]
