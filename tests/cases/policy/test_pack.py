"""Packs are data: complete, and refused with file and key when they are wrong."""

from __future__ import annotations

import re
import string

import pytest

from borrowers.errors import InputError
from cases.policy import REASONS, Severity, decide, load_pack, pack_names, read_pack
from cases.policy.objection_clocks import clocks
from cases.policy.pack import FOLDER
from cases.policy.titles import SOURCES, TITLES

from .builders import NY, request

HEAD = 'name = "x"\nversion = "1"\ntitle = "X"\neffective_on = 2026-01-01\n'
RULE = """
[[rules]]
code = "hours"
kind = "contact_hours"
title = "Hours"
severity = "block"
source = "S"
grade = "P"
effective_on = 2026-01-01
figures = { opens = "08:00", closes = "21:00" }
"""


def test_the_packs_of_the_house():
    assert pack_names() == ("cn", "uk", "us_reg_f")
    assert all(load_pack(name).name == name for name in pack_names())
    assert load_pack("cn") is load_pack("cn")


@pytest.mark.parametrize("name", ["fr", "", "../cn", "cn.toml"])
def test_unknown_pack_lists_those_that_are_known(name):
    with pytest.raises(InputError, match="cn, uk, us_reg_f"):
        load_pack(name)


@pytest.mark.parametrize("name", pack_names())
def test_every_rule_says_where_it_comes_from(name):
    for rule in load_pack(name).rules:
        assert rule.terms.source
        assert rule.terms.title in TITLES  # else no translator ever sees it
    assert load_pack(name).title in TITLES


def test_what_a_source_says_besides_its_citation_can_be_translated():
    sources = {rule.terms.source for name in pack_names() for rule in load_pack(name).rules}
    sources |= {clock.source for clock in clocks()}
    assert {source for source in sources if re.search("house rule|guideline", source, re.IGNORECASE)} <= SOURCES
    assert sources >= SOURCES


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('kind = "contact_hours"', 'kind = "hour"', r"x\.toml: rules\[1\]\.kind: 'hour' is not known"),
        ('severity = "block"', 'severity = "stop"', r"x\.toml: rules\[1\] \(hours\): terms\.severity"),
        ('grade = "P"', 'grade = "A"', r"terms\.grade"),
        ('source = "S"\n', "", r"terms\.source: Field required"),
        ('opens = "08:00"', 'opens = "25:00"', r"\(hours\): opens"),
        ('opens = "08:00", ', "", r"\(hours\): opens: Field required"),
        ('closes = "21:00"', 'closes = "07:00"', r"opens must be before closes"),
        ('opens = "08:00"', 'opens = "08:00", shut = 1', r"\(hours\): shut"),
        ('title = "Hours"', 'title = "Hours"\nseverty = "warn"', r"terms\.severty"),
        ('title = "Hours"', 'title = "Hours"\nroles = ["boss"]', r"terms\.roles"),
        ('version = "1"\n', "", r"x\.toml: version: Field required"),
        ('version = "1"', "version = 1", r"x\.toml: version"),
        ('name = "x"', "name = x", r"x\.toml: "),
    ],
)
def test_a_wrong_pack_names_file_and_key(old, new, told):
    text = HEAD + RULE
    assert old in text
    with pytest.raises(InputError, match=told):
        read_pack(text.replace(old, new, 1), "x.toml")


def test_a_code_stands_once():
    with pytest.raises(InputError, match="'hours' stands twice"):
        read_pack(HEAD + RULE + RULE, "x.toml")


def test_a_right_pack_is_read():
    pack = read_pack(HEAD + RULE, "x.toml")
    assert [rule.terms.code for rule in pack.rules] == ["hours"]
    assert pack.rules[0].terms.severity is Severity.BLOCK


def test_a_duty_must_have_a_sentence():
    duty = RULE.replace("contact_hours", "duty").replace('opens = "08:00", closes = "21:00"', 'reason = "nonsense"')
    with pytest.raises(InputError, match="nonsense"):
        read_pack(HEAD + duty, "x.toml")


def test_a_changed_figure_changes_the_decision_without_code():
    text = (FOLDER / "cn.toml").read_text(encoding="utf-8")
    late = read_pack(text.replace('closes = "22:00"', 'closes = "19:00"'), "cn.toml")
    asked = request("2026-11-23T20:00")
    assert decide(load_pack("cn"), asked).allowed
    assert not decide(late, asked).allowed


def test_the_pack_may_demand_a_recording_and_switch_rules_off():
    text = (FOLDER / "cn.toml").read_text(encoding="utf-8")
    start = text.index('code = "recording"')
    strict = read_pack(text[:start] + text[start:].replace('"record"', '"block"', 1), "cn.toml")
    assert decide(strict, request("2026-11-23T12:00")).rule == "recording"
    assert decide(strict, request("2026-11-23T12:00", recording_ref="rec-1")).allowed
    start = text.index('code = "night_window"')
    off = read_pack(text[:start] + "enabled = false\n" + text[start:], "cn.toml")
    assert decide(off, request("2026-11-23T23:00")).allowed


@pytest.mark.parametrize("name", pack_names())
def test_each_verdict_is_told_in_order_with_its_reason(name):
    pack = load_pack(name)
    decision = decide(pack, request("2026-11-23T12:00", NY))
    assert [verdict.rule for verdict in decision.verdicts] == [rule.terms.code for rule in pack.rules]
    assert (decision.pack, decision.pack_version) == (pack.name, pack.version)
    for verdict in decision.verdicts:
        assert (verdict.status == "pass") == (verdict.reason == "")
        assert "{" not in verdict.reason


def test_sentences_are_plain_templates():
    for code, text in REASONS.items():
        names = [name for _, name, spec, conversion in string.Formatter().parse(text) if name is not None]
        assert all(name.isidentifier() for name in names), code
        assert text.endswith("."), code
