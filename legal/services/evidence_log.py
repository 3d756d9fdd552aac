"""The contact log of a borrower as it goes to a court: checked, covered, as a table and as lines of JSON."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from borrowers.models import Borrower, ContactPoint
from cases.contact_hashes import Link, LinkFault, follow
from cases.models import Case, ContactRecord, DialledCall, Letter, Posting
from cases.outcomes import OUTCOMES
from cases.services.contact_chain import chained, link_of, verify_chain
from cases.services.contact_gate import reason_sentence
from cases.services.rule_words import rule_of, source_of
from legal.evidence.candidates import LogExport
from legal.evidence.log_lines import Shown, line_of, shown_of
from legal.evidence.redaction import MARKS, Known, cover
from legal.evidence.words import words
from legal.services.matters import LegalRefused


def known_of(case: Case) -> Known:
    """Whose numbers, names and addresses are on file: the borrower's own may be read, those of others not."""
    borrower = case.borrower
    own: list[str] = [borrower.name]
    others: list[str] = []
    for point in ContactPoint.objects.filter(borrower=borrower):
        (own if point.owner == ContactPoint.Owner.DEBTOR else others).append(point.value)
        if point.owner != ContactPoint.Owner.DEBTOR:
            others.append(point.owner_name)
    creditor = case.creditor
    kept = [case.case_no, borrower.ref, creditor.phone, creditor.complaint_line, creditor.account_number]
    for loan in case.loans.all():
        kept += [loan.account_no, loan.contract_no]
    kept += Letter.objects.filter(case=case).values_list("number", flat=True)
    kept += Posting.objects.filter(letter__case=case).values_list("tracking_no", flat=True)
    return Known.of(own=own, others=others, kept=kept)


@dataclass(frozen=True, slots=True)
class Entry:
    record: ContactRecord
    link: Link
    shown: Shown


@dataclass
class ContactLog:
    """A borrower's whole log, read once; `known` and `language` say how it is covered."""

    case: Case
    known: Known
    language: str
    entries: list[Entry] = field(default_factory=list)

    @classmethod
    def read(cls, case: Case, known: Known, language: str) -> ContactLog:
        """LegalRefused when the log is not what was written: nothing of it may go to a court then."""
        borrower: Borrower = case.borrower
        fault = verify_chain(borrower)
        if fault is not None:
            raise LegalRefused(_("The contact log does not fit: %(fault)s.") % {"fault": fault.words})
        log = cls(case, known, language)
        records = chained(ContactRecord.objects.filter(borrower=borrower)).select_related("decision", "actor")
        mark = MARKS[language]
        for record in records.iterator(chunk_size=2000):
            link = link_of(record)
            log.entries.append(Entry(record, link, shown_of(link, known, mark)))
        return log

    def export(self) -> LogExport:
        end = follow(entry.link for entry in self.entries)
        if isinstance(end, LinkFault):  # somebody wrote past the log since it was checked
            raise LegalRefused(_("The contact log does not fit: %(fault)s.") % {"fault": end.words})
        lines = b"".join(line_of(entry.link, entry.shown) for entry in self.entries)
        return LogExport(lines, end.length, end.hash, sum(entry.shown.is_covered for entry in self.entries))

    @property
    def zone(self) -> ZoneInfo:
        return self.case.creditor.zone

    def time(self, at: dt.datetime | None) -> str:
        return at.astimezone(self.zone).strftime("%Y-%m-%d %H:%M") if at is not None else ""

    def rows(self) -> list[list[Any]]:
        """For the table: every entry with the gate's word on it."""
        return [self._row(entry) for entry in self.entries]

    def _row(self, entry: Entry) -> list[Any]:
        record, shown = entry.record, entry.shown
        said = shown.content["notes"]
        if entry.link.content is None:
            said = words(self.language)["emptied"]
        recording = shown.content["recording_ref"]
        return [
            record.chain_no,
            self.time(record.at),
            f"{record.get_channel_display()}\n{record.get_direction_display()}",
            record.get_party_display(),
            shown.content["to"],
            outcome_words(record.outcome),
            f"{said}\n{recording}".strip() if recording else said,
            self._gate(entry),
            record.entry_hash[:16],
        ]

    def _gate(self, entry: Entry) -> str:
        """The decision, its rule and source, and why."""
        paper, decision, said = words(self.language), entry.record.decision, entry.shown.words
        if decision is None or said is None:
            return paper["no_decision"]
        lines = [paper["allowed"] if decision.allowed else paper["refused"]]
        if said["override_reason"]:
            lines[0] = paper["overridden"].format(reason=said["override_reason"])
        if decision.rule:
            lines.append(f"{rule_of(decision)} ({source_of(decision)})")
        told = [(decision.reason_code, said["reason_params"], said["reason"])] if decision.reason_code else []
        told += [
            (one.get("reason_code", ""), one.get("reason_params", {}), one.get("reason", ""))
            for one in said["warnings"]
        ]
        mark = MARKS[self.language]
        lines += [cover(reason_sentence(code, params, text), self.known, mark) for code, params, text in told]
        lines.append(f"{decision.pack} {decision.pack_version}".strip())
        return "\n".join(lines)

    def recordings(self) -> list[list[Any]]:
        """Which recording is of which call; its length where the exchange told of it."""
        dialled = {
            call.contact_id: call
            for call in DialledCall.objects.filter(case__borrower=self.case.borrower, contact__isnull=False)
        }
        return [
            [
                entry.record.chain_no,
                self.time(entry.record.at),
                entry.record.get_direction_display(),
                entry.record.get_party_display(),
                entry.shown.content["to"],
                outcome_words(entry.record.outcome),
                _length(dialled.get(entry.record.pk)),
                entry.shown.content["recording_ref"],
            ]
            for entry in self.entries
            if entry.shown.content["recording_ref"]
        ]


def outcome_words(code: str) -> str:
    outcome = OUTCOMES.get(code)
    return str(outcome.label) if outcome is not None else code


def _length(call: DialledCall | None) -> str:
    if call is None or call.answered_at is None or call.ended_at is None:
        return ""
    seconds = max(0, int((call.ended_at - call.answered_at).total_seconds()))
    return f"{seconds // 60}:{seconds % 60:02d}"
