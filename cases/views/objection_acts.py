"""What is done with one objection: acknowledged, given to somebody, extended, withdrawn, answered; and its papers."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from borrowers.errors import InputError
from cases.models import Objection, ObjectionEvidence
from cases.objection_forms import AnswerCorrectionForm, AnswerForm, OwnerForm, WhyForm
from cases.objection_moves import MoveRefused
from cases.services.letter_figures import language_of
from cases.services.objection_answers import answer_objection
from cases.services.objections import (
    ANSWER,
    ObjectionRefused,
    acknowledge_objection,
    assign_objection,
    extend_objection,
    withdraw_objection,
)
from cases.views.access import signed_in, today_of
from cases.views.objections import visible_objection

REFUSALS = (ObjectionRefused, MoveRefused, PermissionDenied)
CORRECTIONS_AT_ONCE = 3


def _acknowledge(request: HttpRequest, row: Objection) -> None:
    acknowledge_objection(objection=row, actor=signed_in(request), on=today_of(row.case))


def _take(request: HttpRequest, row: Objection) -> None:
    assign_objection(objection=row, owner=signed_in(request), actor=signed_in(request))


def _assign(request: HttpRequest, row: Objection) -> None:
    form = OwnerForm(request.POST, case=row.case)
    if not form.is_valid():
        raise ObjectionRefused(_("Choose who looks into it."))
    assign_objection(objection=row, owner=form.cleaned_data["owner"], actor=signed_in(request))


def _reason(request: HttpRequest) -> str:
    form = WhyForm(request.POST)
    if not form.is_valid():
        raise ObjectionRefused(_("A reason is needed."))
    return str(form.cleaned_data["reason"])


def _extend(request: HttpRequest, row: Objection) -> None:
    extend_objection(objection=row, actor=signed_in(request), reason=_reason(request), on=today_of(row.case))


def _withdraw(request: HttpRequest, row: Objection) -> None:
    withdraw_objection(objection=row, actor=signed_in(request), reason=_reason(request), on=today_of(row.case))


ACTS: dict[str, tuple[Callable[[HttpRequest, Objection], None], object]] = {
    "acknowledge": (_acknowledge, gettext_lazy("It is noted that the borrower was told.")),
    "take": (_take, gettext_lazy("It is yours.")),
    "assign": (_assign, gettext_lazy("It is given to that person.")),
    "extend": (_extend, gettext_lazy("Its time is extended.")),
    "withdraw": (_withdraw, gettext_lazy("It is withdrawn; contact may go on.")),
}


@require_POST
@login_required
def act_on_objection(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """One of the acts above; who may is the service's to say."""
    row = visible_objection(request, pk)
    if act not in ACTS:
        raise Http404
    do, done = ACTS[act]
    try:
        do(request, row)
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, str(done))
    return redirect("cases:objection", row.pk)


def _correction_forms(request: HttpRequest, row: Objection) -> list[AnswerCorrectionForm]:
    if not signed_in(request).has_perm("borrowers.book_entry"):
        return []
    return [
        AnswerCorrectionForm(
            request.POST or None, prefix=f"c{place}", objection=row, case=row.case, today=today_of(row.case)
        )
        for place in range(CORRECTIONS_AT_ONCE)
    ]


@require_http_methods(["GET", "POST"])
@login_required
@permission_required(ANSWER, raise_exception=True)
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """What was found, what it corrects, and the letter; all of it at once."""
    row = visible_objection(request, pk)
    form = AnswerForm(request.POST or None, initial={"language": language_of(row.case.borrower)})
    corrections = _correction_forms(request, row)
    if request.method == "POST" and _answer(request, row, form, corrections):
        messages.success(request, _("It is answered; the letter stands with the papers of the case."))
        return redirect("cases:objection", row.pk)
    context = {"objection": row, "case": row.case, "form": form, "corrections": corrections}
    wrong = form.errors or any(one.errors for one in corrections)
    return render(request, "cases/answer_objection.html", context, status=422 if wrong else 200)


def _answer(request: HttpRequest, row: Objection, form: AnswerForm, corrections: list[AnswerCorrectionForm]) -> bool:
    """Answer it; False, with the reason in the forms, when they are not filled in or it is refused."""
    forms = [form, *corrections]
    if [one for one in forms if not one.is_valid()]:
        return False
    chosen = [one for one in corrections if one.is_chosen]
    try:
        answer_objection(
            objection=row, actor=signed_in(request), on=today_of(row.case),
            corrections=[one.correction() for one in chosen], also=sorted({pk for one in chosen for pk in one.case_ids()}),
            **form.cleaned_data,
        )  # fmt: skip
    except InputError as refused:
        failed = next((one for one in chosen if one.failed), None)
        if failed is None:
            form.add_error(None, refused.translated(_))
        else:
            failed.refuse(refused)
        return False
    except REFUSALS as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


@require_GET
@login_required
def evidence_download(request: HttpRequest, pk: int) -> HttpResponse:
    """One paper of an objection, as it was filed; never shown inside a page."""
    visible = Objection.objects.visible_to(signed_in(request))
    evidence = get_object_or_404(
        ObjectionEvidence.objects.filter(objection__in=visible).select_related("document"), pk=pk
    )
    response = HttpResponse(evidence.document.read(), content_type=evidence.document.mime_type)
    response.headers["Content-Disposition"] = f'attachment; filename="evidence-{evidence.pk}.{_ending(evidence)}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _ending(evidence: ObjectionEvidence) -> str:
    return str(evidence.document.name.rpartition(".")[2])
