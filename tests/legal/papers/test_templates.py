"""Wordings change by new versions: nothing is written over, nobody's change is lost, an approved paper keeps its own."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command

from borrowers.models import AuditEvent, User
from borrowers.models.payment import AppendOnlyError
from legal.models import LegalPaper, Matter, PaperTemplate
from legal.services.matters import LegalRefused
from legal.services.papers.drafting import approve_paper, draft_paper, review_paper
from legal.services.papers.issuing import issue_paper
from legal.services.papers.kinds import KINDS
from legal.services.papers.looking import look_at_wording
from legal.services.papers.templates import (
    WordingRefused,
    default_body,
    diff_of,
    give_up_template,
    load_default_papers,
    restore_template,
    save_template,
    template_in_force,
)
from tests.factories import CreditorFactory, UserFactory
from tests.legal.conftest import today
from tests.legal.papers.pdf import text_of
from tests.legal.papers.samples import account_of, filled, make_matter

KIND, LANGUAGE = "power_of_attorney", "en"


def changed(words: str = "For this matter only.") -> str:
    return default_body(KIND, LANGUAGE).replace("{% part signature %}", f"<p>{words}</p>\n{{% part signature %}}")


def save(actor: User, body: str, **values: Any) -> PaperTemplate:
    given = {"kind": KIND, "language": LANGUAGE, "creditor": None, "reason": "clearer"} | values
    return save_template(body=body, actor=actor, **given)


@pytest.fixture
def defaults(db: None) -> None:
    load_default_papers()


def test_the_defaults_are_loaded_once(db: None) -> None:
    call_command("load_papers")
    call_command("load_papers")
    assert PaperTemplate.objects.count() == 2 * len(KINDS)
    assert set(PaperTemplate.objects.values_list("version", flat=True)) == {1}


def test_a_change_is_a_new_version(defaults: None, legal: User, creditor: Any) -> None:
    made = save(legal, changed())
    assert (made.version, made.made_by, made.reason) == (2, legal, "clearer")
    assert template_in_force(kind=KIND, language=LANGUAGE, creditor=creditor) == made
    first = PaperTemplate.objects.get(kind=KIND, language=LANGUAGE, version=1)
    assert [line.text for line in diff_of(first, made) if line.mark == "+"] == ["<p>For this matter only.</p>"]
    assert AuditEvent.objects.get(action="edit_template").reason == "clearer"
    with pytest.raises(AppendOnlyError):
        first.save()


def test_what_is_refused(defaults: None, legal: User, supervisor: User, creditor: Any) -> None:
    with pytest.raises(LegalRefused, match="reason"):
        save(legal, changed(), reason=" ")
    with pytest.raises(LegalRefused, match="Nothing was changed"):
        save(legal, default_body(KIND, LANGUAGE))
    with pytest.raises(WordingRefused) as refused:
        save(legal, "{{ nothing }}")
    assert len(refused.value.problems) == 2
    for actor, values in ((supervisor, {}), (legal, {"creditor": CreditorFactory.create()})):
        with pytest.raises(PermissionDenied):
            save(actor, changed(), **values)
    assert PaperTemplate.objects.filter(kind=KIND, language=LANGUAGE).count() == 1


def test_somebody_elses_change_is_not_lost(defaults: None, legal: User, clerk: User) -> None:
    save(clerk, changed("First."), based_on=1)
    with pytest.raises(LegalRefused, match="in the meantime"):
        save(legal, changed("Second."), based_on=1)
    save(legal, changed("Second."), based_on=2)


def test_an_earlier_version_can_be_used_again(defaults: None, legal: User, creditor: Any) -> None:
    save(legal, changed())
    first = PaperTemplate.objects.get(kind=KIND, language=LANGUAGE, version=1)
    again = restore_template(template=first, reason="as it was", actor=legal)
    assert (again.version, again.body) == (3, first.body)


def test_a_creditors_own_wording_comes_first_until_it_is_given_up(defaults: None, legal: User, creditor: Any) -> None:
    own = save(legal, changed("Own."), creditor=creditor)
    other = CreditorFactory.create()

    def in_force(of: Any) -> PaperTemplate:
        return template_in_force(kind=KIND, language=LANGUAGE, creditor=of)

    assert (own.version, in_force(creditor)) == (1, own)
    assert in_force(other).creditor is None
    give_up_template(template=own, reason="the same again", actor=legal)
    assert in_force(creditor).creditor is None
    with pytest.raises(LegalRefused):
        give_up_template(template=in_force(other), reason="x", actor=legal)


@pytest.mark.django_db
def test_an_approved_paper_keeps_the_wording_that_was_approved(tmp_path: Any) -> None:
    load_default_papers()
    matter = make_matter("one")
    lawyer = account_of(matter)
    paper = draft_paper(matter=matter, kind=KIND, language=LANGUAGE, content=filled(KIND), actor=lawyer)
    review_paper(paper=paper, actor=lawyer)
    approve_paper(paper=paper, actor=lawyer)
    save(lawyer, changed("Written later."))
    issued = issue_paper(paper=paper, actor=lawyer, on=today())
    assert issued.figures["template"]["version"] == 1
    assert "Writtenlater" not in text_of(issued.file.read(), tmp_path)
    assert LegalPaper.objects.get().template.version == 1


@pytest.mark.django_db
def test_a_preview_of_a_wording_keeps_nothing_and_shows_no_id_number(tmp_path: Any) -> None:
    matter: Matter = make_matter("one")
    lawyer = account_of(matter)
    body = default_body("complaint", "zh-hans")
    for chosen in (None, matter):
        pdf = look_at_wording(kind="complaint", language="zh-hans", body=body, actor=lawyer, matter=chosen)
        assert matter.case.borrower.id_no not in text_of(pdf, tmp_path)
    assert not LegalPaper.objects.exists()
    stranger = UserFactory.create(role="legal", creditors=[CreditorFactory.create()])
    with pytest.raises(PermissionDenied):
        look_at_wording(kind="complaint", language="zh-hans", body=body, actor=stranger, matter=matter)
