"""Whole bundles: what stands in them, what was covered, and that every byte is watched over."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone
from pypdf import PdfReader

from borrowers.models import AuditEvent, Document, User
from borrowers.models.document import file_document
from cases.services.contact_chain import seal_day
from cases.services.contact_log import empty_contents, write_contact
from legal.models import EvidenceBundle, ExhibitPaper, Matter
from legal.services.evidence import add_exhibit, overview, read_bundle
from legal.services.matters import LegalRefused
from tests.factories import CreditorFactory, UserFactory
from tests.legal.conftest import make_legal_case, today
from tests.legal.evidence import files
from tests.legal.evidence.bundles import pages_of, unpacked
from tests.legal.evidence.conftest import AUNT, AUNTS_NUMBER, OWN_NUMBER, STRANGE_NUMBER, hand_in, make

GROUPS = ["1-1", "2-1", "3-1", "4-1", "4-2", "5-1", "5-2", "5-3", "6-1", "6-2", "6-3"]


# --- What stands in it ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words", "stamp"),
    [
        ("en", ["Evidence catalogue", "Repayment schedule", "Statement of account", "Demand for payment", "Contact log",
                "List of recordings", "Submitted by: Sample & Partners"], "page {page} of {pages} · {number}"),
        ("zh-hans", ["证据目录", "还款计划表", "对账单", "催收记录", "录音清单", "提交人：Sample & Partners", "证明目的"],
         "第 {page} 页 共 {pages} 页 · {number}"),
    ],
)  # fmt: skip
def test_everything_in_the_house_is_gathered_and_every_page_is_stamped(
    full: Matter, legal: User, language: str, words: list[str], stamp: str
) -> None:
    bundle = make(full, legal, language)
    pages = pages_of(bundle)
    text = "".join(pages).replace("\n", "")
    assert [word for word in words if word.replace(" ", "") not in text.replace(" ", "")] == []
    assert [one["number"] for one in bundle.manifest["exhibits"]] == GROUPS
    for number, page in enumerate(pages, start=1):
        assert stamp.format(page=number, pages=len(pages), number=bundle.number) in page
    assert bundle.pages == len(pages)


def test_the_catalogue_in_front_names_pages_and_hash_of_each_exhibit(full: Matter, legal: User) -> None:
    bundle = make(full, legal)
    pages, told = pages_of(bundle), bundle.manifest
    front = "".join(pages[: told["pdf"]["catalogue_pages"]]).replace("\n", "")
    for exhibit in told["exhibits"]:
        assert exhibit["sha256"] in front
    contract = next(one for one in told["exhibits"] if one["name"] == "Loan contract")
    assert "Contract page one" in pages[contract["page_from"] - 1]
    assert "Contract page two" in pages[contract["page_to"] - 1]
    assert contract["sha256"] == Document.objects.get(kind="contract").sha256
    letter = next(one for one in told["exhibits"] if one["kind"] == "letter")
    assert "delivered" in letter["remarks"]
    assert "EX123456789" in letter["remarks"]


def test_the_bookmarks_lead_to_the_exhibits(full: Matter, legal: User) -> None:
    bundle = make(full, legal)
    reader = PdfReader(io.BytesIO(bundle.pdf.read()))
    found: dict[str, int | None] = {}
    for item in reader.outline:
        for one in item if isinstance(item, list) else [item]:
            found[str(one.title)] = reader.get_destination_page_number(one)
    assert found["Evidence catalogue"] == 0
    for exhibit in bundle.manifest["exhibits"]:
        assert found[f"{exhibit['number']} {exhibit['name']}"] == exhibit["page_from"] - 1


def test_the_pdf_is_sound_and_our_own_pages_bring_their_fonts(full: Matter, legal: User, tmp_path: Path) -> None:
    bundle = make(full, legal, "zh-hans", leave_out={f"document:{d.pk}": "not ours" for d in Document.objects.all()})
    path = tmp_path / "bundle.pdf"
    path.write_bytes(bundle.pdf.read())
    assert shutil.which("qpdf")
    done = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    fonts = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert fonts
    assert all(line.split()[-5] == "yes" for line in fonts)


def test_the_ledger_is_there_as_a_table(full: Matter, legal: User) -> None:
    rows = list(csv.DictReader(io.StringIO(unpacked(make(full, legal))["ledger.csv"].decode())))
    assert [row["kind"] for row in rows].count("payment") == 1
    assert next(row for row in rows if row["kind"] == "payment")["change"] == "-50.00"
    assert rows[0]["formula"]
    assert rows[-1]["owed"] == "1270.00"


def test_the_last_seal_of_the_log_stands_in_the_manifest(full: Matter, legal: User) -> None:
    seal_day(creditor=full.case.creditor, on=today(), now=timezone.now())
    assert make(full, legal).manifest["contact_log"]["seal"]["number"] == 1


# --- What is covered ------------------------------------------------------------------------------------


def test_other_people_leave_covered_and_the_chain_still_holds(full: Matter, legal: User) -> None:
    bundle = make(full, legal)
    content = unpacked(bundle)
    everything = "".join(pages_of(bundle)) + content["contact-log.jsonl"].decode() + json.dumps(bundle.manifest)
    for strange in (AUNT, AUNTS_NUMBER, AUNTS_NUMBER[3:], STRANGE_NUMBER):
        assert strange not in everything
    assert OWN_NUMBER in everything
    lines = [json.loads(line) for line in content["contact-log.jsonl"].splitlines()]
    assert [line["content"] is None for line in lines] == [False, False, False, True, True]
    assert all(line["salt"] is None for line in lines if line["content"] is None)
    assert (
        lines[3]["shown"]["content"]["notes"] == "Says to ring [covered] on [covered], she pays 1,234.50 on 2026-12-01."
    )
    assert bundle.manifest["contact_log"]["covered"] == 2


def test_what_is_left_out_is_told_with_its_reason(full: Matter, legal: User) -> None:
    with pytest.raises(LegalRefused, match="why"):
        make(full, legal, leave_out={"messages": " "})
    bundle = make(full, legal, leave_out={"messages": "under seal"})
    assert bundle.manifest["left_out"] == [
        {"key": "messages", "name": "Messages and their receipts", "reason": "under seal"}
    ]
    assert "messages" not in {one["key"] for one in bundle.manifest["exhibits"]}
    assert "under seal" in pages_of(bundle)[1]


def test_what_was_emptied_by_law_is_told_as_that(full: Matter, legal: User) -> None:
    with transaction.atomic():
        empty_contents(borrower=full.case.borrower, actor=legal, reason="kept long enough")
    bundle = make(full, legal)
    text = "".join(pages_of(bundle))
    assert "(emptied by law)" in text
    assert OWN_NUMBER not in unpacked(bundle)["contact-log.jsonl"].decode()


# --- Filing ---------------------------------------------------------------------------------------------


def test_a_bundle_is_filed_numbered_and_its_taking_noted(full: Matter, legal: User, supervisor: User) -> None:
    first, second = make(full, legal), make(full, legal, "zh-hans")
    assert [first.number, second.number] == [f"{full.case.case_no}-E{n}" for n in (1, 2)]
    # A bundle is no exhibit of the next one.
    assert len(first.manifest["exhibits"]) == len(second.manifest["exhibits"])
    assert read_bundle(bundle=first, actor=legal, form="zip") == first.zip.read()
    taken = AuditEvent.objects.get(action="downloaded", subject_type="evidencebundle")
    assert (taken.new, taken.actor) == (f"{first.number}.zip", legal)
    stranger = UserFactory.create(role="legal", creditors=[CreditorFactory.create()])
    with pytest.raises(PermissionDenied):
        read_bundle(bundle=first, actor=stranger, form="pdf")
    with pytest.raises(PermissionDenied):
        make(full, supervisor)


def test_a_log_that_does_not_fit_goes_to_no_court(full: Matter, legal: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cases_contactrecord SET outcome = 'busy' WHERE chain_no = 2")
    with pytest.raises(LegalRefused, match="entry 2"):
        make(full, legal)
    assert overview(matter=full, language="en", cut_off=today()).refusal.startswith(
        "The contact log does not fit: entry 2"
    )


def test_a_filed_paper_that_changed_goes_to_no_court(full: Matter, legal: User) -> None:
    path = Path(default_storage.path(Document.objects.get(kind="contract").path))
    as_filed = path.read_bytes()
    path.write_bytes(as_filed + b" ")
    try:
        with pytest.raises(LegalRefused, match="not there as it was filed"):
            make(full, legal)
    finally:
        path.write_bytes(as_filed)  # the store is the whole run's


def test_papers_that_cannot_be_bound_are_refused_when_they_are_handed_in(ready: Matter, legal: User) -> None:
    for data, why in (
        (files.encrypted("secret"), "encrypted"), (b"%PDF- broken", "broken"), (b"text", "neither"), (files.png()[:50], "broken")
    ):  # fmt: skip
        with pytest.raises(LegalRefused, match=f"Loan contract: .*{why}"):
            hand_in(ready, legal, "contract", data, "Loan contract")
    assert not ExhibitPaper.objects.exists()
    hand_in(ready, legal, "contract", files.pdf("x"), "Loan contract")
    with pytest.raises(LegalRefused, match="already, as “Loan contract”"):
        hand_in(ready, legal, "contract", files.pdf("x"), "Another name")
    with pytest.raises(LegalRefused, match="no kind"):
        add_exhibit(
            matter=ready,
            actor=legal,
            data=files.pdf("y"),
            kind="evidence",
            name="n",
            form="copy",
            source="s",
            proves="p",
        )


def test_what_a_court_would_miss(ready: Matter, full: Matter) -> None:
    assert overview(matter=full, language="en", cut_off=today()).missing == []
    bare = make_legal_case(full.case.creditor, UserFactory.create(role="supervisor", creditors=[full.case.creditor]))
    empty = Matter.objects.create(case=bare, opened_on=today())
    assert overview(matter=empty, language="en", cut_off=today()).missing == [
        "identity", "contract", "disbursement", "demand", "delivery",
    ]  # fmt: skip


def test_a_recording_named_by_the_number_that_was_called_is_covered(full: Matter, legal: User) -> None:
    aunt = full.case.borrower.contact_points.get(owner="contact_person")
    with transaction.atomic():
        write_contact(
            borrower=full.case.borrower, case=full.case, at=timezone.now(), channel="phone", outcome="will_relay",
            contact_point=aunt, to=aunt.value, party="contact_person", notes="", decision=None, actor=legal,
            recording_ref=f"20261101-{AUNTS_NUMBER[3:]}.wav",
        )  # fmt: skip
    bundle = make(full, legal)
    line = json.loads(unpacked(bundle)["contact-log.jsonl"].splitlines()[-1])
    assert line["shown"]["content"]["recording_ref"] == "20261101-[covered].wav"
    assert AUNTS_NUMBER[3:] not in "".join(pages_of(bundle))


def test_what_the_gate_said_of_an_emptied_entry_is_covered_too(full: Matter, legal: User) -> None:
    with transaction.atomic():
        empty_contents(borrower=full.case.borrower, actor=legal, reason="kept long enough")
    number = full.case.contacts.exclude(decision=None).values_list("decision", flat=True)[0]
    with connection.cursor() as cursor:  # words of an override, whose hash went with the salt
        cursor.execute("UPDATE cases_gatedecision SET override_reason = %s WHERE id = %s", [f"{AUNT} said so", number])
    content = unpacked(make(full, legal))
    assert AUNT not in content["contact-log.jsonl"].decode()


def test_the_name_of_a_file_tells_nothing_of_others(full: Matter, legal: User) -> None:
    told = {"kind": "other", "creditor": full.case.creditor, "borrower": full.case.borrower, "by": legal}
    file_document(data=files.pdf("x"), name=f"{AUNT} {STRANGE_NUMBER}.pdf", mime_type="application/pdf", **told)
    bundle = make(full, legal)
    exhibit = bundle.manifest["exhibits"][-1]
    everything = json.dumps(bundle.manifest) + "".join(unpacked(bundle)) + "".join(pages_of(bundle))
    assert AUNT not in everything
    assert STRANGE_NUMBER not in everything
    assert "[covered]" in json.dumps(bundle.manifest["exhibits"])
    assert exhibit["document"] is not None


def test_a_file_that_came_twice_is_one_exhibit(full: Matter, legal: User) -> None:
    told = {"kind": "contract", "creditor": full.case.creditor, "borrower": full.case.borrower, "by": legal}
    twin = Document.objects.get(kind="contract")
    file_document(data=twin.read(), name="scan.pdf", mime_type="application/pdf", **told)
    hashes = [exhibit["sha256"] for exhibit in make(full, legal).manifest["exhibits"]]
    assert hashes.count(twin.sha256) == 1
    assert "Loan contract" in {exhibit["name"] for exhibit in EvidenceBundle.objects.get().manifest["exhibits"]}
