"""The page on the Python API: the public names, their docstrings and the examples in them, which the test suite executes."""

from __future__ import annotations

import inspect
import re
import textwrap
from typing import Any

import rolloutsim
from rolloutsim.errors import RolloutsimError
from rolloutsim.report import PLOTS, STUDY_PLOTS

__all__ = ["python_page"]

HEAD = """\
# Python

`docs/generate.py` makes this page from the docstrings; do not edit it. The examples run in the test suite, from the root of a checkout.

```python
import rolloutsim

scenario = rolloutsim.load("scenarios/robomaker-100.yaml")
results = rolloutsim.simulate(scenario, replicates=10, seed=1)

results.jobs[["status", "time_to_complete_s", "failed"]]  # pandas: one row per replicate
results.summary().abort_probability["all"]  # Estimate(low, best, high, n, …)
ax = results.plot.completion_curve()  # a matplotlib Axes; give ax= to draw on yours
results.plot.robots_by_state(replicate=3)

batch = scenario.replace("rules.dispatch", "batch")  # a scenario never changes; this is another one
rolloutsim.simulate(batch, replicates=10, seed=1)  # the same robots with the same random numbers
```

In Jupyter, the last value of a cell shows itself: a scenario, results, and what `check`, `compare`, `plan`, `sensitivity` and `sweep`
return. Work that takes longer than half a second shows a bar. `rolloutsim.explore(scenario)` has sliders, which the completion curve and
the headline follow (`pip install 'rolloutsim[jupyter]'`).

A script starts its studies below `if __name__ == "__main__":`, because worker processes import the script. [Result tables](tables.md)
lists all columns, [the scenario file](reference/scenario.md) all paths for `replace`.
"""

#: Methods of `Scenario` that are for the loader and for pydantic.
INTERNAL = ("remember", "model_post_init", "keys", "write", "written")

_SECTION = re.compile(r"^([A-Z][a-z]+)\n-+\n", re.MULTILINE)
_ROLE = re.compile(r"``(.+?)``")


def _split(doc: str) -> dict[str, str]:
    """Return the sections of a docstring by name; the text before the first one is "Summary"."""
    parts = _SECTION.split(doc)
    return {"Summary": parts[0].strip(), **{name: text.strip("\n") for name, text in zip(parts[1::2], parts[2::2], strict=True)}}


def _markdown(text: str) -> str:
    return _ROLE.sub(r"`\1`", text)


def _definitions(text: str) -> list[str]:
    """Return a list of names with their meanings as Markdown."""
    lines: list[str] = []
    for block in re.split(r"^(?=\S)", text, flags=re.MULTILINE):
        name, _, meaning = block.partition("\n")
        if name:
            names = ", ".join(f"`{one.strip()}`" for one in name.split(","))
            lines.append(f"- {names}: {' '.join(_markdown(textwrap.dedent(meaning)).split())}")
    return lines


def _signature(name: str, value: Any) -> str:
    """Return the call with the names of its parameters and their defaults, without types, which the docstring explains."""
    signature = inspect.signature(value)
    shown = [p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()]
    return f"{name}{signature.replace(parameters=shown, return_annotation=inspect.Signature.empty)}"


def _members(value: type) -> list[str]:
    """Return the public methods and properties of a class and its bases, each with the first sentence of its docstring."""
    lines = []
    members = {name: member for part in value.__mro__ if part.__module__.startswith("rolloutsim") for name, member in vars(part).items()}
    for name, member in members.items():
        doc = inspect.getdoc(member)
        if name.startswith("_") or name in INTERNAL or not doc or not hasattr(member, "__get__"):
            continue
        call = "()" if inspect.isroutine(member) or isinstance(member, classmethod) else ""
        lines.append(f"- `{name}{call}`: {_markdown(' '.join(_split(doc)['Summary'].split(chr(10) * 2)[0].split()))}")
    return lines


def _example(name: str, sections: dict[str, str]) -> list[str]:
    if "Examples" not in sections:
        raise LookupError(f"rolloutsim.{name} has no example: add one to its docstring")
    return ["```python", sections["Examples"].strip("\n"), "```", ""]


def _name(name: str) -> list[str]:
    """Return the section of a function or class."""
    value = getattr(rolloutsim, name)
    sections = _split(inspect.getdoc(value) or "")
    lines = [f"## `{name}`", ""]
    if inspect.isfunction(value):
        lines += ["```text", *textwrap.wrap(_signature(name, value), 120, subsequent_indent="    "), "```", ""]
    lines += [_markdown(sections["Summary"]), "", *_example(name, sections)]
    if inspect.isfunction(value) and "Parameters" in sections:
        lines += [*_definitions(sections["Parameters"]), ""]
    if inspect.isclass(value):
        lines += [*_members(value), ""]
    if "Raises" in sections:
        lines += ["Raises:", "", *_definitions(sections["Raises"]), ""]
    return lines


def _errors(names: list[str]) -> list[str]:
    rows = [
        f"| `{name}` | {getattr(rolloutsim, name).exit_code} | {_split(inspect.getdoc(getattr(rolloutsim, name)) or '')['Summary']} |"
        for name in names
    ]
    example = _example("RolloutsimError", _split(inspect.getdoc(RolloutsimError) or ""))
    return ["## Errors", "", "| error | exit code of commands | meaning |", "|---|---|---|", *rows, "", *example]


def python_page() -> str:
    """Return the page."""
    errors = [name for name in rolloutsim.__all__ if name.endswith("Error")]
    others = [name for name in rolloutsim.__all__ if name not in errors]
    functions = sorted(others, key=lambda name: (inspect.isclass(getattr(rolloutsim, name)), others.index(name)))
    lines = [HEAD]
    for name in functions:
        lines += _name(name)
    plots = ", ".join(f"`{name}`" for name in PLOTS)
    studies = ", ".join(f"`plot_{name}`" for name in STUDY_PLOTS)
    lines += [
        "## Plots",
        "",
        f"`results.plot` draws {plots}; `rolloutsim.report` has {studies} for studies",
        "([examples](exploring.md#plots)).",
        "",
    ]
    return "\n".join([*lines, *_errors(errors)])
