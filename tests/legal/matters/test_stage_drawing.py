"""The diagrams of matters and papers are the machines'."""

from __future__ import annotations

import re

from django.conf import settings

from legal.models import LegalPaper, Matter
from legal.stage_drawing import draw_markdown, read_moves


def test_every_transition_is_in_it() -> None:
    text = draw_markdown()
    for model in (Matter, LegalPaper):
        transitions = list(model._meta.get_field("state").get_all_transitions(model))
        pairs = {(move.name, str(move.source)) for move in transitions}
        assert {(move.name, source) for move in read_moves(model) for source in move.sources} == pairs
        assert all(f"(`{name}`)" in text for name, _source in pairs)


def test_every_arrow_is_drawn_between_states_that_are_named() -> None:
    named = set(re.findall(r'state ".*" as (\w+)', draw_markdown())) | {"[*]"}
    arrows = re.findall(r"^ +(\S+) --> (\S+)", draw_markdown(), re.MULTILINE)
    assert len(arrows) > 40
    assert {state for arrow in arrows for state in arrow} <= named


def test_who_may_and_what_is_needed() -> None:
    moves = {move.name: move for move in read_moves(Matter)}
    assert moves["accept"].who == ("legal", "counsel")
    assert moves["file_suit"].who == ("legal",)
    assert moves["settle"].who == ("legal", "the system")
    assert moves["serve"].needs == ("served_on", "served_by")
    assert moves["resume"].needs_reason


def test_the_file_is_up_to_date() -> None:
    """As `show_stages --check` says too."""
    assert (settings.BASE_DIR / "docs" / "matters.md").read_text("utf-8") == draw_markdown()
