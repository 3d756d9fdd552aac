"""All that the wording of a paper may do: choose, repeat, leave out, and place the parts that the program draws.

These are the only tags and filters of `legal.services.papers.wording`'s engine: nothing loads, includes, escapes less
or looks at the world outside of the paper's content.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.template import defaultfilters, defaulttags
from django.template.loader import render_to_string
from django.utils.html import format_html

# Name of a part: what stands in it. Each is templates/letters/parts/NAME_LANGUAGE.html.
PARTS = ("letterhead", "arrears", "claim", "exhibits", "pay", "signature")

# What the loops of one paper may print at most: lists within lists over long evidence would fill the memory. Three hundred
# exhibits in a table with ten columns are a third of it.
MOST_LOOPED = 1_000_000
# What a name prints, on average; texts are counted as they stand.
_OF_A_NAME = 40

register = template.Library()
register.tag("if", defaulttags.do_if)
register.tag("comment", defaulttags.comment)
register.filter("default", defaultfilters.default)
register.filter("linebreaksbr", defaultfilters.linebreaksbr)
register.filter("length", defaultfilters.length)
register.filter("join", defaultfilters.join)


@register.filter
def tick(value: Any) -> str:
    """A box, ticked when the value is so."""
    return format_html('<span class="tick{}">{}</span>', " on" if value else "", "√" if value else "□")


@register.filter
def untick(value: Any) -> str:
    """The box beside it: ticked when the value is not so."""
    return tick(not value)


@register.filter
def stop(value: Any) -> str:
    """A name at the end of a sentence: with one full stop, whether or not it ends with one itself ("Inc.")."""
    return f"{str(value).removesuffix('.')}."


class TooLong(ValueError):
    """The loops of a wording print more than MOST_LOOPED signs."""


class TurnNode(template.Node):
    """Stands at the end of each loop and counts what a turn of it prints."""

    def __init__(self, size: int) -> None:
        self.size = size

    def render(self, context: template.Context) -> str:
        looped = (context.render_context.get("looped") or 0) + self.size
        if looped > MOST_LOOPED:
            raise TooLong
        context.render_context["looped"] = looped
        return ""


@register.tag("for")
def do_for(parser: template.base.Parser, token: template.base.Token) -> defaulttags.ForNode:
    loop = defaulttags.do_for(parser, token)
    repeated: Any = loop.nodelist_loop
    texts = sum(len(node.s) for node in repeated.get_nodes_by_type(template.base.TextNode))
    names = len(repeated.get_nodes_by_type(template.base.VariableNode))
    repeated.append(TurnNode(1 + texts + _OF_A_NAME * names))
    return loop


class PartNode(template.Node):
    def __init__(self, name: str) -> None:
        self.part = name

    def render(self, context: template.Context) -> str:
        values: dict[str, Any] = {str(name): value for name, value in context.flatten().items()}
        language = str(values["language"]).replace("-", "_")
        return render_to_string(f"letters/parts/{self.part}_{language}.html", values)


@register.tag
def part(parser: template.base.Parser, token: template.base.Token) -> PartNode:
    """{% part signature %}: a part that the program draws."""
    words = token.split_contents()
    if len(words) != 2 or words[1] not in PARTS:
        raise template.TemplateSyntaxError(f"part: one of {', '.join(PARTS)}")
    return PartNode(words[1])
