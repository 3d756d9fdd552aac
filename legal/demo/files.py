"""What lies in the files of the demonstration's matters: a certificate to sign with, complaints as issued, a batch, an
evidence bundle, and papers of the courts. All of it is made up and says so."""

from __future__ import annotations

import datetime as dt
import secrets
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from html import escape

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.db.models import QuerySet
from django.utils import timezone

from borrowers.models import User
from borrowers.models.document import Document, file_document
from cases.letters.render import lay_out
from legal.models import Court, LawFirm, LegalPaper, Matter, MatterState
from legal.services.batches import make_batch
from legal.services.certificates import file_certificate
from legal.services.court_papers import take_court_papers
from legal.services.evidence import build_bundle
from legal.services.moves import prepare_matter
from legal.services.papers.drafting import approve_paper, draft_paper, review_paper
from legal.services.papers.issuing import issue_paper

Say = Callable[[str], None]
# Issued anew for each demonstration: no key of it is the same elsewhere, and no system trusts it.
CERTIFICATE = "示例律师事务所（样本证书 Sample）"
VALID = dt.timedelta(days=365)
COMPLAINT = {
    "plaintiff_code": "91000000SAMPLE0001",
    "plaintiff_representative": "赵虚构，总经理",
    "agent_powers": "general",
    "scope": "due",
    "to_payoff": True,
    "claims_court_costs": True,
    "agreed_venue": "合同第十五条：由贷款人住所地人民法院管辖",
    "rate_clause": "合同第三条",
    "penalty_clause": "合同第八条",
    "repayment_method": "equal_instalments",
    "mediates": "yes",
    "copies": 2,
}
IN_BATCH = 3


def file_sample_certificate(firm: LawFirm, by: User) -> None:
    """A certificate that nobody vouches for but itself, so that issued papers are signed and sealed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"), x509.NameAttribute(NameOID.COMMON_NAME, CERTIFICATE)]
    )
    now = timezone.now()
    uses = dict.fromkeys(
        "key_encipherment data_encipherment key_agreement key_cert_sign crl_sign encipher_only decipher_only".split(),
        False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **uses), critical=True)
        .sign(key, hashes.SHA256())
    )
    passphrase = secrets.token_urlsafe(24)
    data = pkcs12.serialize_key_and_certificates(
        b"sample", key, certificate, None, serialization.BestAvailableEncryption(passphrase.encode())
    )
    file_certificate(firm=firm, data=data, passphrase=passphrase, actor=by)


def sample_pdf(title: str, *lines: str) -> bytes:
    """A page that says that it is a sample."""
    body = "".join(f"<p>{escape(line)}</p>" for line in (*lines, "本页为演示样本，不具任何效力。"))
    html = f'<html lang="zh-Hans"><body><h1>{escape(title)}</h1>{body}</body></html>'
    return lay_out(html, html).pdf


def file_papers(matter: Matter, by: User) -> None:
    """What a suit needs besides the demands."""
    for kind, name in (
        (Document.Kind.IDENTITY, "身份证复印件"),
        (Document.Kind.CONTRACT, "借款合同"),
        (Document.Kind.DISBURSEMENT, "放款回单"),
    ):
        file_document(
            data=sample_pdf(name, matter.case.case_no, matter.case.borrower.name),
            name=f"{name}-{matter.case.case_no}.pdf",
            mime_type="application/pdf",
            kind=kind,
            creditor=matter.case.creditor,
            borrower=matter.case.borrower,
            by=by,
        )


def fill_files(*, today: dt.date, users: dict[str, User], say: Say) -> None:
    """After the matters went their ways: a complaint that is ready to be filed, the bundle of a matter that is with its
    court, two papers of courts, and the batch."""
    related = ("case__creditor", "case__borrower", "court", "firm", "mandate")
    matters = Matter.objects.open().filter(case__creditor__pack="cn").select_related(*related).order_by("pk")
    before = matters.filter(state__in=[MatterState.REVIEW, MatterState.LAWYERS_LETTER])
    with_court = list(matters.filter(state__in=[MatterState.ACCEPTED, MatterState.HEARING]).exclude(court_case_no=""))
    paper = _complaint(before.exclude(firm=None)[0], users["legal"], today)
    say(f"complaint: {paper.number}")
    bundle = build_bundle(
        matter=with_court[0], actor=users["legal"], language="zh-hans", cut_off=today, now=timezone.now()
    )
    say(f"evidence: {bundle.number}, {bundle.pages} pages")
    say(f"court papers: {_court_papers(with_court[:2], today, users['legal'])}")
    say(f"batch: {_batch(before.exclude(pk=paper.matter_id), users['legal'])} matters")


def _complaint(matter: Matter, by: User, today: dt.date) -> LegalPaper:
    file_papers(matter, by)
    court = Court.objects.filter(level=Court.Level.BASIC).order_by("pk").first()
    matter = prepare_matter(
        matter=matter, actor=by, court=court, venue_basis=Matter.Venue.AGREEMENT, lawyers_fee=Decimal("500.00")
    )
    paper = draft_paper(
        matter=matter, kind=LegalPaper.Kind.COMPLAINT, language="zh-hans", content=dict(COMPLAINT), actor=by
    )
    review_paper(paper=paper, actor=by)
    return issue_paper(paper=approve_paper(paper=paper, actor=by), actor=by, on=today)


def _court_papers(matters: list[Matter], today: dt.date, by: User) -> int:
    """They find their matters by the numbers that stand on them."""
    files = []
    for matter, title in zip(matters, ("受理案件通知书", "传票"), strict=False):
        assert matter.court is not None  # it gave the number
        data = sample_pdf(title, matter.court.name, matter.court_case_no, f"被告：{matter.case.borrower.name}")
        files.append((f"{title}-{matter.case.case_no}.pdf", data))
    taken = take_court_papers(files=files, received_on=today, actor=by)
    return sum(one.paper is not None and one.paper.matter_id is not None for one in taken)


def _batch(waiting: QuerySet[Matter], by: User) -> int:
    """Matters of one creditor that stand alike."""
    groups = defaultdict(list)
    for matter in waiting:
        groups[matter.case.creditor, matter.state].append(matter.pk)
    (creditor, _state), ids = max(groups.items(), key=lambda group: len(group[1]))
    return make_batch(creditor=creditor, name="示例批次一", matter_ids=ids[:IN_BATCH], actor=by).matters.count()
