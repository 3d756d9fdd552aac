"""Letters for tests: plainly fictional, complete, changed by the tests with dataclasses.replace."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from cases.letters.content import (
    Account,
    Addressee,
    Contract,
    DemandLetter,
    EarlierDemand,
    InstalmentRow,
    LawyersLetter,
    Sender,
)
from cases.letters.legal_basis import legal_basis_for

CUT_OFF = dt.date(2026, 3, 2)


def contract(rows: int = 2, number: str = "HT-2025-000017") -> Contract:
    """A contract with `rows` instalments due, the first part-paid."""
    made = tuple(
        InstalmentRow(
            number=index + 1,
            due_on=CUT_OFF - dt.timedelta(days=30 * (rows - index)),
            principal=Decimal("1000.00"),
            interest=Decimal("45.50"),
            fee=Decimal("0.00"),
            paid=Decimal("200.25") if index == 0 else Decimal("0.00"),
            owed=Decimal("845.25") if index == 0 else Decimal("1045.50"),
            days_past_due=30 * (rows - index),
        )
        for index in range(rows)
    )
    return Contract(
        contract_no=number,
        account_no=f"A-{number[-6:]}",
        disbursed_on=dt.date(2025, 6, 1),
        amount=Decimal("12000.00"),
        annual_rate=Decimal("0.156000"),
        rows=made,
        owed=sum((row.owed for row in made), start=Decimal(0)),
    )


def _common(language: str, contracts: tuple[Contract, ...]) -> dict[str, object]:
    chinese = language == "zh-hans"
    return {
        "language": language,
        "issued_on": CUT_OFF,
        "delivery": "挂号信" if chinese else "registered post",
        "creditor": "示例消费金融有限公司" if chinese else "Sample Consumer Finance Ltd",
        "addressee": Addressee(
            name="张样本" if chinese else "Sam Sample",
            masked_id="990***********0012",
            address="示例省示例市样板区虚构路 1 号 2 单元 301 室" if chinese else "301/2, 1 Fiction Road, Sample City",
        ),
        "currency": "CNY",
        "cut_off": CUT_OFF,
        "contracts": contracts,
        "total": sum((item.owed for item in contracts), start=Decimal(0)),
        "pay_by": CUT_OFF + dt.timedelta(days=10),
        "account": Account(
            holder="示例消费金融有限公司" if chinese else "Sample Consumer Finance Ltd",
            bank="示例银行样板支行" if chinese else "Sample Bank, Model Branch",
            number="0000 0000 0000 0001",
        ),
        "payment_reference": "XF-2026-000123",
        "complaint_line": "+86 10 0000 0101",
        "legal_basis": legal_basis_for("cn", language),
    }


def demand(language: str = "zh-hans", rows: int = 2, contracts: int = 1) -> DemandLetter:
    made = tuple(contract(rows, f"HT-2025-{index + 17:06d}") for index in range(contracts))
    chinese = language == "zh-hans"
    return DemandLetter(
        number="XF-CS-2026-000012",
        sender=Sender(
            name="示例消费金融有限公司" if chinese else "Sample Consumer Finance Ltd",
            address="示例省示例市样板区虚构大道 8 号" if chinese else "8 Fiction Avenue, Sample City",
            phone="+86 10 0000 0100",
            email="service@example.com",
        ),
        authority="示例金融许可证第 0001 号" if chinese else "sample licence no. 0001",
        **_common(language, made),
    )


def lawyers(language: str = "zh-hans", rows: int = 3) -> LawyersLetter:
    chinese = language == "zh-hans"
    return LawyersLetter(
        number="XF-LS-2026-000003",
        sender=Sender(
            name="示例律师事务所" if chinese else "Sample & Model, Attorneys",
            address="示例省示例市样板区公正街 9 号" if chinese else "9 Justice Street, Sample City",
            phone="+86 10 0000 0199",
            licence_no="00000000000000001",
        ),
        mandate_reference="WT-2026-001",
        mandate_from=dt.date(2026, 1, 1),
        lawyer="李虚构" if chinese else "Lee Fiction",
        lawyer_licence_no="10000000000000001",
        earlier_demands=(
            EarlierDemand(dt.date(2026, 1, 20), "短信" if chinese else "SMS", "已发送" if chinese else "sent"),
            EarlierDemand(
                dt.date(2026, 2, 1),
                "催收函" if chinese else "demand letter",
                "已寄出" if chinese else "posted",
                "XF-CS-2026-000012",
            ),
        ),
        attachments=("欠款明细",) if chinese else ("Statement of arrears",),
        **_common(language, (contract(rows),)),
    )
