"""The picture of the state machine is the machine's."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from cases.models import Case
from cases.stage_drawing import draw_markdown, draw_svg, read_moves


def test_docs_are_up_to_date():
    call_command("show_stages", check=True)


def test_a_file_that_is_out_of_date_is_told(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    with pytest.raises(CommandError, match=r"stages\.md"):
        call_command("show_stages", check=True)
    call_command("show_stages")
    call_command("show_stages", check=True)
    with (Path(tmp_path) / "docs" / "stages.svg").open("a") as picture:
        picture.write(" ")
    with pytest.raises(CommandError, match=r"stages\.svg"):
        call_command("show_stages", check=True)


def test_every_transition_of_the_model_is_in_it():
    pairs = {(t.name, str(t.source)) for t in Case._meta.get_field("stage").get_all_transitions(Case)}
    assert {(move.name, source) for move in read_moves() for source in move.sources} == pairs
    text = draw_markdown(read_moves())
    assert all(f"`{name}`" in text for name, _source in pairs)


def test_who_may_and_what_needs_a_reason():
    moves = {move.name: move for move in read_moves()}
    assert moves["send_to_legal"].who == ("supervisor", "the system")
    assert moves["send_to_legal"].needs_reason
    assert moves["start_reminding"].who == ("collector", "supervisor", "the system")
    assert "the system" in moves["close_paid"].who
    assert "the system" not in moves["close_written_off"].who
    assert moves["release"].to_frame


def test_picture_follows_the_machine():
    moves = read_moves()
    picture = draw_svg(moves)
    ET.fromstring(picture)
    assert all(move.label in picture for move in moves)
    shorter = [replace(moves[0], sources=moves[0].sources[:1]), *moves[1:]]
    assert draw_svg(shorter).count("<polygon") == picture.count("<polygon") - len(moves[0].sources) + 1
