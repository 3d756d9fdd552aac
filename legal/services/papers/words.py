"""Words that the program puts on papers itself, in the paper's language and not the reader's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from borrowers.models import Borrower, Document
from borrowers.money import format_money
from cases.letters.render import shown_day
from cases.models.letter import LetterKind
from legal.rules.claim import ACCELERATED, FEE, INTEREST, OVERDUE, PENALTY, PRINCIPAL, UNEARNED, DailyRate
from legal.services.papers.wording import shown_rate

_Id, _Kind = Borrower.IdType, Document.Kind
# In this order a court reads: who, what was agreed, paid out, owed, demanded, received.
EXHIBIT_ORDER = (
    _Kind.IDENTITY,
    _Kind.CONTRACT,
    _Kind.DISBURSEMENT,
    _Kind.AGREEMENT,
    _Kind.LETTER,
    _Kind.RECEIPT,
)


@dataclass(frozen=True)
class Words:
    genders: Mapping[str, str]
    id_kinds: Mapping[str, str]
    costs: Mapping[str, str]
    exhibits: Mapping[str, tuple[str, str]]
    letters: Mapping[str, str]
    documentary: str
    bundle: str
    electronic: str
    copy: str
    repayment: Mapping[str, str]
    guarantees: Mapping[str, str]
    securities: Mapping[str, str]
    titles: Mapping[str, str]
    itemization: Mapping[str, str]
    special_powers: tuple[str, ...]
    general_powers: tuple[str, ...]
    attachments: tuple[str, ...]
    costs_by: Mapping[str, str]
    until_concluded: str
    matter: str
    no_demand: str
    mandate: str
    line: Callable[[str, str, str], str]
    payoff: Callable[[dt.date, Sequence[tuple[str, DailyRate]], str], str]
    demands: Callable[[Sequence[tuple[dt.date, LetterKind, str]]], str]
    exhibit_order: tuple[str, ...] = EXHIBIT_ORDER

    def exhibit(self, kind: str, letter: str) -> tuple[str, str]:
        """Name of an exhibit and what it proves."""
        name, proves = self.exhibits[kind]
        return (self.letters[letter] if letter else name), proves


def _zh_line(component: str, kind: str, label: str) -> str:
    words = _ZH_COMPONENTS[component]
    return {
        OVERDUE: f"第{label}期{words}",
        ACCELERATED: f"第{label}期{words}（提前到期）",
        UNEARNED: f"第{label}期减除未到期{words}",
    }[kind]


def _en_line(component: str, kind: str, label: str) -> str:
    words = _EN_COMPONENTS[component]
    return {
        OVERDUE: f"{words.capitalize()}, instalment {label}",
        ACCELERATED: f"{words.capitalize()}, instalment {label} (declared due)",
        UNEARNED: f"Less {words} not earned, instalment {label}",
    }[kind]


def _zh_payoff(cut_off: dt.date, rows: Sequence[tuple[str, DailyRate]], currency: str) -> str:
    after = shown_day(cut_off + dt.timedelta(days=1), "zh-hans")
    if not rows:
        return f"自{after}起至实际清偿之日止的利息、罚息，按借款合同约定的标准计算。"
    each = "；".join(
        f"合同{contract}：以{format_money(daily.base, currency, 'zh-hans')}为基数，按年利率{shown_rate(daily.rate)}"
        f"计算，每日{format_money(daily.amount, currency, 'zh-hans')}"
        for contract, daily in rows
    )
    return f"自{after}起至实际清偿之日止的罚息，按下列标准计算：{each}。"


def _en_payoff(cut_off: dt.date, rows: Sequence[tuple[str, DailyRate]], currency: str) -> str:
    after = shown_day(cut_off + dt.timedelta(days=1), "en")
    if not rows:
        return f"Interest and penalty interest from {after} until payment, at the rates agreed in the contract."
    each = "; ".join(
        f"contract {contract}: on {format_money(daily.base, currency)} at {shown_rate(daily.rate)} a year, "
        f"{format_money(daily.amount, currency)} a day"
        for contract, daily in rows
    )
    return f"Penalty interest from {after} until payment: {each}."


def _zh_demands(rows: Sequence[tuple[dt.date, LetterKind, str]]) -> str:
    if not rows:
        return ZH.no_demand
    each = "；".join(f"{shown_day(on, 'zh-hans')}发出{ZH.letters[kind]}（编号：{number}）" for on, kind, number in rows)
    return f"原告已多次催告：{each}。"


def _en_demands(rows: Sequence[tuple[dt.date, LetterKind, str]]) -> str:
    if not rows:
        return EN.no_demand
    each = "; ".join(f"{EN.letters[kind].lower()} {number} of {shown_day(on, 'en')}" for on, kind, number in rows)
    return f"Payment was demanded before: {each}."


_ZH_COMPONENTS = {PRINCIPAL: "本金", INTEREST: "利息", PENALTY: "罚息", FEE: "费用"}
_EN_COMPONENTS = {PRINCIPAL: "principal", INTEREST: "interest", PENALTY: "penalty interest", FEE: "fees"}

ZH = Words(
    genders={"male": "男", "female": "女"},
    id_kinds={_Id.RESIDENT_ID: "居民身份证", _Id.PASSPORT: "护照", _Id.OTHER: "身份证件"},
    costs={"court_fee": "案件受理费", "preservation_fee": "财产保全申请费", "lawyers_fee": "律师费"},
    exhibits={
        _Kind.IDENTITY: ("被告身份证明", "被告的诉讼主体资格"),
        _Kind.CONTRACT: ("借款合同", "双方之间的借款合同关系及约定的期限、利率、还款方式和违约责任"),
        _Kind.DISBURSEMENT: ("放款凭证", "原告已按约定发放借款"),
        _Kind.AGREEMENT: ("还款协议", "被告对债务的确认及其还款承诺"),
        _Kind.LETTER: ("催告函件", "原告的催告及欠款金额"),
        _Kind.RECEIPT: ("送达凭证", "催告已送达被告"),
    },
    letters={LetterKind.DEMAND: "催收函", LetterKind.LAWYER: "律师函"},
    documentary="书证",
    bundle="证据材料编号：{number}。",
    electronic="电子数据",
    copy="复印件",
    repayment={
        "equal_instalments": "等额本息",
        "equal_principal": "等额本金",
        "interest_first": "按期付息、到期还本",
        "at_once": "到期一次性还本付息",
        "as_scheduled": "按还款计划表分期还款",
    },
    guarantees={"general": "一般保证", "joint": "连带责任保证"},
    securities={
        "letter": "保险公司或银行出具的保函",
        "cash": "现金担保",
        "property": "财产担保",
        "none": "不提供担保，请求法院依法准许",
    },
    titles={
        "judgment": "民事判决书",
        "mediation": "民事调解书",
        "payment_order": "支付令",
        "arbitration": "仲裁裁决书",
        "notarised": "公证债权文书",
    },
    itemization={
        "last_statement": "最近一次账单日",
        "charge_off": "核销日",
        "last_payment": "最近一次还款日",
        "transaction": "交易日",
        "judgment": "判决日",
    },
    special_powers=(
        "代为提起诉讼、申请支付令、签收法律文书",
        "代为承认、变更、放弃诉讼请求",
        "代为进行和解、调解",
        "代为提起上诉、申请财产保全",
        "代为申请执行、参加执行程序",
    ),
    general_powers=("代为起草和递交诉讼文书、签收法律文书", "代为出庭、举证、质证、陈述和辩论"),
    attachments=("生效法律文书", "申请人的主体资格证明", "授权委托书", "被执行人的财产线索"),
    costs_by={"each": "各自承担", "creditor": "由甲方承担", "borrower": "由乙方承担"},
    until_concluded="至本案终结之日止",
    matter="{creditor}与{debtor}借款合同纠纷一案",
    no_demand="",
    mandate="授权委托书（编号：{reference}）",
    line=_zh_line,
    payoff=_zh_payoff,
    demands=_zh_demands,
)
EN = Words(
    genders={"male": "male", "female": "female"},
    id_kinds={_Id.RESIDENT_ID: "Resident identity card", _Id.PASSPORT: "Passport", _Id.OTHER: "Identity paper"},
    costs={"court_fee": "Court fee", "preservation_fee": "Fee for preservation", "lawyers_fee": "Lawyer’s fee"},
    exhibits={
        _Kind.IDENTITY: ("Proof of identity", "Who the defendant is"),
        _Kind.CONTRACT: ("Loan agreement", "The loan, its term, rates, way of repayment and what follows a breach"),
        _Kind.DISBURSEMENT: ("Proof of disbursement", "That the loan was paid out as agreed"),
        _Kind.AGREEMENT: ("Repayment agreement", "That the defendant acknowledged the debt and undertook to pay it"),
        _Kind.LETTER: ("Demand", "That payment was demanded, and how much"),
        _Kind.RECEIPT: ("Proof of delivery", "That the demand reached the defendant"),
    },
    letters={LetterKind.DEMAND: "Demand letter", LetterKind.LAWYER: "Lawyer’s letter"},
    documentary="Document",
    bundle="Evidence bundle {number}.",
    electronic="Electronic data",
    copy="Copy",
    repayment={
        "equal_instalments": "equal instalments of principal and interest",
        "equal_principal": "equal instalments of principal, with interest",
        "interest_first": "interest by instalments, principal at the end",
        "at_once": "principal and interest together at the end",
        "as_scheduled": "by instalments under the agreed schedule",
    },
    guarantees={"general": "general guarantee", "joint": "joint and several guarantee"},
    securities={
        "letter": "a letter of guarantee of an insurer or bank",
        "cash": "cash",
        "property": "property",
        "none": "none; the court is asked to allow it without",
    },
    titles={
        "judgment": "judgment",
        "mediation": "mediation settlement",
        "payment_order": "payment order",
        "arbitration": "arbitral award",
        "notarised": "notarised instrument",
    },
    itemization={
        "last_statement": "the date of the last statement",
        "charge_off": "the charge-off date",
        "last_payment": "the date of the last payment",
        "transaction": "the transaction date",
        "judgment": "the judgment date",
    },
    special_powers=(
        "to sue, to apply for a payment order and to receive legal papers",
        "to admit, change or give up claims",
        "to settle and to mediate",
        "to appeal and to apply for the preservation of property",
        "to apply for enforcement and to take part in it",
    ),
    general_powers=(
        "to draw up, hand in and receive legal papers",
        "to appear in court, to give and contest evidence and to argue",
    ),
    attachments=(
        "The effective legal instrument",
        "Proof of who the applicant is",
        "The power of attorney",
        "The leads to assets",
    ),
    costs_by={"each": "each party bears its own", "creditor": "Party A bears them", "borrower": "Party B bears them"},
    until_concluded="until the matter is concluded",
    matter="{creditor} and {debtor}: dispute about a loan agreement",
    no_demand="",
    mandate="Mandate {reference}",
    line=_en_line,
    payoff=_en_payoff,
    demands=_en_demands,
)
WORDS: dict[str, Words] = {"zh-hans": ZH, "en": EN}
