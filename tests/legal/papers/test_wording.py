"""A wording names what is on its paper and nothing else; it cannot load, reach or run anything."""

from __future__ import annotations

import dataclasses
import html
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.letters.render import RenderError, lay_out
from legal.services.matters import LegalRefused
from legal.services.papers import content as papers
from legal.services.papers.content import Authority, Complaint, Enforcement
from legal.services.papers.drawing import draw_paper
from legal.services.papers.kinds import KINDS
from legal.services.papers.sample import sample_of
from legal.services.papers.templates import default_body
from legal.services.papers.wording import MOST_SIGNS, check_wording, draw_wording, names_of
from tests.legal.papers.contents import authority_paper
from tests.legal.papers.pdf import text_of


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_programs_own_wordings_are_in_order(kind: str, language: str, tmp_path: Any) -> None:
    body = default_body(kind, language)
    assert check_wording(KINDS[kind].content, body, KINDS[kind].needs) == []
    text = text_of(draw_paper(kind, body, sample_of(KINDS[kind].content, language)).pdf, tmp_path)
    assert "[firm.name]" in text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("{{ debtor.salary }}", "no “debtor.salary”"),
        ("{{ debtor }}", "no text"),
        ("{{ powers }}", "no text"),
        ("{{ debtor.name.upper }}", "no “debtor.name.upper”"),
        ("{{ debtor.__class__ }}", "cannot be read"),
        ("{{ firm.name.__init__.__globals__ }}", "cannot be read"),
        ("{% if secret %}x{% endif %}", "no “secret”"),
        ("{% if court and not settings.SECRET_KEY %}x{% endif %}", "no “settings.SECRET_KEY”"),
        ("{{ court|default:request.user }}", "no “request.user”"),
        ("{% for row in court %}x{% endfor %}", "is no list"),
        ("{% for row in powers %}{{ row.name }}{% endfor %}", "no “row.name”"),
        ("{% for a, b in powers %}{{ a }}{% endfor %}", "one name"),
        ("{% load i18n %}", "cannot be read"),
        ('{% include "letters/demand_en.html" %}', "cannot be read"),
        ('{% extends "base.html" %}', "cannot be read"),
        ("{% debug %}", "cannot be read"),
        ("{% autoescape off %}{{ court }}{% endautoescape %}", "cannot be read"),
        ("{{ court|safe }}", "cannot be read"),
        ("{% now 'Y' %}", "cannot be read"),
        ("{% part secrets %}", "cannot be read"),
        ("{% csrf_token %}", "cannot be read"),
        ("{% if court %}", "cannot be read"),
        ("<script>1</script>", "<script>"),
        ('<img src="http://sample.example/x.png">', "<img>"),
        ("<img src=file:///etc/passwd>", "<img>"),
        ("<style>p { color: red }</style>", "<style>"),
        ('<link rel="attachment" href="file:///etc/passwd">', "<link>"),
        ('<p style="position: fixed">x</p>', "style"),
        ('<p onclick="x()">x</p>', "onclick"),
        ('<p class="{{ court }}">x</p>', "class"),
        ("<iframe></iframe>", "<iframe>"),
        ("<!-- x -->", "comment"),
        ("<!DOCTYPE html>", "declaration"),
        ("<p>x", "<p> is not closed"),
        ("<p><b>x</p></b>", "closes nothing"),
        # What the template language takes out or prints is a tag only on the paper.
        ('<p>{{ "<" }}img src="file:///etc/passwd"></p>', "only where a tag begins"),
        ('<p><{# #}img src="file:///etc/passwd"></p>', "only where a tag begins"),
        ('<p><{{ "" }}style>p { color: red }</p>', "only where a tag begins"),
        ('<p>{{ court|default:"<" }}svg></p>', "only where a tag begins"),
        ('<p>{{ powers|join:"<" }}</p>', "only where a tag begins"),
        ("<p><{% comment %}x{% endcomment %}script>1</p>", "only where a tag begins"),
        ("You will be arrested.", "may not stand on a paper"),
        ("You will be arr{# #}ested.", "may not stand on a paper"),
        ("You will be arr{% if court %}ested{% endif %}.", "may not stand on a paper"),
        ('You will be arr{{ "ested" }}.', "may not stand on a paper"),
        ("<p>You will be arr<b>ested</b>.</p>", "may not stand on a paper"),
        ("x" * (MOST_SIGNS + 1), "longer than"),
    ],
)
def test_what_may_not_stand_in_a_wording(body: str, words: str) -> None:
    problems = check_wording(Authority, body)
    assert any(words in problem for problem in problems), problems


def test_parts_that_a_paper_needs_must_stand_in_it() -> None:
    assert any("signature" in problem for problem in check_wording(Authority, "<p>x</p>", ("signature",)))
    assert check_wording(Authority, "<p>x</p>{% part signature %}", ("signature",)) == []


def test_lists_go_two_deep_and_no_deeper() -> None:
    two = "{% for loan in loans %}{% for line in loan.lines %}{{ line.label }}{% endfor %}{% endfor %}"
    assert check_wording(Complaint, two) == []
    three = "{% for a in loans %}{% for b in loans %}{% for c in loans %}x{% endfor %}{% endfor %}{% endfor %}"
    assert check_wording(Complaint, three)


def test_lists_in_lists_print_no_more_than_a_paper_holds() -> None:
    paper: Any = sample_of(Complaint, "en")
    body = "{% for a in exhibits %}{% for b in exhibits %}" + "x" * 1_000 + "{% endfor %}{% endfor %}"
    assert check_wording(Complaint, body) == []
    few = dataclasses.replace(paper, exhibits=paper.exhibits[:1] * 10)
    assert draw_wording(body, few, {}) == "x" * 100_000
    with pytest.raises(LegalRefused, match="too long"):
        draw_wording(body, dataclasses.replace(paper, exhibits=paper.exhibits[:1] * 40), {})


def test_a_name_of_a_loop_ends_with_it() -> None:
    assert check_wording(Complaint, "{% for loan in loans %}{% endfor %}{{ loan.total }}")


@given(value=st.text(min_size=1, max_size=60))
def test_every_value_is_escaped(value: str) -> None:

    paper = dataclasses.replace(authority_paper(), court=value)
    assert draw_wording("<p>{{ court }}</p>", paper, {}) == f"<p>{html.escape(value)}</p>"


def test_a_value_that_looks_like_a_template_is_only_text() -> None:

    paper = dataclasses.replace(authority_paper(), court="{{ debtor.name }}{% debug %}")
    assert "{{ debtor.name }}{% debug %}" in draw_wording("{{ court }}", paper, {})


def test_nothing_is_a_sum_that_is_printed_and_not_so() -> None:
    paper: Any = sample_of(Enforcement, "en")

    body = "{% if paid %}yes{% else %}no{% endif %} {{ paid }}"
    assert draw_wording(body, dataclasses.replace(paper, paid=Decimal(0)), {}) == "no ¥0.00"
    assert draw_wording(body, paper, {}) == "yes ¥1,234.50"


def test_boxes_are_ticked_or_not() -> None:
    drawn = draw_wording("{{ special|tick }}{{ special|untick }}", authority_paper(), {})
    assert drawn == '<span class="tick on">√</span><span class="tick">□</span>'


def test_every_leaf_has_a_name() -> None:
    names = names_of(Complaint)
    assert {"debtor.id_no", "loans[].lines[].formula", "exhibits[].sha256", "total_words"} <= set(names)
    assert not [name for name in names_of(papers.Settlement) if name.startswith("_")]


def test_what_slips_through_is_not_fetched() -> None:
    """Below the checks stands the fetcher, which takes nothing from outside of the house."""
    with pytest.raises(RenderError):
        lay_out('<html lang="en"><img src="https://sample.example/x.png"></html>', "x")
