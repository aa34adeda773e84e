"""``dataclass`` as in `dataclasses`, whose methods are written when they are worth it.

Python writes and compiles them for each class when its module is loaded, which takes 0.5 ms: of
``chat send``, which makes one object of most of its classes, that was a quarter. Here the first
objects of a class are made by what all classes share. A class of these has none of these as base.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses
    import inspect

    WORTH_IT = 50
    """Objects of a class after which its own methods are written."""

    _NOT_OURS = frozenset(("__dict__", "__weakref__"))
    _WRITTEN = ("__init__", "__repr__", "__eq__", "__hash__", "__dataclass_fields__")

    def dataclass(*, slots, frozen=False):
        """Return what makes a dataclass of a class; it has slots in any case."""
        assert slots
        return lambda plain: _slotted(plain, frozen=frozen)

    class _Later:
        """What is written as soon as somebody asks for it."""

        def __init__(self, name, write):
            self.name, self.write = name, write

        def __get__(self, instance, owner):
            self.write()
            return getattr(owner if instance is None else instance, self.name)

    def _made(value):
        """What a field has; by default its own."""
        if not isinstance(value, dataclasses.Field):
            return value
        return value.default_factory() if value.default is dataclasses.MISSING else value.default

    def _refuse(self, name, *value):
        raise dataclasses.FrozenInstanceError(f"cannot change {name!r}")

    def _slotted(plain, *, frozen):
        assert not hasattr(plain, "__post_init__")
        names = tuple(inspect.get_annotations(plain))
        known = frozenset(names)
        defaults = {name: getattr(plain, name) for name in names if hasattr(plain, name)}
        body = dict(plain.__dict__)
        for name in (*_NOT_OURS, *names):
            body.pop(name, None)
        made = None
        objects = 0

        def write():
            written = dataclasses.dataclass(frozen=frozen)(plain)
            for name in _WRITTEN:
                setattr(made, name, getattr(written, name))

        def first(self, *args, **given):
            nonlocal objects
            objects += 1
            values = defaults | dict(zip(names, args, strict=False)) | given
            twice = len(args) > len(names) or not given.keys().isdisjoint(names[: len(args)])
            as_usual = not twice and values.keys() == known
            if objects > WORTH_IT or not as_usual:
                write()
                return self.__init__(*args, **given)
            for name, value in values.items():
                object.__setattr__(self, name, _made(value))
            return None

        body |= {"__slots__": names, "__match_args__": names, "__init__": first}
        body |= {name: _Later(name, write) for name in _WRITTEN[1:]}
        if frozen:
            body |= {"__setattr__": _refuse, "__delattr__": _refuse}
        made = type(plain)(plain.__name__, plain.__bases__, body)
        made.__qualname__ = plain.__qualname__
        return made
