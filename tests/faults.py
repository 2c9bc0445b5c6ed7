"""Makes the deliberate faults of `tests.fault_list` one by one, each in a copy of the checkout, and shows which tests find them.

All of them take about twenty minutes on one core; ``--only`` takes numbers or a group. The exit code is 1 if a fault is not found::

    .venv/bin/python -m tests.faults
    .venv/bin/python -m tests.faults --only 7 12
    .venv/bin/python -m tests.faults --only store

A test that finds nothing wrong with any fault proves nothing: the named tests first have to pass without one.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from importlib.util import cache_from_source
from pathlib import Path

from tests.fault_list import FAULTS, Fault

ROOT = Path(__file__).parents[1]

#: Seconds after which the tests of one fault are ended.
LONGEST_S = 300

_LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", ".*_cache", "__pycache__", "out")


def main(args: Sequence[str] | None = None) -> int:
    """Try the faults; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", default=[], metavar="N", help=f"numbers of faults, or groups: {', '.join(FAULTS)}")
    only = parser.parse_args(args).only
    chosen = [
        (number, group, fault)
        for number, (group, fault) in enumerate(((group, fault) for group, faults in FAULTS.items() for fault in faults), start=1)
        if not only or str(number) in only or group in only
    ]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "checkout"
        shutil.copytree(ROOT, copy, ignore=_LEFT_OUT)
        if failure := run_tests(copy, {file: None for _, _, fault in chosen for file in fault.tests.split()}, longest_s=None):
            print(f"the tests fail without any fault: {failure}")
            return 1
        missed = [number for number, group, fault in chosen if not is_found(copy, number, group, fault)]
    print(f"{len(chosen) - len(missed)} of {len(chosen)} found" + (f", not found: {', '.join(map(str, missed))}" if missed else ""))
    return 1 if missed else 0


def is_found(copy: Path, number: int, group: str, fault: Fault) -> bool:
    """Make a fault, run its tests, and mend it."""
    file = copy / "rolloutsim" / fault.file
    right = file.read_text(encoding="utf-8")
    if right.count(fault.old) != 1:
        raise ValueError(f"fault {number}: {fault.file} holds {fault.old!r} {right.count(fault.old)} times, not once")
    replace(file, right.replace(fault.old, fault.new))
    try:
        failure = run_tests(copy, fault.tests.split(), longest_s=LONGEST_S)
    finally:
        replace(file, right)
    print(f"{number:2} {group:14} {fault.file:40} {f'found by {failure}' if failure else 'NOT FOUND'}", flush=True)
    return bool(failure)


def replace(file: Path, text: str) -> None:
    """Write a source file; bytecode of another text that is as long and was written within the same second would be taken for its own."""
    file.write_text(text, encoding="utf-8")
    Path(cache_from_source(file)).unlink(missing_ok=True)


def run_tests(copy: Path, files: Iterable[str], *, longest_s: float | None) -> str:
    """Return which test fails first; empty if none does."""
    options = ["-x", "-q", "-rfE", "--tb=no", "-p", "no:cacheprovider", "-k", "not compiled"]  # which needs machine code
    command = [sys.executable, "-m", "pytest", *options, *(f"tests/{file}" for file in files)]
    with tempfile.TemporaryDirectory() as scratch:
        own = {"PYTHONPATH": str(copy), "NUMBA_DISABLE_JIT": "1", "ROLLOUTSIM_CACHE_DIR": scratch}
        log = Path(scratch) / "log"
        with log.open("w", encoding="utf-8") as output:
            try:
                code = subprocess.run(
                    command, cwd=copy, env={**os.environ, **own}, stdout=output, stderr=output, timeout=longest_s
                ).returncode
            except subprocess.TimeoutExpired:
                return f"its tests, which do not end within {longest_s:g} s"
        printed = log.read_text(encoding="utf-8")
    if code == 0:
        return ""
    first = re.search(r"^(?:FAILED|ERROR) tests/(\S+)", printed, re.MULTILINE)
    return first[1] if first else printed[-500:]


if __name__ == "__main__":
    sys.exit(main())
