"""Records of the house that are drawn as tables for a bundle: contacts, recordings, messages, conditions, objections."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.functional import cached_property

from cases.condition_words import condition_words
from cases.models import ContactCondition, Message, Objection, ProviderEvent
from legal.evidence.candidates import Candidate
from legal.evidence.papers import draw_table
from legal.evidence.redaction import MARKS, Known, cover
from legal.evidence.words import words
from legal.models import Matter
from legal.services.evidence_log import ContactLog, known_of

_WENT = (Message.State.SENT, Message.State.DELIVERED)


@dataclass
class Records:
    """The records of one matter, in one language, as of one day. To be used with that language active."""

    matter: Matter
    language: str
    cut_off: dt.date

    def __post_init__(self) -> None:
        self.case = self.matter.case
        self.words = words(self.language)
        self.mark = MARKS[self.language]

    @cached_property
    def known(self) -> Known:
        return known_of(self.case)

    @cached_property
    def log(self) -> ContactLog:
        return ContactLog.read(self.case, self.known, self.language)

    def drawn(
        self,
        key: str,
        group: str,
        kind: str,
        name: str,
        proves: str,
        source: str,
        content: str,
        read: Any,
        remarks: str = "",
    ) -> Candidate:
        return Candidate(
            key, group, self.words[f"kind_{kind}"], name, self.words["form_electronic"], self.words[source],
            self.words[f"proves_{proves}"], content, remarks, "application/pdf", read,
        )  # fmt: skip

    def tables(self) -> Iterator[Candidate]:
        """Those of which there is anything."""
        went = self._messages()
        count = went.count()
        if count:
            yield self._listed("messages", "demand", "source_outbox", count, self._draw_messages)
        entries = self.log.entries
        if entries:
            covered = any(entry.shown.is_covered for entry in entries)
            remarks = "; ".join(filter(None, (self.words["hash_chain"], self.words["covered"] if covered else "")))
            yield self._listed("log", "contact", "source_log", len(entries), self._draw_log, remarks)
        recordings = self.log.recordings()
        if recordings:
            yield self._listed("recordings", "contact", "source_log", len(recordings), self._draw_recordings)
        conditions = ContactCondition.objects.filter(borrower=self.case.borrower)
        if conditions.exists():
            yield self._listed("conditions", "contact", "source_log", conditions.count(), self._draw_conditions)
        objections = Objection.objects.filter(case=self.case)
        if objections.exists():
            yield self._listed("objections", "agreement", "source_log", objections.count(), self._draw_objections)

    def _listed(self, name: str, group: str, source: str, count: int, draw: Any, remarks: str = "") -> Candidate:
        return self.drawn(
            name, group, "list", self.words[f"name_{name}"], name, source, self.words["content_count"].format(count=count),
            draw, remarks,
        )  # fmt: skip

    def table(
        self, columns: str, number: str, title: str, sections: list[tuple[str, list[Any]]], about: list[str],
        notes: list[str] | None = None,
    ) -> bytes:  # fmt: skip
        return draw_table(
            columns,
            language=self.language,
            number=number,
            title=title,
            about=[
                self.words["matter"].format(number=self.case.case_no),
                self.words["borrower"].format(name=self.case.borrower.name),
                self.words["creditor"].format(name=self.case.creditor.name),
                *about,
            ],
            sections=sections,
            on=self.cut_off,
            author=self.case.creditor.name,
            notes=notes or [],
        )

    def _records(self, name: str, number: str, rows: list[Any], notes: list[str] | None = None) -> bytes:
        zone = self.words["zone"].format(zone=self.case.creditor.time_zone)
        return self.table(name, number, self.words[f"name_{name}"], [("", rows)], [zone], notes)

    def _draw_log(self, number: str) -> bytes:
        notes = [self.words["log_note"], self.words["log_covered"].format(mark=self.mark)]
        return self._records("log", number, self.log.rows(), notes)

    def _draw_recordings(self, number: str) -> bytes:
        return self._records("recordings", number, self.log.recordings())

    def _messages(self) -> Any:
        return Message.objects.filter(borrower=self.case.borrower, state__in=_WENT)

    def _draw_messages(self, number: str) -> bytes:
        reported: dict[int, dt.datetime] = dict(
            ProviderEvent.objects.filter(message__borrower=self.case.borrower, kind=ProviderEvent.Kind.RECEIPT)
            .order_by("at")
            .values_list("message", "at")
        )
        rows = []
        messages = self._messages().select_related("contact_point").prefetch_related("parts")
        for place, message in enumerate(messages.order_by("handed_at", "pk"), start=1):
            own = message.contact_point is None or message.contact_point.owner == "debtor"
            ids = [message.provider, *(part.provider_id for part in message.parts.all())]
            rows.append(
                [
                    place,
                    self.log.time(message.handed_at or message.sent_at),
                    message.get_channel_display(),
                    cover(message.to, self.known, self.mark) if own else self.mark,
                    cover(message.body, self.known, self.mark) if own else self.mark,
                    message.get_state_display(),
                    self.log.time(reported.get(message.pk) or message.settled_at),
                    "\n".join(filter(None, ids)),
                ]
            )
        return self._records("messages", number, rows)

    def _draw_conditions(self, number: str) -> bytes:
        rows = [
            [
                condition.get_kind_display(),
                condition_words(condition),
                cover(condition.words, self.known, self.mark),
                self.log.time(condition.since),
                self.log.time(condition.ended_at or condition.until),
                condition.get_source_display(),
            ]
            for condition in ContactCondition.objects.filter(borrower=self.case.borrower).order_by("since", "pk")
        ]
        return self._records("conditions", number, rows)

    def _draw_objections(self, number: str) -> bytes:
        rows = [
            [
                objection.number,
                objection.received_on,
                f"{objection.get_family_display()}\n{objection.get_topic_display()}",
                cover(objection.words, self.known, self.mark),
                objection.get_state_display(),
                cover(f"{objection.found}\n{objection.corrected}".strip(), self.known, self.mark),
                objection.closed_on or "",
            ]
            for objection in Objection.objects.filter(case=self.case).order_by("received_on", "pk")
        ]
        return self._records("objections", number, rows)
