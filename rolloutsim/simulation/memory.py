"""Memory that compiled code passes on for nothing, and what the same means in Python.

numba counts a reference to every array that it passes to a function, and the engine has half a hundred. `borrow` makes of a named tuple of
arrays one pointer to bare pointers; the arrays stay with their owner, which must keep them as long as they are borrowed.
"""

# numba's annotations describe what compiled code sees, not what a maker of types and intrinsics calls.
# mypy: disable-error-code="attr-defined, call-arg, no-untyped-call, override, untyped-decorator"

from __future__ import annotations

from collections.abc import Callable, MutableSequence
from copy import copy
from typing import Any, TypeVar

from rolloutsim.kernel import compiled_as
from rolloutsim.simulation.model.robot import Robot

__all__ = ["borrow", "renew", "store"]

F = TypeVar("F")


def _borrow_compiled() -> Callable[..., Any]:
    import hashlib
    import operator

    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.core.datamodel import models, register_default
    from numba.core.imputils import impl_ret_borrowed, lower_builtin, lower_getattr_generic
    from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr, infer_global, signature
    from numba.extending import intrinsic

    def short(description: Any) -> str:
        """Name a type in few letters, because its name is part of the name of every function that takes one."""
        return hashlib.sha256(str(description).encode()).hexdigest()[:16]

    class Records(types.Type):
        """A pointer to records; an item is a pointer to one."""

        def __init__(self, record: Any) -> None:
            self.record = record
            super().__init__(f"Records({short(record)})")

    class Borrowed(types.Type):
        """A pointer to the fields of a named tuple, its arrays as pointers to their items."""

        def __init__(self, fields: Any) -> None:
            self.fields = fields
            super().__init__(f"Borrowed({short(fields)})")

    @register_default(Records)
    @register_default(Borrowed)
    class _Model(models.PrimitiveModel):
        def __init__(self, manager: Any, kind: Any) -> None:
            super().__init__(manager, kind, cgutils.voidptr_t)

    @infer_getattr
    class _Attributes(AttributeTemplate):
        key = Borrowed

        def generic_resolve(self, kind: Borrowed, name: str) -> Any:
            return dict(kind.fields).get(name)

    @infer_global(operator.getitem)
    class _Item(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            if isinstance(args[0], Records):
                return signature(args[0].record, args[0], types.intp)
            return None

    @lower_builtin(operator.getitem, Records, types.intp)
    def _item(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        size = context.get_constant(types.intp, sig.return_type.size)
        return builder.bitcast(builder.gep(args[0], [builder.mul(args[1], size)]), context.get_value_type(sig.return_type))

    def layout(context: Any, kind: Borrowed) -> Any:
        return ir.LiteralStructType([context.get_value_type(field) for _, field in kind.fields])

    @lower_getattr_generic(Borrowed)
    def _get(context: Any, builder: Any, kind: Borrowed, value: Any, name: str) -> Any:
        structure = builder.bitcast(value, layout(context, kind).as_pointer())
        place = [field for field, _ in kind.fields].index(name)
        field = builder.load(cgutils.gep_inbounds(builder, structure, 0, place))
        return impl_ret_borrowed(context, builder, dict(kind.fields)[name], field)

    def kind_of(owned: Any) -> Any:
        if isinstance(owned, types.Array):
            return Records(owned.dtype) if isinstance(owned.dtype, types.Record) else types.CPointer(owned.dtype)
        return owned

    @intrinsic
    def pointer_to(typing: Any, fields: Any, holder: Any) -> Any:
        result = Borrowed(tuple(zip(fields.fields, map(kind_of, fields.types), strict=True)))

        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            data = context.make_array(holder)(context, builder, args[1]).data
            memory = builder.bitcast(data, layout(context, result).as_pointer())
            for place, ((_, kind), owned) in enumerate(zip(result.fields, fields.types, strict=True)):
                value = builder.extract_value(args[0], place)
                if isinstance(owned, types.Array):
                    items = context.make_array(owned)(context, builder, value).data
                    value = builder.bitcast(items, context.get_value_type(kind))
                builder.store(value, cgutils.gep_inbounds(builder, memory, 0, place))
            return builder.bitcast(memory, cgutils.voidptr_t)

        return result(fields, holder), code

    def borrow(fields: Any, holder: Any) -> Any:
        return pointer_to(fields, holder)

    return borrow


@compiled_as(_borrow_compiled)
def borrow(fields: F, holder: MutableSequence[int]) -> F:
    """Return a named tuple of arrays as something cheap to pass on.

    Parameters
    ----------
    fields
        The named tuple; fields that are no arrays are passed on as they are.
    holder
        An array of at least twice as many words as it has fields, in which the pointers are kept.
    """
    return fields


def _renew_compiled() -> Callable[..., Any]:
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    @intrinsic
    def copy_first(typing: Any, records: Any, place: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            size = context.get_constant(types.intp, records.record.size)
            target = builder.gep(args[0], [builder.mul(builder.sext(args[1], size.type), size)])
            cgutils.raw_memcpy(builder, target, args[0], size, 1)
            return context.get_dummy_value()

        return types.void(records, place), code

    def renew(records: Any, place: int) -> None:
        copy_first(records, place)

    return renew


@compiled_as(_renew_compiled)
def renew(records: MutableSequence[Robot], place: int) -> None:
    """Make a record what the first one is."""
    records[place] = copy(records[0])
    records[place].durations, records[place].entered = records[0].durations.copy(), records[0].entered.copy()


def _store_compiled() -> Callable[..., Any]:
    from numba.core import types
    from numba.extending import intrinsic

    @intrinsic
    def write(typing: Any, buffer: Any, place: Any, stride: Any, row: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            for number, kind in enumerate(row):
                value = context.cast(builder, builder.extract_value(args[3], number), kind, types.float64)
                offset = builder.mul(args[2], context.get_constant(types.intp, number))
                builder.store(value, builder.gep(args[0], [builder.add(args[1], offset)]))
            return context.get_dummy_value()

        return types.void(buffer, types.intp, types.intp, row), code

    def store(buffer: Any, place: int, stride: int, row: Any) -> None:
        write(buffer, place, stride, row)

    return store


@compiled_as(_store_compiled)
def store(buffer: MutableSequence[float], place: int, stride: int, row: tuple[float, ...]) -> None:
    """Write the numbers of a tuple from a place on, `stride` places from one to the next."""
    for number, value in enumerate(row):
        buffer[place + number * stride] = value
