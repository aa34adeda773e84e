"""The ids of sessions, which people copy from `chat sessions` behind `chat sessions end`."""

from __future__ import annotations

import secrets

import pytest

from chatd.listeners.tcp import first_of_ids


def test_no_id_of_a_session_looks_like_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "token_urlsafe", lambda size: "-l-AbCdE")
    assert first_of_ids() == "_l_AbCdE"
