"""What the demonstration lays into its files is fit for the product's own doors."""

from __future__ import annotations

from borrowers.models import User
from borrowers.services.file_types import type_of
from legal.demo.files import CERTIFICATE, file_sample_certificate, sample_pdf
from legal.models import FirmCertificate, LawFirm, Matter
from legal.services.court_paper_matching import bearing_of
from legal.services.papers.issuing import verdict_on
from legal.services.signing import Standing
from tests.legal.conftest import today
from tests.legal.test_lawyers_letters import approve, draft, issue_paper


def test_its_firm_signs_with_a_certificate_that_says_it_is_a_sample(ready: Matter, legal: User) -> None:
    assert ready.firm is not None
    file_sample_certificate(ready.firm, legal)
    paper = issue_paper(paper=approve(draft(ready, legal), legal), actor=legal, on=today())
    assert paper.file is not None
    verdict = verdict_on(paper.file)
    assert (verdict.standing, verdict.trusted, verdict.signer) == (Standing.INTACT, False, CERTIFICATE)
    assert "样本" in CERTIFICATE


def test_each_has_a_key_of_its_own(firm: LawFirm, legal: User) -> None:
    for _ in range(2):
        file_sample_certificate(firm, legal)
    first, second = FirmCertificate.objects.order_by("pk")
    assert first.fingerprint != second.fingerprint
    assert (first.active, second.active) == (False, True)


def test_a_courts_paper_bears_its_number_and_says_it_is_a_sample() -> None:
    data = sample_pdf("传票", "示例市样板区人民法院", "（2026）示例民初 0014 号")
    assert type_of(data)[0] == "application/pdf"
    bearing = bearing_of("传票.pdf", data, "application/pdf")
    assert bearing.numbers == ("（2026）示例民初14号",)
    assert "演示样本" in bearing.text
