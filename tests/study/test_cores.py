"""How many processes work: by affinity, and by the CPU quota of a container."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolloutsim.study.execution import cores as module
from rolloutsim.study.execution.cores import cores


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({}, 8),
        ({"box": "max 100000"}, 8),
        ({"box": "150000 100000"}, 2),
        ({"box": "50000 100000"}, 1),
        ({"box": "1600000 100000"}, 8),
        ({"": "400000 100000", "box": "600000 100000"}, 4),
        ({"box": "600000 100000", "box/inner": "200000 50000"}, 4),
        ({"box": "nonsense"}, 8),
        ({"box": "1 0"}, 8),
    ],
)
def test_the_smallest_quota_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: dict[str, str], expected: int) -> None:
    (tmp_path / "cgroup").write_text("1:name=systemd:/other\n0::/box/inner\n")
    (tmp_path / "fs" / "box" / "inner").mkdir(parents=True)
    for group, limit in limits.items():
        (tmp_path / "fs" / group / "cpu.max").write_text(limit + "\n")
    monkeypatch.setattr(module, "_GROUPS", tmp_path / "fs")
    monkeypatch.setattr(module, "_GROUP_OF_THIS_PROCESS", tmp_path / "cgroup")
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert cores() == expected


def test_without_control_groups_and_affinity_the_machine_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_GROUP_OF_THIS_PROCESS", tmp_path / "missing")
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    assert cores() == 3
