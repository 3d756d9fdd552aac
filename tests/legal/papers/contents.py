"""Contents of papers without a database."""

from __future__ import annotations

import datetime as dt

from legal.services.papers.content import Authority, Company, Firm, Person


def authority_paper(language: str = "zh-hans") -> Authority:
    return Authority(
        language=language,
        number="LEND-WT-2026-000001",
        issued_on=dt.date(2026, 3, 2),
        case_no="CASE-1",
        currency="CNY",
        creditor=Company(
            name="示例消费金融有限公司", address="示例路1号", phone="+861000000100", code="91X", representative="王虚拟"
        ),
        debtor=Person(name="张样本"),
        firm=Firm(
            name="示例（样板）律师事务所",
            address="公正街9号",
            phone="+861000000300",
            email="",
            licence_no="1",
            lawyer="李虚构",
            lawyer_licence_no="2",
        ),
        court="示例市样板区人民法院",
        matter_words="示例案",
        special=True,
        powers=("代为起诉",),
        until_words="至本案终结之日止",
        second_agent="",
    )
