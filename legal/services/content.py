"""What stands on a lawyer's letter: the figures of a demand, the mandate, the demands made before."""

from __future__ import annotations

import datetime as dt

from cases.letters.content import EarlierDemand, LawyersLetter, Sender
from cases.letters.legal_basis import legal_basis_for
from cases.models import Letter, Message
from cases.models.letter import LetterKind
from cases.services.letter_figures import ZERO, account_of, addressee_of, contracts_of
from cases.services.letters import DELIVERY
from legal.models import LawFirm, Lawyer, LegalPaper, Mandate

# A long file has hundreds of reminders; the newest of them prove the point.
MESSAGES_SHOWN = 10

# Words of the paper, in the paper's language and not the reader's.
_WORDS: dict[str, dict[str, str]] = {
    "en": {
        LetterKind.DEMAND: "demand letter",
        LetterKind.LAWYER: "lawyer's letter",
        "sms": "SMS",
        "email": "e-mail",
        "posted": "posted",
        Message.State.SENT: "sent",
        Message.State.DELIVERED: "delivered",
        "mandate": "Mandate {reference}",
    },
    "zh-hans": {
        LetterKind.DEMAND: "催收函",
        LetterKind.LAWYER: "律师函",
        "sms": "短信",
        "email": "电子邮件",
        "posted": "已寄出",
        Message.State.SENT: "已发送",
        Message.State.DELIVERED: "已送达",
        "mandate": "授权委托书（编号：{reference}）",
    },
}


def build_lawyers_content(
    *, paper: LegalPaper, on: dt.date, number: str, mandate: Mandate | None, lawyer: Lawyer | None
) -> LawyersLetter:
    """The letter as of the day `on`, signed by `lawyer`. What is missing is left empty, for `check_content` to name;
    LetterRefused when the figures contradict each other."""
    matter, language = paper.matter, paper.language
    case, creditor = matter.case, matter.case.creditor
    contracts = contracts_of(case=case, on=on)
    reference = mandate.reference if mandate else ""
    return LawyersLetter(
        language=language,
        number=number,
        issued_on=on,
        delivery=DELIVERY[language],
        sender=_sender(matter.firm),
        creditor=creditor.name,
        mandate_reference=reference,
        mandate_from=mandate.valid_from if mandate else on,
        addressee=addressee_of(case.borrower),
        currency=case.currency,
        cut_off=on,
        contracts=contracts,
        total=sum((contract.owed for contract in contracts), ZERO),
        # Without a deadline the check says so: it does not lie after the date of the letter.
        pay_by=paper.pay_by or on,
        account=account_of(creditor),
        payment_reference=case.case_no,
        complaint_line=creditor.complaint_line,
        legal_basis=legal_basis_for(creditor.pack, language),
        lawyer=lawyer.name if lawyer else "",
        lawyer_licence_no=lawyer.licence_no if lawyer else "",
        earlier_demands=earlier_demands(paper),
        facts=paper.remarks,
        attachments=(_WORDS[language]["mandate"].format(reference=reference),) if reference else (),
    )


def _sender(firm: LawFirm | None) -> Sender:
    if firm is None:
        return Sender("", "", "")
    return Sender(firm.name, firm.address, firm.phone, firm.email, firm.licence_no, firm.seal_svg)


def earlier_demands(paper: LegalPaper) -> tuple[EarlierDemand, ...]:
    """Letters of the case and the newest messages that left, oldest first. Two queries."""
    case, words = paper.matter.case, _WORDS[paper.language]
    found = [
        EarlierDemand(case.creditor.business_date(letter.issued_at), words[letter.kind], words["posted"], letter.number)
        for letter in Letter.objects.filter(case=case).order_by("id")
    ]
    sent = Message.objects.filter(case=case, state__in=[Message.State.SENT, Message.State.DELIVERED])
    for message in sent.order_by("-day", "-id")[:MESSAGES_SHOWN]:
        day = case.creditor.business_date(message.sent_at) if message.sent_at else message.day
        found.append(EarlierDemand(day, words[message.channel], words[message.state]))
    return tuple(sorted(found, key=lambda demand: demand.on))
