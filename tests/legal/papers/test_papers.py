"""Every kind of paper, in both languages, for three different matters: each section in its place, each figure on it, every
font embedded, the file in order."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from borrowers.money import amount_in_words, format_money
from cases.letters.render import shown_day
from legal.models import LegalPaper, LimitationEvent, Matter
from legal.services.claim import claim_of
from legal.services.papers.content import Claiming, Paper, ValidationNotice
from legal.services.papers.drafting import content_of, draft_of, draft_paper, gaps_of, preview_paper, starting_content
from legal.services.papers.kinds import KINDS
from tests.legal.conftest import today
from tests.legal.papers.pdf import bare, check_with_qpdf, fonts_of, text_of
from tests.legal.papers.samples import SAMPLES, account_of, filled, make_matter

# What stands on each kind, in this order; names in braces are values of its content.
SECTIONS: dict[tuple[str, str], list[str]] = {
    ("lawyers_letter", "zh-hans"): [
        "律师函", "致{debtor.name}", "基本事实", "欠款明细", "此前的催告", "法律依据", "第六百七十五条",
        "律师要求", "应付金额{total}", "付款期限{pay_by}", "可能产生的后果", "声明与保留", "附件", "律师：李虚构",
        "执业证号",
    ],
    ("lawyers_letter", "en"): [
        "Lawyer's letter", "To{debtor.name}", "1. The facts", "2. The arrears", "3. Earlier demands",
        "4. Legal basis", "5. What our client asks", "Amount due{total}", "Pay by{pay_by}", "6. What may follow",
        "7. Reservation", "Attachments", "Lawyer: 李虚构", "Licence no.",
    ],
    ("complaint", "zh-hans"): [
        "民事起诉状", "说明", "当事人信息", "名称：{creditor.name}", "统一社会信用代码：91000000SAMPLE0001",
        "委托诉讼代理人", "特别授权√", "被告（自然人）", "姓名：{debtor.name}", "证件号码：{debtor.id_no}", "第三人",
        "诉讼请求和依据", "1. 本金", "{principal}", "2. 利息、复利、罚息", "{interest}", "是否请求支付至实际清偿之日止：是√",
        "3. 是否要求提前还款或解除合同", "提前还款（加速到期）：是√", "4. 是否主张担保权利", "5. 是否主张实现债权的费用",
        "律师费¥800.00", "6. 是否主张诉讼费用", "是√", "7. 其他请求", "8. 标的总额", "{total}（{total_words}）",
        "9. 请求依据", "合同第3条", "第六百七十五条", "约定管辖和诉讼保全", "合同第15条", "事实和理由", "1. 合同签订情况",
        "2. 签订主体", "3. 借款金额", "4. 借款期限", "5. 借款利率：年利率15.6%", "6. 借款提供时间", "7. 还款方式：等额本息",
        "8. 还款情况", "9. 是否存在逾期还款：是√", "10. 是否签订物的担保", "11. 是否签订保证合同", "连带责任保证",
        "12. 催告情况", "13. 其他需要说明", "被告于一月搬迁", "14. 证据清单", "对纠纷解决方式的意愿", "了解√",
        "附表：证据清单", "借款合同", "此致", "示例市样板区人民法院", "副本2份", "具状人：{creditor.name}", "签名", "日期",
    ],
    ("complaint", "en"): [
        "Civil complaint", "Notes", "The parties", "Name: {creditor.name}", "Registration number", "Agent", "special √",
        "Defendant", "{debtor.id_no}", "Third party", "The claims", "1. Principal", "{principal}", "2. Interest",
        "{interest}", "Asked for until payment: yes √", "3. Early maturity", "4. Security", "5. Cost of enforcing",
        "6. Court costs", "7. Other claims", "8. Total", "{total} ({total_words})", "9. Basis", "Agreed venue",
        "Facts and reasons", "1. Contract", "2. Parties", "3. Amount", "4. Term", "5. Rates: 15.6%", "6. Disbursement",
        "7. Way of repayment", "8. Repayments", "9. Overdue: yes √", "10. Pledge", "11. Guarantee",
        "joint and several", "12. Demands", "13. Further", "14. Evidence", "Willingness", "List of evidence",
        "Loan agreement", "示例市样板区人民法院", "2 copies", "Plaintiff: {creditor.name}", "Signature", "Date",
    ],
    ("payment_order", "zh-hans"): [
        "支付令申请书", "申请人：{creditor.name}", "被申请人：{debtor.name}", "{debtor.id_no}", "请求事项",
        "给付{total}（{total_words}）", "事实和理由", "没有其他债务纠纷：是√", "能够送达被申请人：是√", "欠款明细", "{total}",
        "法律依据", "第二百二十五条", "证据", "此致", "示例市样板区人民法院", "申请人：{creditor.name}",
    ],
    ("payment_order", "en"): [
        "Application for a payment order", "Applicant: {creditor.name}", "Respondent: {debtor.name}", "Requests",
        "{total} ({total_words})", "Facts and reasons", "nothing else: yes √", "What is owed", "{total}", "Legal basis",
        "225", "Evidence", "示例市样板区人民法院", "Applicant: {creditor.name}",
    ],
    ("evidence_catalogue", "zh-hans"): [
        "证据目录", "案由", "编号证据名称种类形式来源证明目的内容页码SHA-256备注", "被告身份证明", "借款合同", "2–5",
        "放款凭证", "6–7", "原件备查", "共3项，7页，一式3份", "提交人：{creditor.name}", "李虚构",
    ],
    ("evidence_catalogue", "en"): [
        "Evidence catalogue", "Matter", "No.NameKindFormSourceWhat it provesContentPageSHA-256Notes",
        "Proof of identity", "Loan agreement", "2–5", "Proof of disbursement", "6–7", "3 exhibits, 7 pages, in 3 copies",
        "Submitted by {creditor.name}",
    ],
    ("power_of_attorney", "zh-hans"): [
        "授权委托书", "委托人：{creditor.name}", "受委托人：李虚构", "周虚设", "委托事项", "代理权限", "特别授权√",
        "和解", "委托期限", "委托人：{creditor.name}", "受委托人：李虚构",
    ],
    ("power_of_attorney", "en"): [
        "Power of attorney", "Principal: {creditor.name}", "Agent: 李虚构", "Second agent", "The matter", "Powers",
        "special √", "to settle", "Term", "Principal: {creditor.name}",
    ],
    ("preservation", "zh-hans"): [
        "财产保全申请书", "申请人", "被申请人：{debtor.name}", "请求事项", "{amount}（{amount_words}）", "诉讼财产保全√",
        "事实和理由", "转让名下车辆", "财产线索", "示例银行账户", "担保", "保函", "申请费", "{fee}", "法律依据", "此致",
        "示例市样板区人民法院",
    ],
    ("preservation", "en"): [
        "Application for the preservation", "Applicant", "Respondent: {debtor.name}", "Request",
        "{amount} ({amount_words})", "Facts and reasons", "Leads to property", "Security", "letter of guarantee", "Fee",
        "{fee}", "Legal basis", "示例市样板区人民法院",
    ],
    ("settlement", "zh-hans"): [
        "和解协议", "甲方（债权人）：{creditor.name}", "乙方（借款人）：{debtor.name}", "债务的确认", "{total}（{total_words}）",
        "还款安排", "{agreed}（{agreed_words}）", "¥1,500.00", "¥2,000.00", "减免", "{forgiven}", "违约", "5日", "费用和撤诉",
        "由乙方承担", "收款账户", "0000 0000 0000 0001", "送达地址", "乙方（签名）", "甲方：{creditor.name}",
    ],
    ("settlement", "en"): [
        "Settlement agreement", "Party A (creditor): {creditor.name}", "Party B (borrower): {debtor.name}", "1. The debt",
        "{total} ({total_words})", "2. What is paid", "{agreed} ({agreed_words})", "¥1,500.00", "¥2,000.00",
        "3. What is forgiven", "{forgiven}", "4. If a payment is missing", "5. Costs and the suit", "6. Where to pay",
        "7. Addresses for service", "Party B (signature)", "Party A: {creditor.name}",
    ],
    ("enforcement", "zh-hans"): [
        "强制执行申请书", "申请人", "被执行人：{debtor.name}", "{debtor.id_no}", "执行依据", "（2026）示0101民初123号民事判决书",
        "请求事项", "本金¥9,876.54", "已履行的¥500.00", "¥9,797.54", "加倍支付", "{delayed_interest}", "执行费",
        "事实和理由", "财产线索", "法律依据", "法释〔2014〕8号", "此致", "示例市样板区人民法院", "附件", "申请人：{creditor.name}",
    ],
    ("enforcement", "en"): [
        "Application for enforcement", "Applicant", "Judgment debtor: {debtor.name}", "What is enforced",
        "（2026）示0101民初123号", "Requests", "¥9,876.54", "¥500.00", "¥9,797.54", "Doubled interest",
        "{delayed_interest}", "Reasons and performance", "Leads to assets", "Legal basis", "示例市样板区人民法院",
        "Attachments", "Applicant: {creditor.name}",
    ],
    ("assignment_notice", "zh-hans"): [
        "债权转让通知书", "致{debtor.name}", "转让事实", "示例资产管理有限公司", "ZR-2026-9", "转让的债权",
        "{total}（{total_words}）", "受让人", "还款方式的变更", "0000 0000 0000 0009", "依据", "您的权利",
        "转让人：{creditor.name}",
    ],
    ("assignment_notice", "en"): [
        "Notice of assignment", "To{debtor.name}", "1. What was assigned", "ZR-2026-9", "2. The claims",
        "{total} ({total_words})", "3. The assignee", "4. Where to pay", "0000 0000 0000 0009", "5. Basis",
        "6. Your rights", "Assignor: {creditor.name}",
    ],
    ("validation_notice", "en"): [
        "Sample & Model, Attorneys", "9 Justice Street", "To: {debtor.name}",
        "is a debt collector. We are trying to collect a debt that you owe to Sample Lender, Inc. We will use any",
        "information you give us to help collect the debt.",
        "Our information shows", "You had an account with", "As of {itemization_date}", "{amount_then}", "in interest:",
        "+ {interest}", "in fees:", "+ {fees}", "paid or were credited", "− {paid}", "Total amount of the debt now:",
        "{amount_now}", "How can you dispute the debt?", "Call or write to us by {dispute_by}",
        "If you write to us by {dispute_by}", "What else can you do?", "original creditor", "If you write by {dispute_by}",
        "www.cfpb.gov/debt-collection", "español", "Mail this form to:", "How do you want to respond?",
        "I want to dispute the debt because I think:", "This is not my debt.", "The amount is wrong.", "Other",
        "name and address of the original creditor", "I enclosed this amount",
    ],
    ("validation_notice", "zh-hans"): [
        "是债务催收人", "我们的记录显示", "{amount_then}", "+ {interest}", "+ {fees}", "− {paid}", "目前的债务总额",
        "{amount_now}", "如何对债务提出异议", "请在{dispute_by}前致电或致函", "在{dispute_by}前致函", "原债权人的名称和地址",
        "在{dispute_by}前来函", "www.cfpb.gov/debt-collection", "您希望如何回复", "这不是我的债务", "金额有误",
    ],
}  # fmt: skip
# Those with labels beside their lines.
AS_SEEN = ("lawyers_letter", "assignment_notice", "settlement")
CHINESE_KINDS = [kind for kind, paper in KINDS.items() if "cn" in paper.packs]


def shown(content: Paper, pattern: str) -> str:
    """The pattern with the content's values as the paper writes them."""
    text, rest = "", pattern
    while "{" in rest:
        before, _brace, rest = rest.partition("{")
        name, _brace, rest = rest.partition("}")
        value: Any = content
        for part in name.split("."):
            value = getattr(value, part)
        if isinstance(value, Decimal):
            value = format_money(value, content.currency, content.language)
        elif isinstance(value, dt.date):
            value = shown_day(value, content.language)
        text += f"{before}{value}"
    return bare((text + rest).replace("’", "'") if content.language == "en" else text + rest)


def look(matter: Matter, kind: str, language: str, folder: Path) -> tuple[Paper, str, bytes]:
    """Draft the paper and read it as a PDF."""
    lawyer = account_of(matter)
    paper = draft_paper(
        matter=matter,
        kind=kind,
        language=language,
        content=filled(kind),
        actor=lawyer,
        pay_by=today() + dt.timedelta(days=15),
    )
    assert gaps_of(paper=paper, actor=lawyer) == []
    data = preview_paper(paper=paper, actor=lawyer)
    content = content_of(draft_of(paper=paper, actor=lawyer, on=today()))
    return content, text_of(data, folder, as_seen=kind in AS_SEEN), data


def check_sections(content: Paper, text: str, kind: str) -> None:
    at = 0
    for pattern in SECTIONS[kind, content.language]:
        wanted = shown(content, pattern)
        found = text.find(wanted, at)
        assert found >= 0, (
            f"{kind}, {content.language}: {wanted!r} does not stand behind {text[max(0, at - 60) : at]!r}"
        )
        at = found + len(wanted)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_section_stands_in_its_place(sample: str, language: str, tmp_path: Path) -> None:
    matter = make_matter(sample)
    for kind in CHINESE_KINDS:
        content, text, data = look(matter, kind, language, tmp_path)
        check_sections(content, text, kind)
        assert {font[-5] for font in fonts_of(data, tmp_path)} == {"yes"}, kind
        check_with_qpdf(data, tmp_path)
        if isinstance(content, Claiming):
            assert content.total == sum(loan.total for loan in content.loans) + sum(c.amount for c in content.costs)
            assert content.total_words == amount_in_words(content.total, "CNY", language)
            for loan in content.loans:
                assert loan.contract_no in text
                for line in loan.lines if "claim" in KINDS[kind].needs else ():
                    assert bare(line.formula) in text, (kind, line)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("sample", ["one", "many"])
def test_the_validation_notice_keeps_to_the_model_form(sample: str, language: str, tmp_path: Path) -> None:
    matter = make_matter(sample, pack="us_reg_f")
    content, text, data = look(matter, "validation_notice", language, tmp_path)
    assert isinstance(content, ValidationNotice)
    check_sections(content, text, "validation_notice")
    assert content.amount_then + content.interest + content.fees - content.paid == content.amount_now
    assert text.count(bare(shown_day(content.dispute_by, language))) == 3
    assert ("cuthere" if language == "en" else "沿此线剪下") in text
    assert data.count(b"/Type /Page\n") + data.count(b"/Type /Page ") <= 1
    check_with_qpdf(data, tmp_path)


@pytest.mark.django_db
def test_what_came_since_the_itemization_date_is_from_the_ledger() -> None:
    matter = make_matter("many", pack="us_reg_f")
    lawyer = account_of(matter)
    paper = draft_paper(
        matter=matter, kind="validation_notice", language="en", content=filled("validation_notice"), actor=lawyer
    )
    content = content_of(draft_of(paper=paper, actor=lawyer, on=today()))
    assert isinstance(content, ValidationNotice)
    # Three payments of 230.55, 231.55 and 232.55, five days after the itemization date.
    assert content.paid == Decimal("694.65")
    assert content.fees == 0
    assert content.interest > 0


@pytest.mark.django_db
def test_court_papers_have_the_whole_id_number_and_others_do_not(tmp_path: Path) -> None:
    matter = make_matter("one")
    number = matter.case.borrower.id_no
    for kind in ("complaint", "enforcement", "lawyers_letter", "settlement", "assignment_notice"):
        _content, text, _data = look(matter, kind, "zh-hans", tmp_path)
        assert (number in text) is not KINDS[kind].to_borrower, kind


@pytest.mark.django_db
def test_a_lawyers_letter_never_looks_like_a_court_paper(tmp_path: Path) -> None:
    matter = make_matter("one")
    for language, words in (("zh-hans", ("传票", "案号", "原告", "被告", "判决书")), ("en", ("summons", "defendant"))):
        _content, text, _data = look(matter, "lawyers_letter", language, tmp_path)
        assert not [word for word in words if word in text.lower()]


@pytest.mark.django_db
def test_a_guarantor_stands_on_the_complaint(tmp_path: Path) -> None:
    _content, text, _data = look(make_matter("hard"), "complaint", "zh-hans", tmp_path)
    assert "保证人：欧阳䶮样，住所地示例省示例市样板区㛃光路9号，联系电话+8615400000009" in text


@pytest.mark.django_db
def test_a_second_paper_begins_with_what_the_first_one_kept() -> None:
    matter = make_matter("one")
    assert "plaintiff_code" not in starting_content(matter=matter, kind="complaint")
    draft_paper(matter=matter, kind="complaint", language="en", content=filled("complaint"), actor=account_of(matter))
    first = starting_content(matter=matter, kind="complaint")
    assert first["plaintiff_code"] == "91000000SAMPLE0001"
    assert first["rate_clause"] == "合同第3条"
    assert "facts" not in first
    assert first["scope"] == "due"
    assert LegalPaper.objects.count() == 1


@pytest.mark.django_db
def test_a_paper_begins_with_what_the_matter_claims() -> None:
    """A loan that was declared due in whole is claimed in whole, on the paper as in the claim beside it."""
    matter = make_matter("one")
    assert starting_content(matter=matter, kind="complaint")["scope"] == "due"
    Matter.objects.filter(pk=matter.pk).update(claims_all=True)
    matter = Matter.objects.select_related("case__creditor").get(pk=matter.pk)
    assert starting_content(matter=matter, kind="complaint")["scope"] == "by_suit"
    assert starting_content(matter=matter, kind="settlement")["scope"] == "due"
    loan = matter.case.loans.get()
    event = LimitationEvent.objects.create(loan=loan, kind="accelerated", on=today(), by=account_of(matter))
    begun = starting_content(matter=matter, kind="complaint")
    assert (begun["scope"], begun["accelerated_on"]) == ("declared", today().isoformat())
    assert starting_content(matter=matter, kind="settlement")["scope"] == "declared"
    assert "accelerated_on" not in starting_content(matter=matter, kind="settlement")
    assert "scope" not in starting_content(matter=matter, kind="power_of_attorney")
    paper = LegalPaper(matter=matter, kind="complaint", language="zh-hans", content=filled("complaint") | begun)
    content: Any = content_of(draft_of(paper=paper, actor=account_of(matter), on=today()))
    claim = claim_of(matter=matter, cut_off=today())
    assert (content.principal, content.interest, content.penalty) == (claim.principal, claim.interest, claim.penalty)
    LimitationEvent.objects.create(loan=loan, kind="accelerated", on=today(), by=event.by, withdraws=event)
    assert starting_content(matter=matter, kind="complaint")["scope"] == "by_suit"
