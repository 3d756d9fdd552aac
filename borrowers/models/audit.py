"""Who changed what, when, from what, to what, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from borrowers.models.payment import AppendOnlyModel

if TYPE_CHECKING:
    from borrowers.models.user import User


class AuditEvent(AppendOnlyModel):
    """One change. `subject` is what changed ("case", 17); `borrower` lets a timeline find it."""

    at = models.DateTimeField(_("at"), auto_now_add=True)
    actor = models.ForeignKey(
        "borrowers.User", models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("by")
    )
    action = models.CharField(_("action"), max_length=40)
    subject_type = models.CharField(_("of"), max_length=30)
    subject_id = models.BigIntegerField(_("number"))
    borrower = models.ForeignKey(
        "borrowers.Borrower", models.SET_NULL, null=True, blank=True, verbose_name=_("borrower")
    )
    field = models.CharField(_("field"), max_length=40, blank=True)
    old = models.CharField(_("from"), max_length=300, blank=True)
    new = models.CharField(_("to"), max_length=300, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    detail = models.JSONField(_("detail"), default=dict, blank=True)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="audit_subject")]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_type} {self.subject_id}"


def build_event(
    subject: models.Model,
    action: str,
    *,
    actor: User | None,
    field: str = "",
    old: object = "",
    new: object = "",
    reason: str = "",
    borrower_id: int | None = None,
    **detail: Any,
) -> AuditEvent:
    """An unsaved event about `subject`, for services that write many at once with bulk_create."""
    if borrower_id is None:
        borrower_id = getattr(subject, "borrower_id", None)
    return AuditEvent(
        actor=actor,
        action=action,
        subject_type=subject._meta.model_name or "",
        subject_id=subject.pk,
        borrower_id=borrower_id,
        field=field,
        old="" if old is None else str(old)[:300],
        new="" if new is None else str(new)[:300],
        reason=reason[:500],
        detail=detail,
    )


def record_event(subject: models.Model, action: str, *, actor: User | None, **values: Any) -> AuditEvent:
    """Write one event. Must be inside the transaction of the change it tells of: raises RuntimeError else."""
    if not connection.in_atomic_block:
        raise RuntimeError("record_event outside of a transaction")
    event = build_event(subject, action, actor=actor, **values)
    event.save()
    return event
