"""The catalogue as a paper of its own says what the bundle's says."""

from __future__ import annotations

import pytest

from borrowers.models import User
from legal.models import Matter
from legal.services.papers.content import Catalogue
from legal.services.papers.drafting import content_of, draft_of, draft_paper
from tests.legal.conftest import today
from tests.legal.evidence.conftest import make


def catalogue(matter: Matter, actor: User, language: str) -> Catalogue:
    paper = draft_paper(
        matter=matter, kind="evidence_catalogue", language=language, content={"copies": 2}, actor=actor, pay_by=None
    )
    content = content_of(draft_of(paper=paper, actor=actor, on=today()))
    assert isinstance(content, Catalogue)
    return content


@pytest.mark.parametrize(("language", "other"), [("en", "zh-hans"), ("zh-hans", "en")])
def test_it_lists_the_newest_bundle_in_its_language(full: Matter, legal: User, language: str, other: str) -> None:
    make(full, legal, language)
    bundle = make(full, legal, language)
    make(full, legal, other)
    listed = catalogue(full, legal, language)
    rows = bundle.manifest["exhibits"]
    assert [(row.number, row.name, row.sha256) for row in listed.exhibits] == [
        (row["number"], row["name"], row["sha256"]) for row in rows
    ]
    pages = [row.pages for row in listed.exhibits]
    assert pages[0].startswith(str(rows[0]["page_from"]))
    assert pages[-1].endswith(str(rows[-1]["page_to"]))
    assert listed.pages == bundle.pages
    assert bundle.number in listed.note


def test_before_there_is_a_bundle_it_lists_what_is_on_file(full: Matter, legal: User) -> None:
    listed = catalogue(full, legal, "en")
    assert listed.exhibits
    assert (listed.exhibits[0].number, listed.note) == ("1", "")
