"""What people type to HistServ: about what was said before."""

from __future__ import annotations

from typing import Final

from chatd.commands.service_words import Asker, Lines, Word, at_least, rest, table


def _play(_: Asker, words: list[str]) -> Lines:
    at_least(1, words, 2)
    return [["HISTORY", *words]]


def _delete(_: Asker, words: list[str]) -> Lines:
    at_least(2, words)
    return [["REDACT", *words[:2], *rest(words, 2)]]


def _erase(_: Asker, words: list[str]) -> Lines:
    at_least(1, words, 1)
    return [["ACCOUNT", "ERASE", *words]]


WORDS: Final = table(
    Word("PLAY", "<#room|nick> [lines | time, as 30m or 2h]", "Shows what was said there lately.",
         _play, also=("HISTORY", "REPLAY")),
    Word("DELETE", "<#room|nick> <msgid> [reason]", "Takes a message back.", _delete,
         also=("REDACT",)),
    Word("ERASE", "<#room> | * | STATUS", "Erases all that you have said, there or everywhere.",
         _erase, also=("FORGET",)),
    Word("EXPORT", "", "Gives you what was said.",
         "`chat history --all --json` writes down what was said where you are; who runs this server"
         " exports all of an account (chatd export)."),
)  # fmt: skip
