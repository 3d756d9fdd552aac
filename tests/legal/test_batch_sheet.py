"""The spreadsheet of a batch: out for the court, back with its numbers; all of it or nothing, and twice nothing more."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from borrowers.intake import FileRefused
from borrowers.models import AuditEvent, User
from legal.models import Matter, MatterBatch
from legal.services.batch_sheet import SheetRead, read_rows, take_sheet, write_sheet
from tests.factories import UserFactory
from tests.legal.conftest import today
from tests.legal.rows import matter_in, workbook

DAY = dt.timedelta(days=1)
ZH = ("委案编号", "法院案号", "立案日期", "承办法官", "开庭时间", "诉讼费")


@pytest.fixture
def filed(creditor: Any, legal: User) -> MatterBatch:
    """A batch of three suits that were filed five days ago."""
    batch = MatterBatch.objects.create(creditor=creditor, name="=Spring", made_by=legal)
    for _ in range(3):
        matter_in(
            creditor,
            "filing",
            batch=batch,
            opened_on=today() - 30 * DAY,
            filed_on=today() - 5 * DAY,
            claim_cut_off=today() - 5 * DAY,
            claimed_amount=Decimal("1000.00"),
            procedure="summary",
        )
    return batch


def matters(batch: MatterBatch) -> list[Matter]:
    return list(batch.matters.select_related("case__creditor").order_by("pk"))


def sheet(*rows: tuple[Any, ...], header: tuple[str, ...] = ("case_no", "court_case_no", "accepted_on")) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode()


def take(batch: MatterBatch, actor: User, data: bytes, *, dry: bool = False, name: str = "court.csv") -> SheetRead:
    return take_sheet(batch=batch, name=name, rows=read_rows(name, data), actor=actor, dry=dry)


def number(place: int) -> str:
    return f"（2026）沪0115民初{place}号"


def accepted_rows(batch: MatterBatch) -> list[tuple[Any, ...]]:
    return [
        (matter.case.case_no, f"(2026)沪0115民初{place}号", today().isoformat())
        for place, matter in enumerate(matters(batch), start=1)
    ]


def test_one_row_a_matter(filed: MatterBatch, legal: User) -> None:
    first = matters(filed)[0]
    first.case.borrower.name = "@Name"
    first.case.borrower.save()
    rows = list(csv.DictReader(io.StringIO(write_sheet(filed, legal).decode("utf-8-sig"))))
    assert [row["case_no"] for row in rows] == [matter.case.case_no for matter in matters(filed)]
    assert rows[0]["defendant"] == "'@Name"
    assert (rows[0]["claimed_amount"], rows[0]["filed_on"]) == ("1000.00", (today() - 5 * DAY).isoformat())
    with translation.override("zh-hans"):
        assert write_sheet(filed, legal).decode("utf-8-sig").startswith("委案编号,法院案号,立案日期")


def test_numbers_come_back_and_the_matters_are_accepted(filed: MatterBatch, legal: User) -> None:
    data = sheet(*accepted_rows(filed))
    dry = take(filed, legal, data, dry=True)
    assert (len(dry.changed), dry.problems, dry.applied) == (3, [], False)
    assert {matter.state for matter in matters(filed)} == {"filing"}
    read = take(filed, legal, data)
    assert (len(read.changed), read.applied) == (3, True)
    assert [(m.state, m.court_case_no, m.accepted_on) for m in matters(filed)] == [
        ("accepted", number(place), today()) for place in (1, 2, 3)
    ]
    assert AuditEvent.objects.filter(action="accept", actor=legal).count() == 3


def test_the_same_file_twice_changes_nothing(filed: MatterBatch, legal: User) -> None:
    data = sheet(*accepted_rows(filed))
    take(filed, legal, data)
    before = AuditEvent.objects.count()
    again = take(filed, legal, data)
    assert (again.changed, again.problems, again.unchanged, again.applied) == ([], [], 3, True)
    assert AuditEvent.objects.count() == before


def test_what_went_out_comes_back_unchanged(filed: MatterBatch, legal: User) -> None:
    take(filed, legal, sheet(*accepted_rows(filed)))
    for language in ("en", "zh-hans"):
        with translation.override(language):
            read = take(filed, legal, write_sheet(filed, legal))
        assert (read.changed, [line.problem for line in read.problems]) == ([], [])


def test_one_wrong_row_and_nothing_is_taken(filed: MatterBatch, legal: User) -> None:
    rows = accepted_rows(filed)
    rows[2] = (rows[2][0], rows[2][1], (today() - 6 * DAY).isoformat())  # before it was filed
    read = take(filed, legal, sheet(*rows))
    assert not read.applied
    assert [line.number for line in read.problems] == [4]
    assert {matter.state for matter in matters(filed)} == {"filing"}
    assert not AuditEvent.objects.filter(action__in=["accept", "read_sheet"]).exists()


def test_each_mistake_names_row_column_and_reason(filed: MatterBatch, legal: User, creditor: Any) -> None:
    one, two, three = (matter.case.case_no for matter in matters(filed))
    other = matter_in(creditor, "filing").case.case_no
    day = today().isoformat()
    wrong: list[tuple[tuple[tuple[Any, ...], ...], str, str]] = [
        (((one, number(1), "soon"),), "court.csv row 2, column accepted_on", "is no day"),
        (((one, number(1), "2026-02-30"),), "court.csv row 2, column accepted_on", "is no day"),
        (((one, "", day),), "court.csv row 2, column court_case_no", "is empty"),
        (((one, number(1), ""),), "court.csv row 2, column accepted_on", "is empty"),
        (((other, number(1), day),), "court.csv row 2, column case_no", "not in this batch"),
        ((("", number(1), day),), "court.csv row 2, column case_no", "is empty"),
        (((one, number(1), day), (one, number(2), day)), "court.csv row 3, column case_no", "row 2 already"),
        (((one, number(1), day), (two, number(1), day)), "court.csv row 3, column court_case_no", "row 2 already"),
    ]
    for rows, where, why in wrong:
        read = take(filed, legal, sheet(*rows), dry=True)
        [line] = read.problems
        assert read.where(line) == where
        assert why in line.problem
    take(filed, legal, sheet((three, number(3), day)))
    for row, why in (
        ((three, number(4), day), "says （2026）沪0115民初3号"),
        ((three, number(3), "2026-01-01"), "says"),
    ):
        [line] = take(filed, legal, sheet(row)).problems
        assert why in line.problem


def test_rows_that_tell_nothing_wait(filed: MatterBatch, legal: User) -> None:
    one, two, _three = (matter.case.case_no for matter in matters(filed))
    read = take(filed, legal, sheet((one, "", ""), (two, number(2), today().isoformat()), ("", "", "")))
    assert (len(read.changed), read.problems) == (1, [])
    assert [matter.state for matter in matters(filed)] == ["filing", "accepted", "filing"]


def test_a_chinese_sheet_in_gb_18030_with_judge_hearing_and_fee(filed: MatterBatch, legal: User) -> None:
    one = matters(filed)[0].case.case_no
    hearing = today() + 30 * DAY
    row = (one, "（2026）沪0115民初9号", f"{today():%Y年%m月%d日}", "示例法官", f"{hearing:%Y/%m/%d} 9:30", "25.00")
    text = io.StringIO()
    csv.writer(text).writerows([ZH, row])
    read = take(filed, legal, text.getvalue().encode("gb18030"))
    assert [line.problem for line in read.problems] == []
    matter = matters(filed)[0]
    assert (matter.state, matter.judge, matter.court_fee) == ("hearing", "示例法官", Decimal("25.00"))
    assert matter.hearing_at is not None
    local = matter.hearing_at.astimezone(matter.case.creditor.zone)
    assert (local.date(), local.hour, local.minute) == (hearing, 9, 30)
    again = take(filed, legal, text.getvalue().encode("gb18030"))
    assert (again.changed, again.problems) == ([], [])


def test_a_workbook(filed: MatterBatch, legal: User) -> None:
    data = workbook([("case_no", "court_case_no", "accepted_on"), *accepted_rows(filed)])
    assert len(take(filed, legal, data, name="court.xlsx").changed) == 3
    wrong = workbook([("case_no", "court_case_no"), ("no such", "1")])
    read = take(filed, legal, wrong, name="court.xlsx")
    assert read.where(read.problems[0]) == "court.xlsx row 2, column case_no"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", None),
        (b"a,b\n1,2\n", "no column with our case number"),
        (b"%PDF-1.7", None),
        (b"case_no\n" + b"x" * 5_000_001, "larger than 5 MB"),
        (b"case_no\n" + b"x\n" * 1001, "too many rows"),
    ],
)
def test_files_that_are_no_sheet(data: bytes, why: str | None) -> None:
    with pytest.raises(FileRefused, match=why):
        read_rows("court.csv", data)


def test_who_may_not(filed: MatterBatch, supervisor: User) -> None:
    for actor in (supervisor, UserFactory.create(role="counsel"), UserFactory.create(role="legal")):
        with pytest.raises(PermissionDenied):
            write_sheet(filed, actor)
        with pytest.raises(PermissionDenied):
            take(filed, actor, sheet(*accepted_rows(filed)))


def test_looked_at_and_then_taken_over_by_forms(filed: MatterBatch, legal: User, client: Client) -> None:
    client.force_login(legal)
    answer = client.get(reverse("legal:batch_sheet", args=[filed.pk]))
    assert answer["Content-Type"].startswith("text/csv")
    upload = SimpleUploadedFile("court.csv", sheet(*accepted_rows(filed)))
    page = client.post(reverse("legal:read_sheet", args=[filed.pk]), {"file": upload}).content.decode()
    assert number(1) in page
    assert {matter.state for matter in matters(filed)} == {"filing"}
    found = re.search(r'name="kept" value="([^"]+)"', page)
    assert found is not None
    apply = reverse("legal:apply_sheet", args=[filed.pk])
    client.post(apply, {"kept": found[1] + "x"})
    assert {matter.state for matter in matters(filed)} == {"filing"}
    client.post(apply, {"kept": found[1]})
    assert {matter.state for matter in matters(filed)} == {"accepted"}
    bad = SimpleUploadedFile("court.csv", sheet((matters(filed)[0].case.case_no, number(7), "2026-01-01")))
    answer = client.post(reverse("legal:read_sheet", args=[filed.pk]), {"file": bad})
    assert answer.status_code == 422
    assert "court.csv row 2, column court_case_no" in answer.content.decode()
    assert "Take it over" not in answer.content.decode()
