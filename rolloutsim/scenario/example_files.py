"""The example scenarios, which travel with the package."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from rolloutsim.errors import UsageError
from rolloutsim.scenario.reading.source import read_file

__all__ = ["copy_example", "examples"]

_PACKAGE = Path(__file__).parents[1]


def _folder() -> Path:
    """Return the folder of the examples: beside the package in a checkout, inside it where it is installed from a wheel."""
    installed = _PACKAGE / "example_scenarios"
    return installed if installed.is_dir() else _PACKAGE.parent / "scenarios"


def _files() -> dict[str, Path]:
    """Return the examples by name: those of the folder, then those of folders inside, e.g. ``systems/ansible``."""
    folder = _folder()
    files = [*sorted(folder.glob("*.yaml")), *sorted(folder.glob("*/*.yaml"))]
    return {file.relative_to(folder).with_suffix("").as_posix(): file for file in files}


def examples() -> dict[str, str]:
    """Return the description of each example by its name.

    Examples
    --------
    >>> examples()["thin-uplink"].partition(" - ")[0]
    'A site behind a thin line'
    """
    return {name: " ".join(str(read_file(file).plain()["description"]).split()) for name, file in _files().items()}


def copy_example(name: str, target: Path) -> list[Path]:
    """Copy an example with the data files that it names.

    Parameters
    ----------
    name
        One of `examples`.
    target
        The new file. Data files go beside it, under the names that the example gives them.

    Returns
    -------
    list of Path
        What was written. A data file that is there already with the same content is left alone.

    Raises
    ------
    UsageError
        If there is no such example, or a file is in the way. Nothing is written then.
    OSError
        If a file cannot be written.
    """
    known = _files()
    if name not in known:
        alike = get_close_matches(name, known, 1)
        raise UsageError(f"there is no example {name}: {f'did you mean {alike[0]}? ' if alike else ''}rolloutsim examples lists all")
    source = known[name]
    data = sorted(set(_data_files(read_file(source).plain())))
    copies = {target: source} | {target.parent / file: source.parent / file for file in data}
    new = {copy: original.read_bytes() for copy, original in copies.items() if copy == target or not _is_copy(copy, original)}
    for copy in new:
        if copy.exists():
            raise UsageError(f"{copy} exists already and was left alone: choose another name or folder, or remove it")
    for copy, content in new.items():
        if copy != target:
            copy.parent.mkdir(parents=True, exist_ok=True)
        with copy.open("xb") as file:
            file.write(content)
    return list(new)


def _is_copy(copy: Path, original: Path) -> bool:
    return copy.is_file() and copy.read_bytes() == original.read_bytes()


def _data_files(data: Any) -> Iterator[str]:
    """Yield the data files that a scenario names."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "file" and isinstance(value, str):
                yield value
            yield from _data_files(value)
    elif isinstance(data, list):
        for item in data:
            yield from _data_files(item)
