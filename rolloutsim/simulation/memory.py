"""What compiled code needs to be quick with many arrays, and what the same means in Python.

numba counts a reference to every array that is passed to a function; a plan has half a hundred. `borrow` makes of it one pointer to bare
pointers, which cost nothing to pass on, as long as its owner keeps the arrays.
"""

# numba's annotations describe what compiled code sees, not what a maker of types and intrinsics calls.
# mypy: disable-error-code="attr-defined, call-arg, no-untyped-call, override, untyped-decorator"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rolloutsim.kernel import compiled_as, kernel

__all__ = [
    "append",
    "append_values",
    "borrow",
    "copy_items",
    "drop_rows",
    "enlarged",
    "integers",
    "new_buffer",
    "numbers_in",
    "reals",
    "store",
]


def _borrow_compiled() -> Callable[..., Any]:
    from numba.core import cgutils, types
    from numba.core.datamodel import models, register_default
    from numba.core.imputils import lower_getattr_generic
    from numba.core.typing.templates import AttributeTemplate, infer_getattr
    from numba.extending import intrinsic

    class Borrowed(types.Type):
        """A pointer to the fields of a named tuple, its arrays as pointers to their elements."""

        def __init__(self, fields: Any) -> None:
            self.fields = fields
            super().__init__(f"Borrowed({', '.join(f'{name}: {kind}' for name, kind in fields)})")

        def place(self, name: str) -> int:
            return [field for field, _ in self.fields].index(name)

    @register_default(Borrowed)
    class _Model(models.PrimitiveModel):
        def __init__(self, manager: Any, kind: Borrowed) -> None:
            super().__init__(manager, kind, cgutils.voidptr_t)

    @infer_getattr
    class _Attributes(AttributeTemplate):
        key = Borrowed

        def generic_resolve(self, kind: Borrowed, name: str) -> Any:
            return dict(kind.fields).get(name)

    def layout(context: Any, kind: Borrowed) -> Any:
        from llvmlite import ir

        return ir.LiteralStructType([context.get_data_type(field) for _, field in kind.fields])

    @lower_getattr_generic(Borrowed)
    def _get(context: Any, builder: Any, kind: Borrowed, value: Any, name: str) -> Any:
        structure = builder.bitcast(value, layout(context, kind).as_pointer())
        pointer = cgutils.gep_inbounds(builder, structure, 0, kind.place(name))
        loaded = builder.load(pointer)
        return context.data_model_manager[dict(kind.fields)[name]].from_data(builder, loaded)

    @intrinsic
    def pointer_to(typing: Any, plan: Any, holder: Any) -> Any:
        kinds = [types.CPointer(kind.dtype) if isinstance(kind, types.Array) else kind for kind in plan.types]
        result = Borrowed(tuple(zip(plan.fields, kinds, strict=True)))

        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            data = context.make_array(holder)(context, builder, args[1]).data
            memory = builder.bitcast(data, layout(context, result).as_pointer())
            for place, (kind, owned) in enumerate(zip(kinds, plan.types, strict=True)):
                value = builder.extract_value(args[0], place)
                if isinstance(owned, types.Array):
                    value = context.make_array(owned)(context, builder, value).data
                field = cgutils.gep_inbounds(builder, memory, 0, place)
                builder.store(context.data_model_manager[kind].as_data(builder, value), field)
            return builder.bitcast(memory, cgutils.voidptr_t)

        return result(plan, holder), code

    def borrow(plan: Any, holder: Any) -> Any:
        return pointer_to(plan, holder)

    return borrow


@compiled_as(_borrow_compiled)
def borrow(plan: Any, holder: Any) -> Any:
    """Return a plan of arrays as something cheap to pass on; `holder`, an array of as many words as it has fields, keeps the pointers."""
    return plan


def _store_compiled() -> Callable[..., Any]:
    from numba.core import types
    from numba.extending import intrinsic

    @intrinsic
    def write(typing: Any, buffer: Any, place: Any, row: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            data = context.make_array(buffer)(context, builder, args[0]).data
            for number, kind in enumerate(row):
                value = context.cast(builder, builder.extract_value(args[2], number), kind, types.float64)
                builder.store(value, builder.gep(data, [builder.add(args[1], context.get_constant(place, number))]))
            return context.get_dummy_value()

        return types.void(buffer, place, row), code

    def store(buffer: Any, place: int, row: Any) -> None:
        write(buffer, place, row)

    return store


@compiled_as(_store_compiled)
def store(buffer: Any, place: int, row: Any) -> None:
    """Write the numbers of a tuple one after the other."""
    buffer[place : place + len(row)] = row


def new_buffer(size: int) -> Any:
    """Return a buffer for rows of numbers: element 0 tells where it ends."""
    import numpy as np

    buffer = np.empty(1 + size)
    buffer[0] = 1.0
    return buffer


def numbers_in(buffer: Any) -> Any:
    """Return what has been added to a buffer."""
    return buffer[1 : int(buffer[0])]


def _roomy_compiled() -> Callable[..., Any]:
    import numpy as np

    def roomy(buffer: Any, more: int) -> Any:
        used = int(buffer[0])
        if used + more <= len(buffer):
            return buffer
        larger = np.empty(2 * len(buffer) + more)
        larger[:used] = buffer[:used]
        return larger

    return roomy


@compiled_as(_roomy_compiled)
def roomy(buffer: Any, more: int) -> Any:
    """Return a buffer that has room for so many more numbers: itself, or a copy twice as large."""
    import numpy as np

    if int(buffer[0]) + more <= len(buffer):
        return buffer
    return np.concatenate([buffer, np.empty(len(buffer) + more)])


@kernel
def append(buffer: Any, row: Any) -> Any:
    """Add a row to a buffer and return the buffer, or the larger one that it has become."""
    buffer = roomy(buffer, len(row))
    place = int(buffer[0])
    store(buffer, place, row)
    buffer[0] = place + len(row)
    return buffer


@kernel
def append_values(buffer: Any, values: Any) -> Any:
    """Add a sequence of numbers to a buffer, as `append` does with a row."""
    buffer = roomy(buffer, len(values))
    place = int(buffer[0])
    for number in range(len(values)):
        buffer[place + number] = values[number]
    buffer[0] = place + len(values)
    return buffer


@kernel
def drop_rows(buffer: Any, width: int, dropped: Any) -> None:
    """Remove the rows of some robots, whose indices the rows begin with."""
    kept = 1
    for place in range(1, int(buffer[0]), width):
        if not dropped[int(buffer[place])]:
            for number in range(width):
                buffer[kept + number] = buffer[place + number]
            kept += width
    buffer[0] = kept


def _copy_items_compiled() -> Callable[..., Any]:
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    @intrinsic
    def copy(typing: Any, target: Any, place: Any, source: Any, count: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            to = context.make_array(target)(context, builder, args[0]).data
            array = context.make_array(source)(context, builder, args[2])
            cgutils.raw_memcpy(builder, builder.gep(to, [args[1]]), array.data, args[3], array.itemsize)
            return context.get_dummy_value()

        return types.void(target, place, source, count), code

    def copy_items(target: Any, place: int, source: Any, count: int) -> None:
        copy(target, place, source, count)

    return copy_items


@compiled_as(_copy_items_compiled)
def copy_items(target: Any, place: int, source: Any, count: int) -> None:
    """Copy the first `count` items of an array to a place in another one (numba would copy a record byte by byte, and compile for long)."""
    target[place : place + count] = source[:count]


def _enlarged_compiled() -> Callable[..., Any]:
    import numpy as np

    def enlarged(values: Any) -> Any:
        larger = np.empty(2 * len(values), values.dtype)
        copy_items(larger, 0, values, len(values))
        return larger

    return enlarged


@compiled_as(_enlarged_compiled)
def enlarged(values: Any) -> Any:
    """Return a copy of an array with room for as much again."""
    import numpy as np

    return np.concatenate([values, np.empty_like(values)])


def _integers_compiled() -> Callable[..., Any]:
    import numpy as np

    def integers(size: int) -> Any:
        return np.zeros(size, np.int64)

    return integers


@compiled_as(_integers_compiled)
def integers(size: int) -> Any:
    """Return an array of integers, all 0."""
    import numpy as np

    return np.zeros(size, np.int64)


def _reals_compiled() -> Callable[..., Any]:
    import numpy as np

    def reals(size: int) -> Any:
        return np.zeros(size)

    return reals


@compiled_as(_reals_compiled)
def reals(size: int) -> Any:
    """Return an array of real numbers, all 0."""
    import numpy as np

    return np.zeros(size)
