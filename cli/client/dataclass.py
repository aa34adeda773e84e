"""``dataclass`` as in `dataclasses`, whose methods are written when the first object is made.

Python writes and compiles them for each class when its module is loaded, which takes 0.5 ms: a
quarter of the start of ``chat send``, which makes objects of few of its classes. A class of these
has no class of these as its base.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses
    import inspect

    _NOT_OURS = frozenset(("__dict__", "__weakref__"))
    _WRITTEN = ("__init__", "__repr__", "__eq__", "__hash__", "__dataclass_fields__")

    def dataclass(*, slots, frozen=False):
        """Return what makes a dataclass of a class; it has slots in any case."""
        assert slots
        return lambda plain: _slotted(plain, frozen=frozen)

    def _slotted(plain, *, frozen):
        names = tuple(inspect.get_annotations(plain))
        body = {
            name: value
            for name, value in plain.__dict__.items()
            if name not in _NOT_OURS and name not in names
        }

        def first(self, *args, **kwargs):
            written = dataclasses.dataclass(frozen=frozen)(plain)
            for name in _WRITTEN:
                setattr(made, name, getattr(written, name))
            self.__init__(*args, **kwargs)

        body |= {"__slots__": names, "__match_args__": names, "__init__": first}
        if frozen:
            body |= {"__setattr__": _refuse, "__delattr__": _refuse}
        made = type(plain)(plain.__name__, plain.__bases__, body)
        made.__qualname__ = plain.__qualname__
        return made

    def _refuse(self, name, *value):
        raise dataclasses.FrozenInstanceError(f"cannot change {name!r}")
