"""Papers drawn by several threads of one server process, as its web workers do."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from cases.letters import render


def test_one_paper_is_laid_out_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text libraries are not made for threads: two at once corrupt the memory of the process, and now and then end
    it. That cannot be waited for, so what is looked at is how many lay out at the same moment."""
    inside, most = [0], [0]
    whole = render._lay_out

    def watched(*args: Any) -> render.RenderedLetter:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        time.sleep(0.02)
        try:
            return whole(*args)
        finally:
            inside[0] -= 1

    monkeypatch.setattr(render, "_lay_out", watched)
    drawn: list[str] = []
    threads = [
        threading.Thread(target=lambda: drawn.append(render.lay_out("<p>Sample</p>", "same").sha256)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert (len(drawn), len(set(drawn))) == (4, 1)
    assert most == [1]


def test_a_paper_that_fails_leaves_the_next_one_free() -> None:
    with pytest.raises(render.RenderError):
        render.lay_out('<img src="https://example.com/x.png">', "refused")
    assert render.lay_out("<p>Sample</p>", "next").pages == 1
