"""The language of the wordings: Django's template syntax with a handful of tags, over plain values.

What a wording can name is told by the content of its kind: `{{ debtor.name }}`, `{% for loan in loans %}`. Every name
is checked against that when a wording is saved, so a wording that is saved cannot name what is not there, nor reach
anything but text.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from django.template import Context, Engine, Template, TemplateSyntaxError
from django.template.base import FilterExpression, Node, NodeList, TextNode, Variable, VariableNode
from django.template.defaulttags import CommentNode, ForNode, IfNode
from django.utils.translation import gettext as _

from borrowers.money import format_money
from cases.letters.render import shown_day
from cases.policy.red_lines import lint_text
from legal.services.matters import LegalRefused
from legal.services.papers import content as papers
from legal.services.papers.markup import check_markup
from legal.services.papers.tags import PARTS, PartNode, TooLong, TurnNode

MOST_SIGNS = 60_000
# Lists within lists: what is deeper would only make a paper long.
MOST_LOOPS = 2
# What parts a word in the wording and not on the paper: remarks, conditions, emphasis; and a text that is printed as it is.
_REMARKS = re.compile(r"\{#.*?#\}|\{%\s*comment\b.*?endcomment\s*%\}|\{%.*?%\}", re.DOTALL)
_EMPHASIS = re.compile(r"</?(?:b|strong|i|em|u|sup|sub|span)\b[^<>]*>", re.IGNORECASE)
_LITERAL = re.compile(r"""\{\{\s*(["'])(.*?)\1\s*\}\}""")
_LOOP_NAMES = {"counter": str, "first": str, "last": str}
# A schema: text, a dictionary of names, or a list of one kind of thing.
Schema = Any


class _Sandbox(Engine):
    """Without the tags and filters of Django, without templates to load."""

    default_builtins = ["legal.services.papers.tags"]


class _Nothing(str):
    """A sum of nothing: printed as any sum, and not so in `{% if %}`."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False


@dataclass(frozen=True)
class _ListOf:
    item: Schema


@lru_cache(maxsize=1)
def _engine() -> Engine:
    return _Sandbox(dirs=[], app_dirs=False, autoescape=True, string_if_invalid="")


def schema_of(kind: type[Any]) -> Schema:
    """What can be named of a content class: every leaf is text."""
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        return {field.name: schema_of(hints[field.name]) for field in dataclasses.fields(kind)}
    if get_origin(kind) is tuple:
        return _ListOf(schema_of(get_args(kind)[0]))
    if get_origin(kind) in (Union, UnionType):
        return schema_of(next(part for part in get_args(kind) if part is not type(None)))
    return str


def names_of(kind: type[papers.Paper]) -> list[str]:
    """Every name that a wording of this content may use, as a person writes it: "loans[].contract_no" for a list."""

    def walk(schema: Schema, path: str) -> Iterator[str]:
        if isinstance(schema, dict):
            for name, part in schema.items():
                yield from walk(part, f"{path}.{name}" if path else name)
        elif isinstance(schema, _ListOf):
            yield from walk(schema.item, f"{path}[]")
        else:
            yield path

    return list(walk(schema_of(kind), ""))


def check_wording(kind: type[papers.Paper], body: str, needs: tuple[str, ...] = ()) -> list[str]:
    """All that keeps a wording from being saved, in the reader's language. `needs` are parts that must stand in it."""
    if len(body) > MOST_SIGNS:
        return [_("The wording is longer than %(most)s signs.") % {"most": MOST_SIGNS}]
    try:
        template = Template(body, engine=_engine())
    except TemplateSyntaxError as error:
        return [_("The wording cannot be read: %(error)s") % {"error": error}]
    problems: list[str] = []
    placed: set[str] = set()
    _check_nodes(template.nodelist, schema_of(kind), 0, problems, placed)
    problems += [_("The part “%(part)s” must stand in it.") % {"part": part} for part in needs if part not in placed]
    problems += check_markup(body)
    problems += [
        _("These words may not stand on a paper: %(words)s") % {"words": finding.words}
        for text in (body, _as_read(body))
        for finding in lint_text(text)
    ]
    return list(dict.fromkeys(problems))


def _as_read(body: str) -> str:
    """The wording with what parts no word on the paper taken out, so that a red line cannot be written in two halves."""
    return _EMPHASIS.sub("", _LITERAL.sub(r"\2", _REMARKS.sub("", body)))


def draw_wording(body: str, content: papers.Paper, extra: dict[str, Any]) -> str:
    """The HTML of a checked wording over a content. `extra` is for the parts that the program draws alone. LegalRefused
    when its lists make it longer than any paper."""
    values = {**extra, **_shown(content, content.currency, content.language)}
    try:
        return str(Template(body, engine=_engine()).render(Context(values, use_l10n=False, use_tz=False)))
    except TooLong as error:
        raise LegalRefused(_("The lists of this wording make the paper too long.")) from error


def _shown(value: Any, currency: str, language: str, name: str = "") -> Any:
    """A content as plain lists, dictionaries and text. Truth stays truth, for `{% if %}`."""
    if dataclasses.is_dataclass(value):
        return {f.name: _shown(getattr(value, f.name), currency, language, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_shown(part, currency, language) for part in value]
    if isinstance(value, bool):
        return value
    if isinstance(value, Decimal):
        text = shown_rate(value) if name.endswith("rate") else format_money(value, currency, language)
        return text if value else _Nothing(text)
    if isinstance(value, dt.date):
        return shown_day(value, language)
    return "" if value is None else str(value)


def shown_rate(rate: Decimal) -> str:
    """A yearly fraction as a percentage: 0.1407 → 14.07%."""
    text = f"{rate * 100:.4f}".rstrip("0").rstrip(".")
    return f"{text}%"


# --- The names of a wording ----------------------------------------------------------------------------


def _check_nodes(nodes: NodeList, scope: Schema, depth: int, problems: list[str], placed: set[str]) -> None:
    for node in nodes:
        if isinstance(node, VariableNode):
            _check_text(node.filter_expression, scope, problems)
        elif isinstance(node, PartNode):
            placed.add(node.part)
        elif isinstance(node, IfNode):
            for condition, inside in node.conditions_nodelists:
                _check_condition(condition, scope, problems)
                _check_nodes(inside, scope, depth, problems, placed)
        elif isinstance(node, ForNode):
            _check_loop(node, scope, depth, problems, placed)
        elif not isinstance(node, (TextNode, CommentNode, TurnNode)):
            problems.append(_unknown(node))


def _unknown(node: Node) -> str:
    return _("%(what)s may not stand in a wording.") % {"what": type(node).__name__}


def _check_loop(node: ForNode, scope: Schema, depth: int, problems: list[str], placed: set[str]) -> None:
    sequence: Any = node.sequence
    many = _resolve(sequence, scope, problems)
    if len(node.loopvars) != 1 or depth >= MOST_LOOPS:
        problems.append(_("A list may be gone through with one name, and in it one further list."))
        return
    if many is not None and not isinstance(many, _ListOf):
        problems.append(_("%(name)s is no list.") % {"name": node.sequence})
        many = None
    inner = dict(scope)
    inner[node.loopvars[0]] = many.item if many is not None else str
    inner["forloop"] = _LOOP_NAMES
    repeated: Any = node.nodelist_loop
    without: Any = node.nodelist_empty
    _check_nodes(repeated, inner, depth + 1, problems, placed)
    _check_nodes(without, scope, depth, problems, placed)


def _check_condition(condition: Any, scope: Schema, problems: list[str]) -> None:
    """A condition is a tree of words (and, or, not, ==, …) over names. The last `else` has none."""
    if condition is None:
        return
    value = getattr(condition, "value", None)
    if isinstance(value, FilterExpression):
        _resolve(value, scope, problems)
        return
    for side in ("first", "second"):
        _check_condition(getattr(condition, side, None), scope, problems)


def _check_text(expression: FilterExpression, scope: Schema, problems: list[str]) -> None:
    """What is printed must be text, or a list that `join` or `length` makes one."""
    found = _resolve(expression, scope, problems)
    if found is not None and found is not str and not expression.filters:
        problems.append(_("%(name)s is no text: name a part of it.") % {"name": expression})


def _resolve(expression: FilterExpression, scope: Schema, problems: list[str]) -> Schema | None:
    for _function, arguments in expression.filters:
        for is_name, argument in arguments:
            if is_name:
                _look_up(argument, scope, problems)
    if isinstance(expression.var, Variable):
        return _look_up(expression.var, scope, problems)
    return str


def _look_up(variable: Variable, scope: Schema, problems: list[str]) -> Schema | None:
    """The schema of a name; None, and a problem, when there is no such thing."""
    if variable.lookups is None:
        return str
    found = scope
    for name in variable.lookups:
        found = found.get(name) if isinstance(found, dict) else None
        if found is None:
            problems.append(_("There is no “%(name)s” on this paper.") % {"name": variable.var})
            return None
    return found


__all__ = ["MOST_SIGNS", "PARTS", "check_wording", "draw_wording", "names_of", "schema_of", "shown_rate"]
