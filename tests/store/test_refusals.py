"""Each refusal is a word of the schema, on all sides."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chatd.commands.errors import REFUSALS
from chatd.store import scripts
from chatd.store.schema.refusals import BY_WORD

ACTS = sorted((Path(scripts.__file__).parent / "lua" / "acts").glob("*.lua"))


def test_what_irc_says_of_a_refusal_is_of_the_schema() -> None:
    assert set(REFUSALS) <= set(BY_WORD)


def test_every_refusal_is_of_some_act() -> None:
    used = {word for one in scripts.load().signatures.values() for word in one.words}
    assert used == set(BY_WORD)


@pytest.mark.parametrize("path", ACTS, ids=lambda path: path.stem)
def test_a_header_says_how_an_act_refuses(path: Path) -> None:
    """ "each refusal [...] is said once": the header lists what the body has, no more, no less."""
    said = scripts.load().signatures[path.stem].words
    for word, details in said.items():
        assert len(details) <= len(BY_WORD[word].details), word
    text = path.read_text("utf-8")
    made = set(re.findall(r"REFUSE\.(\w+)\(", text))
    if "ADMISSION.refusal(" in text:
        admission = (path.parent.parent / "lib" / "admission.lua").read_text("utf-8")
        made |= set(re.findall(r"REFUSE\.(\w+)\(", admission))
    if "REFUSE[" in text:  # by the word that the policy has found
        policy = (path.parent.parent / "lib" / "policy.lua").read_text("utf-8")
        made |= set(re.findall(r"return '(\w\w+)'", policy))
    assert made == set(said)
