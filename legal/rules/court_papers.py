"""What a court's paper is, by the words that stand on it. Pure: no ORM, no clock."""

from __future__ import annotations

# How far into a paper its title stands.
TITLE_WITHIN = 400
# Kind → words of its title; the first that is found says what it is, so the narrower words come first.
_TITLES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("service_receipt", ("送达回证", "送达证明", "receipt of service", "proof of service", "affidavit of service")),
    ("fee_receipt", ("诉讼费票据", "诉讼收费", "缴费通知", "缴款书", "交费通知", "fee receipt")),
    ("acceptance", ("受理案件通知书", "受理通知书", "立案通知书", "notice of acceptance", "acceptance notice")),
    ("summons", ("传票", "summons")),
    ("hearing", ("开庭通知", "出庭通知", "notice of hearing", "hearing notice")),
    (
        "enforcement",
        ("执行通知书", "执行裁定书", "终结本次执行", "执行案件", "writ of execution", "enforcement notice"),
    ),
    ("payment_order", ("支付令", "payment order")),
    ("judgment", ("判决书", "judgment", "judgement")),
    ("mediation", ("调解书", "consent order", "mediation")),
    ("ruling", ("裁定书", "court order", "ruling")),
)


def guess_kind(name: str, text: str) -> str:
    """The kind by the file's name, else by the title in its text; "other" when neither says."""
    for words in (name.lower(), "".join(text.split())[:TITLE_WITHIN].lower(), text[:TITLE_WITHIN].lower()):
        for kind, titles in _TITLES:
            if any(title in words for title in titles):
                return kind
    return "other"
