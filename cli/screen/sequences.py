"""What terminals send for keys that Textual does not know, or knows without their Alt."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser

_KEYS: Final = {
    "\x1b\r": "alt+enter",
    "\x1b\n": "alt+enter",
    "\x1b/": "alt+slash",
    "\x1b-": "alt+minus",
    "\x1b=": "alt+equals_sign",
    # Textual has the letters that one terminal on macOS writes with these.
    **{f"\x1b{figure}": f"alt+{figure}" for figure in "0123456789"},
}

_OTHER_KEYS: Final = re.compile(r"\x1b\[27;(\d+);(\d+)~")
"""xterm's modifyOtherKeys, in its first form: ``CSI 27 ; modifiers ; code ~``."""


class Parser(XTermParser):
    """Reads keys from what a terminal sends."""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        if sequence in _KEYS:
            return [events.Key(_KEYS[sequence], None)]
        # No sequence begins so: a letter with Alt need not wait for more.
        is_alt = re.fullmatch("\x1b[a-z]", sequence) and sequence not in ANSI_SEQUENCES_KEYS
        if is_alt:
            return [events.Key(f"alt+{sequence[1]}", None)]
        if other := _OTHER_KEYS.fullmatch(sequence):
            sequence = f"\x1b[{other[2]};{other[1]}u"
        return super()._sequence_to_key_events(sequence, alt)
