"""Three different matters with all that every kind of paper needs, and what is filled in on each.

`one`: one loan. `many`: three loans, with payments, penalty interest and an arrangement. `hard`: a guarantor, a long
Chinese name, characters that few fonts have.
"""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

from pypdf import PdfWriter

from borrowers.models import Creditor, PenaltyPolicy, User
from borrowers.models.document import file_document
from borrowers.models.encryption import id_index, person_key
from borrowers.rules.arrangements import defer
from borrowers.services.ledger import record_payment
from cases.models import Case, CaseLoan
from cases.services.arrangements import accept_arrangement, approve_arrangement, owed_for, propose_arrangement
from cases.stages import move_case
from legal.models import Court, LawFirm, Lawyer, Matter
from legal.services.matters import assign_firm, open_matter
from tests.factories import (
    BorrowerFactory,
    CaseFactory,
    ContactPointFactory,
    CreditorFactory,
    LoanFactory,
    TeamFactory,
    UserFactory,
    with_schedule,
)
from tests.legal.conftest import make_mandate, today

D = Decimal
ONE = dt.timedelta(days=1)
SAMPLES = ("one", "many", "hard")
_NAMES = {"one": "张样本", "many": "Sam Sample", "hard": "䶮㛃龘·阿卜杜热合曼·买买提明·艾力尼亚孜"}
_ID_NUMBERS = {"one": "99000019900101001X", "many": "990000198505050022", "hard": "990000197912310033"}


def make_matter(sample: str, *, pack: str = "cn") -> Matter:
    """The matter of the sample, with firm, lawyer, mandate, court and evidence; its lawyer's account is "lawyer"."""
    creditor = _creditor(pack)
    people = {
        role: UserFactory.create(role=role, creditors=[creditor], username=f"{role}-{creditor.pk}")
        for role in ("supervisor", "legal")
    }
    case = _case(sample, creditor, people["supervisor"])
    move_case(case.pk, "start_reminding", actor=None)
    if sample == "many":
        _arrange(case, people["supervisor"])
    move_case(case.pk, "send_to_legal", actor=people["supervisor"], reason="no answer", on=today())
    case = Case.objects.select_related("creditor", "borrower__creditor").get(pk=case.pk)
    matter = open_matter(case=case, actor=people["legal"], on=today())
    return _equip(matter, people["legal"])


def account_of(matter: Matter) -> User:
    """The account of the matter's lawyer."""
    return User.objects.get(lawyer=matter.lawyer)


def _creditor(pack: str) -> Creditor:
    dollars = pack == "us_reg_f"
    creditor: Creditor = CreditorFactory.create(
        code="LEND",
        name="Sample Lender, Inc." if dollars else "示例消费金融有限公司",
        pack=pack,
        currency="USD" if dollars else "CNY",
        address="8 Fiction Avenue, Sample City" if dollars else "示例省示例市样板区虚构大道8号",
        account_holder="Sample Lender, Inc." if dollars else "示例消费金融有限公司",
    )
    TeamFactory.create(creditors=[creditor])
    return creditor


def _case(sample: str, creditor: Creditor, actor: User) -> Case:
    number = _ID_NUMBERS[sample]
    borrower = BorrowerFactory.create(
        creditor=creditor,
        ref=f"B-{sample}",
        name=_NAMES[sample],
        id_type="resident_id",
        id_no=number,
        id_no_index=id_index("resident_id", number),
        person_key=person_key(creditor.code, sample, "resident_id", number),
        birth_date=dt.date(1990, 1, 1),
        employer="示例制造有限公司",
    )
    ContactPointFactory.create(borrower=borrower, kind="address", value="示例省示例市样板区虚构路1号2单元301室")
    ContactPointFactory.create(borrower=borrower, kind="mobile", value="+8615400000001")
    if sample == "hard":
        for kind, value in (("address", "示例省示例市样板区㛃光路9号"), ("mobile", "+8615400000009")):
            ContactPointFactory.create(
                borrower=borrower, kind=kind, value=value, owner="guarantor", owner_name="欧阳䶮样"
            )
    if sample == "many":
        PenaltyPolicy.objects.create(creditor=creditor, start_on=today() - 400 * ONE)
    first, *others = [_loan(borrower, sample, place) for place in range(3 if sample == "many" else 1)]
    case: Case = CaseFactory.create(borrower=borrower, loan=first, team=creditor.teams.get())
    for loan in others:
        CaseLoan.objects.create(case=case, loan=loan, added_on=case.opened_on)
    if sample == "many":
        for place, loan in enumerate([first, *others]):
            record_payment(
                loan=loan,
                payment_no=f"P{place}",
                paid_on=today() - 70 * ONE,
                amount=D("230.55") + place,
                method="transfer",
                actor=actor,
            )
    _file_evidence(case, actor)
    return case


def _loan(borrower: Any, sample: str, place: int) -> Any:
    loan = LoanFactory.create(
        borrower=borrower,
        account_no=f"A-{sample}-{place}",
        contract_no=f"HT-2026-{place + 1:06d}",
        principal=D("12000.00") + 1000 * place,
        annual_rate=D("0.156000"),
        penalty_rate=D("0.234000") if sample == "many" else None,
        disbursed_on=today() - 200 * ONE,
    )
    return with_schedule(loan, first_due=today() - 170 * ONE, count=12, interest=D("85.50"))


def _arrange(case: Case, supervisor: User) -> None:
    collector = UserFactory.create(role="collector", team=case.team)
    loan = case.loans.order_by("account_no").last()
    on = today() - 40 * ONE
    owed = owed_for(loan=loan, kind="deferral", on=on)
    arrangement = propose_arrangement(
        case=case, loan=loan, proposal=defer(owed, today() - 5 * ONE), actor=collector, on=on, reason="lost his job"
    )
    approve_arrangement(arrangement=arrangement, actor=supervisor, on=on)
    accept_arrangement(arrangement=arrangement, actor=supervisor, on=on, recording_ref="REC-1")


def blank_pdf(pages: int) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _file_evidence(case: Case, by: User) -> None:
    for kind, pages in (("contract", 4), ("identity", 1), ("disbursement", 2)):
        file_document(
            data=blank_pdf(pages) + kind.encode(),
            name=f"{kind}.pdf",
            mime_type="application/pdf",
            kind=kind,
            creditor=case.creditor,
            borrower=case.borrower,
            by=by,
        )


def _equip(matter: Matter, legal: User) -> Matter:
    """Firm, lawyer, mandate, court, and a judgment to enforce."""
    creditor = matter.case.creditor
    firm = LawFirm.objects.create(
        name="示例（样板）律师事务所" if creditor.pack == "cn" else "Sample & Model, Attorneys",
        licence_no="00000000000000001",
        address="示例省示例市样板区公正街9号" if creditor.pack == "cn" else "9 Justice Street, Sample City",
        phone="+861000000300",
    )
    lawyer = Lawyer.objects.create(
        firm=firm, name="李虚构" if creditor.pack == "cn" else "Lee Fiction", licence_no="10000000000000001", user=legal
    )
    mandate = make_mandate(creditor, firm, legal)
    matter = assign_firm(matter=matter, firm=firm, lawyer=lawyer, mandate=mandate, actor=legal)
    court = Court.objects.create(name="示例市样板区人民法院", region="示例省")
    Matter.objects.filter(pk=matter.pk).update(
        court=court,
        enforcement_court=court,
        court_case_no="（2026）示0101民初123号",
        lawyers_fee=D("800.00"),
        judged_on=today() - 60 * ONE,
        effective_on=today() - 40 * ONE,
        performance_due_on=today() - 30 * ONE,
        awarded_principal=D("9876.54"),
        awarded_interest=D("321.00"),
        awarded_costs=D("100.00"),
    )
    return Matter.objects.select_related(
        "case__creditor", "case__borrower__creditor", "firm", "lawyer", "mandate", "court", "enforcement_court"
    ).get(pk=matter.pk)


_PLAINTIFF = {"plaintiff_code": "91000000SAMPLE0001", "plaintiff_representative": "王虚拟，总经理"}


def filled(kind: str) -> dict[str, Any]:
    """What is filled in by hand for the kind."""
    soon = today() + 20 * ONE
    values: dict[str, dict[str, Any]] = {
        "lawyers_letter": {},
        "complaint": _PLAINTIFF
        | {
            "agent_powers": "special",
            "gender": "female",
            "scope": "by_suit",
            "to_payoff": True,
            "claims_court_costs": True,
            "enforcement_costs_basis": "合同第12条",
            "agreed_venue": "合同第15条：由贷款人住所地人民法院管辖",
            "rate_clause": "合同第3条",
            "penalty_clause": "合同第8条",
            "acceleration_clause": "合同第9条",
            "repayment_method": "equal_instalments",
            "guarantee_kind": "joint",
            "guarantee_note": "合同第11条，保证期间为主债务履行期届满之日起三年",
            "facts": "被告于一月搬迁。",
            "mediates": "yes",
            "copies": 2,
        },
        "payment_order": _PLAINTIFF
        | {"scope": "due", "to_payoff": True, "no_mutual_debt": True, "serviceable": True, "facts": "已多次联系。"},
        "evidence_catalogue": {"copies": 3, "note": "原件备查。"},
        "power_of_attorney": _PLAINTIFF | {"agent_powers": "special", "second_agent": "周虚设，法务专员"},
        "preservation": _PLAINTIFF
        | {
            "moment": "with_suit",
            "scope": "due",
            "leads": ["示例银行账户 6200 0000 0000 0000", "示例牌轿车 示A00000"],
            "grounds": "被申请人近期转让名下车辆。",
            "security_kind": "letter",
            "security_by": "示例保险公司",
        },
        "settlement": _PLAINTIFF
        | {
            "scope": "due",
            "plan": [[soon.isoformat(), "1500.00"], [(soon + 30 * ONE).isoformat(), "2000.00"]],
            "grace_days": 5,
            "withdraws_suit": True,
            "costs_borne_by": "borrower",
            "service_clause": True,
        },
        "enforcement": _PLAINTIFF
        | {
            "title_kind": "judgment",
            "paid_since": [[(today() - 10 * ONE).isoformat(), "500.00"]],
            "to_payoff": False,
            "leads": ["示例银行账户 6200 0000 0000 0000"],
        },
        "assignment_notice": _PLAINTIFF
        | {
            "assignee_name": "示例资产管理有限公司",
            "assignee_address": "示例省示例市样板区资产路2号",
            "assignee_phone": "+861000000400",
            "agreement_no": "ZR-2026-9",
            "assigned_on": (today() - 3 * ONE).isoformat(),
            "scope": "due",
            "account_holder": "示例资产管理有限公司",
            "account_bank": "示例银行",
            "account_number": "0000 0000 0000 0009",
        },
        "validation_notice": {
            "itemization_date": (today() - 75 * ONE).isoformat(),
            "itemization_event": "last_payment",
            "website": "www.sample.example",
            "reply_hours": "8 a.m. to 6 p.m., Monday to Friday",
            "send_on": today().isoformat(),
            "spanish": True,
        },
    }
    return values[kind]
