"""A tmux for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.terminal import Tmux, need


@pytest.fixture
def tmux(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tmux]:
    """Run tmux, or skip where it is not installed."""
    need("tmux")
    made = Tmux(tmp_path_factory.mktemp("t"))
    yield made
    made.end()
