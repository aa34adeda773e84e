"""`cli.client.dataclass` does what `dataclasses` does, for few objects and for many."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from cli.client.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Fixed:
    """One that cannot be changed."""

    name: str
    count: int = 3
    words: list[str] = dataclasses.field(default_factory=list)

    @property
    def double(self) -> int:
        return self.count * 2


@dataclass(slots=True)
class Open:
    """One that can."""

    name: str
    more: tuple[str, ...] = ()


def fresh(frozen: bool) -> Any:
    class One:
        a: int
        b: str = "x"

    return dataclass(frozen=frozen, slots=True)(One)


@pytest.mark.parametrize("many", [1, 200])
def test_fields_defaults_and_methods(many: int) -> None:
    made = [Fixed("a", words=["w"]), Fixed(name="b", count=4), Fixed("c", 5)]
    made += [Fixed(str(number)) for number in range(many)]
    assert [one.count for one in made[:4]] == [3, 4, 5, 3]
    assert made[0].words == ["w"]
    assert made[1].words == []
    assert made[1].words is not made[2].words
    assert made[1].double == 8
    changed = Open("a")
    changed.name = "b"
    assert (changed.name, changed.more) == ("b", ())


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize(
    "ask",
    [
        lambda one, same, other: one == same and one != other and one != "x",
        lambda one, same, other: repr(one).endswith("One(a=1, b='x')"),
        lambda one, same, other: dataclasses.replace(one, a=2) == other,
        lambda one, same, other: dataclasses.asdict(one) == {"a": 1, "b": "x"},
        lambda one, same, other: [field.name for field in dataclasses.fields(one)] == ["a", "b"],
        lambda one, same, other: type(one).__match_args__ == ("a", "b"),
    ],
)
def test_what_is_written_later_is_there_when_it_is_asked_for(
    ask: Callable[[Any, Any, Any], bool], frozen: bool
) -> None:
    kind = fresh(frozen)
    assert ask(kind(1), kind(a=1, b="x"), kind(2))


def test_a_frozen_one_has_a_hash_and_cannot_be_changed() -> None:
    kind = fresh(frozen=True)
    assert len({kind(1), kind(1), kind(2)}) == 2
    one: Any
    for one in (Fixed("a"), kind(1)):
        with pytest.raises(dataclasses.FrozenInstanceError):
            one.name = "b"
        with pytest.raises(dataclasses.FrozenInstanceError):
            del one.name


@pytest.mark.parametrize("arguments", [(), (1, 2, 3), (1, "x", "y")])
def test_wrong_arguments_are_a_type_error(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError):
        fresh(frozen=True)(*arguments)
    with pytest.raises(TypeError, match="unexpected keyword argument 'c'"):
        fresh(frozen=True)(1, c=2)
    with pytest.raises(TypeError, match="multiple values"):
        fresh(frozen=True)(1, a=2)
