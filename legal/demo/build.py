"""Builds the demonstration through the product's own doors: files, the day's run, contacts, letters, matters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group
from django.utils import timezone

from borrowers.intake import load_upload
from borrowers.models import CostItem, Creditor, PaymentSource, User
from borrowers.models.document import Document, file_document
from borrowers.services.roles import set_up_roles
from cases.day import run_day
from cases.models import Team, TeamMembership
from cases.services.defaults import load_defaults
from legal.demo.files import file_sample_certificate, fill_files
from legal.demo.history import tell_history, tell_wishes
from legal.demo.people import make_people
from legal.demo.placements import make_placement, write_placement, write_real_loans
from legal.models import LawFirm, Lawyer, Mandate

Say = Callable[[str], None]
PASSWORD = "fairdue-demo"
LOGINS = (
    ("collector", "collector"),
    ("supervisor", "supervisor"),
    ("manager", "supervisor with a manager's authority"),
    ("legal", "legal, a lawyer of the house"),
    ("counsel", "outside counsel"),
)


@dataclass(frozen=True)
class DemoCreditor:
    code: str
    name: str
    kind: str
    product: str
    prefix: str
    people: range
    more: range
    grace_days: int


# The overlaps make a few people owe several creditors.
CREDITORS = (
    DemoCreditor("XF", "示例消费金融有限公司", "consumer_finance", "现金分期", "XF", range(140), range(0), 3),
    DemoCreditor("SC", "示例分期商城有限公司", "mall", "商品分期", "SC", range(120, 230), range(10), 0),
    DemoCreditor("WD", "示例网络小额贷款有限公司", "online_lender", "网络小贷", "WD", range(215, 300), range(5), 1),
)
REAL_CODE = "LC"


def build_demo(say: Say) -> None:
    """Make everything; takes about a minute. Call it on an installation without the demo's creditors."""
    set_up_roles()
    load_defaults()
    now = timezone.now()
    creditors = [_creditor(plan) for plan in CREDITORS] + [_real_creditor()]
    users = _users(creditors)
    _teams(creditors, users)
    firm = _law_firm(creditors, users)
    today = creditors[0].business_date(now)
    folder = Path(settings.VAR_DIR) / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    people = make_people(300, today)
    for seed, (plan, creditor) in enumerate(zip(CREDITORS, creditors, strict=False)):
        chosen = [people[index] for index in (*plan.people, *plan.more)]
        path = folder / f"{plan.code}.zip"
        write_placement(make_placement(chosen, plan.prefix, plan.product, today, seed), path)
        _terms(creditor)
        placement = load_upload(path, creditor, actor=users["supervisor"])
        say(f"{creditor.name}: {placement.summary['loans_new']} loans")
    path = folder / f"{REAL_CODE}.zip"
    real_today = creditors[-1].business_date(now)
    write_real_loans(path, real_today)
    placement = load_upload(path, creditors[-1], actor=users["supervisor"])
    say(f"{creditors[-1].name}: {placement.summary['loans_new']} loans")
    for days_ago in (45, 30, 15, 8, 4, 1):
        day = today - dt.timedelta(days=days_ago)
        run_day(on=day, now=now, creditors=creditors, progress=lambda *_: None)
        tell_history(day=day, today=today, collectors=[users[name] for name in _COLLECTORS])
        say(f"day {day}")
    run_day(on=None, now=now, creditors=creditors, progress=lambda *_: None)
    wishes = tell_wishes(now=now, collectors=[users[name] for name in _COLLECTORS])
    say(f"said about contact: {wishes} cases")
    _finish(today, users, firm, say)


_COLLECTORS = ("collector", "collector2", "collector3", "collector4")


def _creditor(plan: DemoCreditor) -> Creditor:
    return Creditor.objects.create(
        code=plan.code,
        name=plan.name,
        kind=plan.kind,
        grace_days=plan.grace_days,
        pack="cn",
        currency="CNY",
        time_zone="Asia/Shanghai",
        language="zh-hans",
        address="示例省示例市样板区虚构大道 8 号",
        phone="+86 10 0000 0100",
        email=f"{plan.code.lower()}@example.com",
        complaint_line="+86 10 0000 0101",
        authority=f"示例金融许可证第 {plan.code}-0001 号",
        account_holder=plan.name,
        account_bank="示例银行样板支行",
        account_number="0000 0000 0000 0001",
    )


def _terms(creditor: Creditor) -> None:
    """What may be charged on its loans, and the columns of its bank's files."""
    CostItem.objects.create(
        creditor=creditor, code="notary", name="公证费", at_most=Decimal("200.00"), valid_from=dt.date(2020, 1, 1)
    )
    PaymentSource.objects.create(
        creditor=creditor,
        name=f"示例银行（{creditor.code}）",
        method="transfer",
        mapping={
            "payment_no": "交易流水",
            "paid_on": "交易日期",
            "amount": "交易金额",
            "reference": "附言",
            "payer_name": "付款人",
            "payer_account": "付款账号",
        },
    )


def _real_creditor() -> Creditor:
    return Creditor.objects.create(
        code=REAL_CODE,
        name="Sample of real loans (United States)",
        kind="online_lender",
        pack="us_reg_f",
        role="creditor",
        currency="USD",
        time_zone="America/New_York",
        language="en",
        address="8 Fiction Avenue, Sample City",
        phone="+1 202 555 0100",
        email="lc@example.com",
        complaint_line="+1 202 555 0101",
        authority="original creditor",
        account_holder="Sample of real loans",
        account_bank="Sample Bank",
        account_number="0000 0000 0002",
    )


def _users(creditors: list[Creditor]) -> dict[str, User]:
    people = (
        ("collector", "collector", "催收员", "示例"),
        ("collector2", "collector", "催收员", "样本"),
        ("collector3", "collector", "催收员", "演示"),
        ("collector4", "collector", "Collector", "Sample"),
        ("supervisor", "supervisor", "主管", "示例"),
        ("manager", "supervisor manager", "经理", "示例"),
        ("legal", "legal", "律师", "示例"),
        ("counsel", "counsel", "律师", "外聘"),
    )
    made = {}
    for username, roles, last, first in people:
        user = User.objects.create_user(
            username,
            f"{username}@example.com",
            PASSWORD,
            first_name=first,
            last_name=last,
            is_staff=not {"supervisor", "legal"}.isdisjoint(roles.split()),
        )
        user.groups.set(Group.objects.filter(name__in=roles.split()))
        # Outside counsel see by their firm, not by creditors.
        user.creditors.set([] if roles == "counsel" else creditors)
        made[username] = user
    return made


def _teams(creditors: list[Creditor], users: dict[str, User]) -> None:
    for name, codes, members in (
        ("示例一组", ("XF", "SC"), ("collector", "collector2")),
        ("示例二组", ("WD",), ("collector3",)),
        ("Sample team", (REAL_CODE,), ("collector4",)),
    ):
        team = Team.objects.create(name=name)
        team.creditors.set([creditor for creditor in creditors if creditor.code in codes])
        for member in members:
            TeamMembership.objects.create(team=team, user=users[member])


def _law_firm(creditors: list[Creditor], users: dict[str, User]) -> LawFirm:
    firm = LawFirm.objects.create(
        name="示例律师事务所",
        licence_no="00000000000000001",
        address="示例省示例市样板区公正街 9 号",
        phone="+86 10 0000 0199",
    )
    Lawyer.objects.create(firm=firm, name="李虚构", licence_no="10000000000000001", user=users["legal"])
    Lawyer.objects.create(firm=firm, name="王虚构", licence_no="10000000000000002", user=users["counsel"])
    file_sample_certificate(firm, users["legal"])
    for creditor in creditors[:3]:
        document = file_document(
            data=f"Sample mandate of {creditor.name} for {firm.name}\n".encode(),
            name=f"mandate-{creditor.code}.txt",
            mime_type="text/plain",
            kind=Document.Kind.MANDATE,
            creditor=creditor,
            borrower=None,
            by=users["legal"],
        )
        Mandate.objects.create(
            creditor=creditor,
            firm=firm,
            reference=f"WT-{creditor.code}-001",
            document=document,
            valid_from=dt.date(2026, 1, 1),
        )
    return firm


def _finish(today: dt.date, users: dict[str, User], firm: LawFirm, say: Say) -> None:
    from legal.demo.matters import tell_matters
    from legal.demo.objections import tell_objections
    from legal.demo.papers import issue_papers

    issue_papers(today=today, users=users, firm=firm, say=say)
    tell_matters(today=today, users=users, firm=firm, say=say)
    fill_files(today=today, users=users, say=say)
    say(f"objections: {tell_objections(today=today, supervisor=users['supervisor'])}")
