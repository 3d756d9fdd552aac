"""One house for the matrix of who gets in where: a matter with one of everything, and one person of each kind."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone

from borrowers.models import User
from legal.models import (
    CourtPaper,
    Deadline,
    EvidenceBundle,
    FirmCertificate,
    LawFirm,
    Lawyer,
    LegalPaper,
    Matter,
    MatterBatch,
    Preservation,
)
from legal.services.bulk_download import Wanted, choose_papers, issued_papers
from legal.services.court_papers import take_court_papers
from legal.services.papers.templates import template_in_force
from tests.factories import CreditorFactory, TeamFactory, UserFactory
from tests.legal.conftest import today
from tests.legal.rows import blank_pdf, issued_paper, matter_in

# Kinds of people, in the order of the table.
ROLES = ("nobody", "collector", "other_legal", "supervisor", "legal", "counsel", "other_counsel", "left_counsel")


@dataclass
class House:
    people: dict[str, User | None]
    rows: dict[str, Any]

    def url(self, name: str, of: str) -> str:
        """The address; `of` names the row whose key it takes, and what else it takes, in words."""
        args = [self.rows[part].pk if part in self.rows else part for part in of.split()]
        return reverse(f"legal:{name}", args=args)


def build(creditor: Any, legal: User, supervisor: User, firm: LawFirm, lawyer: Lawyer) -> House:
    other = CreditorFactory.create()
    TeamFactory.create(creditors=[other])
    other_firm = LawFirm.objects.create(name="Other", address="x", phone="1")
    people: dict[str, User | None] = {
        "nobody": None,
        "collector": UserFactory.create(role="collector", team=creditor.teams.get()),
        "other_legal": UserFactory.create(role="legal", creditors=[other]),
        "supervisor": supervisor,
        "legal": legal,
    }
    for place, (name, of, active) in enumerate(
        [("counsel", firm, True), ("other_counsel", other_firm, True), ("left_counsel", firm, False)]
    ):
        user = people[name] = UserFactory.create(role="counsel")
        Lawyer.objects.create(firm=of, name=name, licence_no=f"LC-{place}", user=user, is_active=active)
    batch = MatterBatch.objects.create(creditor=creditor, name="B", made_by=legal)
    matter = matter_in(creditor, "accepted", firm=firm, lawyer=lawyer, batch=batch, court_case_no="(2026) Sample 1")
    review = matter_in(creditor, "review", firm=firm, lawyer=lawyer)
    rows = {"matter": matter, "review_matter": review, "case": matter.case, "batch": batch}
    return House(people, {**rows, **_things_of(matter, legal)})


def _things_of(matter: Matter, legal: User) -> dict[str, Any]:
    paper = LegalPaper.objects.create(
        matter=matter, language="en", pay_by=today() + dt.timedelta(days=9), drafted_by=legal
    )
    issued = issued_paper(matter, legal, blank_pdf(title="issued"), "N-1")
    files = [("court.pdf", blank_pdf(title="court"))]
    [upload] = take_court_papers(files=files, received_on=today(), actor=legal, matter=matter)
    [waiting] = take_court_papers(files=[("who.pdf", blank_pdf(title="who"))], received_on=today(), actor=legal)
    assert upload.paper is not None
    assert waiting.paper is not None
    assert issued.document is not None
    assert matter.firm is not None
    court_paper = CourtPaper.objects.get(pk=upload.paper.pk)
    assert court_paper.document is not None
    bundle = EvidenceBundle.objects.create(
        matter=matter,
        number="B-1",
        language="en",
        cut_off=today(),
        made_by=legal,
        made_at=timezone.now(),
        pdf=issued.document,
        zip=court_paper.document,
        pages=1,
        manifest={},
    )
    template = template_in_force(kind="complaint", language="zh-hans", creditor=matter.case.creditor)
    certificate = FirmCertificate.objects.create(
        firm=matter.firm,
        subject="x",
        issuer="x",
        serial="1",
        fingerprint="f",
        valid_from=timezone.now(),
        valid_until=timezone.now() + dt.timedelta(days=9),
        filed_by=legal,
    )
    preservation = Preservation.objects.create(
        matter=matter, asset="deposit", what="x", since=today(), recorded_by=legal
    )
    return {
        "paper": paper,
        "issued": issued,
        "court_paper": court_paper,
        "waiting": waiting.paper,
        "bundle": bundle,
        "deadline": Deadline.objects.create(matter=matter, kind="other", source="manual", due_on=today()),
        "preservation": preservation,
        "chosen": choose_papers(papers=issued_papers(legal, Wanted()), actor=legal),
        "version": template,
        "certificate": certificate,
    }
