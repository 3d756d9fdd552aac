"""Which HTML the wording of a paper may hold: structure and emphasis, with the classes of the paper's style sheet."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from django.utils.translation import gettext as _

TAGS = frozenset(
    "h1 h2 h3 p div section span b strong i em u sup sub br hr ul ol li dl dt dd "
    "table colgroup col thead tbody tr th td".split()
)
_VOID = frozenset(("br", "hr", "col"))
_ATTRIBUTES = {"class": re.compile(r"[a-z][a-z0-9 -]*"), "lang": re.compile(r"[a-zA-Z-]{2,10}")}
_OF_CELLS = {"colspan": re.compile(r"[1-9][0-9]?"), "rowspan": re.compile(r"[1-9][0-9]?")}
# A tag as a wording writes it. No other "<" may stand anywhere: one that a name, a condition or a remark of the template
# language parts from the word behind it (<{# #}img …>) is no tag to whoever reads the wording, and one on the paper.
_PLAIN_TAG = re.compile(r"""</?[a-zA-Z][a-zA-Z0-9]*(?:\s+[a-z]+=(?:"[^"<>{}]*"|'[^'<>{}]*'))*\s*/?>""")


class _Checker(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.problems.append(_("<%(tag)s> may not stand in a paper.") % {"tag": tag})
            return
        allowed = {**_ATTRIBUTES, **(_OF_CELLS if tag in ("td", "th", "col") else {})}
        for name, value in attrs:
            pattern = allowed.get(name)
            if pattern is None or not pattern.fullmatch(value or ""):
                self.problems.append(
                    _("<%(tag)s>: %(name)s=“%(value)s” may not stand there.")
                    % {"tag": tag, "name": name, "value": value or ""}
                )
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID or tag not in TAGS:
            return
        if not self.open or self.open[-1] != tag:
            expected = self.open[-1] if self.open else ""
            self.problems.append(
                _("</%(tag)s> closes nothing; open is <%(open)s>.") % {"tag": tag, "open": expected}
                if expected
                else _("</%(tag)s> closes nothing.") % {"tag": tag}
            )
            return
        self.open.pop()

    def handle_comment(self, data: str) -> None:
        self.problems.append(_("A comment of HTML may not stand in a paper."))

    def handle_decl(self, decl: str) -> None:
        self.problems.append(_("A declaration may not stand in a paper."))

    def handle_pi(self, data: str) -> None:
        self.problems.append(_("A declaration may not stand in a paper."))

    def unknown_decl(self, data: str) -> None:
        self.problems.append(_("A declaration may not stand in a paper."))


def check_markup(body: str) -> list[str]:
    """What is wrong with the HTML of a wording, in the reader's language; nothing when it is in order."""
    checker = _Checker()
    checker.feed(body)
    checker.close()
    if "<" in checker.rawdata:
        checker.problems.append(_("A tag is not closed."))
    elif not checker.problems and "<" in _PLAIN_TAG.sub("", body):
        checker.problems.append(
            _("“<” may stand only where a tag begins, whole and without template signs; write &lt;.")
        )
    checker.problems += [_("<%(tag)s> is not closed.") % {"tag": tag} for tag in checker.open]
    return list(dict.fromkeys(checker.problems))
