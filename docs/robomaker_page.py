"""The reference of RoboMaker's API as this program serves it, from the table of its operations."""

from __future__ import annotations

from collections.abc import Iterator

from rolloutsim.robomaker.assumptions import ASSUMPTIONS, OF_ALL
from rolloutsim.robomaker.operations import OPERATIONS, UNSERVED, Operation
from rolloutsim.robomaker.shapes import SHAPES, Shape

__all__ = ["robomaker_page"]

#: The errors that any operation may have, and that occur on purpose only.
ON_PURPOSE = ("InternalServerException", "ThrottlingException")

HEAD = """\
# RoboMaker's API

`docs/generate.py` makes this page from the table in `rolloutsim/robomaker`; do not edit it. [The guide](../robomaker.md) shows how to use
the API. Each operation, member and error has a state:

- *works*: as RoboMaker documents it, or by its name.
- *from the text*: RoboMaker's texts name a range that the model of its API does not have; it is checked.
- *assumption*: RoboMaker's documentation is silent or contradicts itself; the table has what this program does.
- *not part of deployments*: the operation is answered with an error that names the operations that are there.
"""


def robomaker_page() -> str:
    """Return the page."""
    general = [f"| {about} | assumption | {text} |" for about, text in OF_ALL.items()]
    parts = [HEAD, "## All operations\n", "| about | state | what happens |", "|---|---|---|", *general, ""]
    for operation in OPERATIONS.values():
        parts += _operation(operation)
    types = ["## Types\n", "| type | values |", "|---|---|"]
    types += [f"| {name} | {_values(shape)} |" for name, shape in SHAPES.items() if shape.type != "structure"]
    structures = ["", "## Structures\n", "| structure | members; * is required |", "|---|---|"]
    structures += [f"| {name} | {', '.join(_members(shape))} |" for name, shape in SHAPES.items() if shape.type == "structure"]
    others = ["", "## Other operations\n", f"Not part of deployments: {', '.join(f'`{name}`' for name in UNSERVED)}.", ""]
    return "\n".join([*parts, *types, *structures, *others])


def _operation(operation: Operation) -> Iterator[str]:
    assumed = dict(ASSUMPTIONS.get(operation.name, {}))
    yield f"## {operation.name}\n"
    yield f"`{operation.method} {operation.path}`, in Python `{operation.python_name}`\n"
    yield "| part | name | type | state | what happens |"
    yield "|---|---|---|---|---|"
    for part, shape in (("request", operation.request), ("answer", operation.response)):
        for name, member in shape.members.items():
            if part == "answer" and name in operation.request.members:
                continue
            text = assumed.pop(name, "")
            bounded = part == "request" and SHAPES[member.shape].text_range is not None
            state = "assumption" if text else "from the text" if bounded else "works"
            if name == "maxResults" and operation.pages is not None:
                text = f"From 1 to {operation.pages.most}."
            if name == "filters" and operation.pages is not None:
                text = f"One filter with one value: {' or '.join(f'`{each}`' for each in operation.pages.filters)}."
            required = "*" if name in shape.required else ""
            yield f"| {part} | `{name}`{required} | {member.shape} | {state} | {text} |"
    for name in operation.errors:
        text = assumed.pop(name, "")
        on_purpose = " Occurs on purpose only." if name in ON_PURPOSE else ""
        yield f"| error | `{name}` | | {'assumption' if text else 'works'} | {(text + on_purpose).strip()} |"
    for about, text in assumed.items():
        yield f"| other | {about} | | assumption | {text} |"
    yield ""


def _values(shape: Shape) -> str:
    if shape.enum:
        return ", ".join(f"`{value}`" for value in shape.enum)
    what = {"list": f"list of {shape.item}", "map": f"map of {shape.key} to {shape.item}"}.get(shape.type, shape.type)
    unit = {"string": " characters", "list": " items", "map": " entries"}.get(shape.type, "")
    parts = [what]
    if shape.most is not None:
        parts.append(f"{shape.least or 0:g} to {shape.most:g}{unit}")
    if shape.text_range is not None:
        parts.append(f"{shape.text_range[0]} to {shape.text_range[1]} from the text")
    if shape.pattern is not None:
        parts.append(f"`{shape.pattern}`".replace("|", "\\|"))
    return ", ".join(parts)


def _members(shape: Shape) -> Iterator[str]:
    for name, member in shape.members.items():
        yield f"`{name}`{'*' if name in shape.required else ''} {member.shape}"
