"""What each role may do. Groups hold it, so that an installation may change it; this is how it begins."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from borrowers.models.user import COLLECTOR, COUNSEL, LEGAL, MANAGER, OPERATOR, SUPERVISOR

# Names of permissions, also of the apps above: a name is data, not an import.
_VIEW_FILES = (
    "borrowers.view_creditor",
    "borrowers.view_borrower",
    "borrowers.view_contactpoint",
    "borrowers.view_loan",
    "borrowers.view_instalment",
    "borrowers.view_loanbalance",
    "borrowers.view_loanpause",
    "borrowers.view_payment",
    "borrowers.view_allocation",
    "borrowers.view_ledgerentry",
    "borrowers.view_costitem",
    "borrowers.view_penaltypolicy",
    "borrowers.view_placement",
    "borrowers.view_document",
    "borrowers.view_auditevent",
)
_VIEW_CASES = (
    "cases.view_case",
    "cases.view_caseloan",
    "cases.view_contactrecord",
    "cases.view_contactseal",
    "cases.view_gatedecision",
    "cases.view_message",
    "cases.view_letter",
    "cases.view_plan",
    "cases.view_planstep",
    "cases.view_promise",
    "cases.view_arrangement",
    "cases.view_casepaper",
    "cases.view_objection",
    "cases.view_objectionevidence",
    "cases.view_riskrecord",
    "cases.view_contactcondition",
    "cases.view_legalhold",
    "cases.view_dialledcall",
    "cases.view_posting",
    "cases.view_printrun",
    "cases.view_messagepart",
    "cases.view_providerevent",
    "cases.view_providerstate",
)

ROLE_PERMISSIONS: dict[str, tuple[str, ...]] = {
    COLLECTOR: ("cases.work_case", "cases.issue_letter", "cases.reveal_contact", "cases.propose_arrangement"),
    SUPERVISOR: (
        *_VIEW_FILES,
        *_VIEW_CASES,
        "borrowers.load_placement",
        "borrowers.book_entry",
        "borrowers.book_payments",
        "borrowers.view_paymentsource",
        "borrowers.add_paymentsource",
        "borrowers.change_paymentsource",
        "borrowers.view_paymentfile",
        "borrowers.view_paymentline",
        "cases.work_case",
        "cases.supervise_case",
        "cases.change_case",
        "cases.assign_case",
        "cases.hold_case",
        "cases.close_case",
        "cases.propose_arrangement",
        "cases.approve_arrangement",
        "cases.answer_objection",
        "cases.view_approvalrule",
        "cases.send_case_to_legal",
        "cases.issue_letter",
        "cases.reveal_contact",
        "cases.end_flag",
        "cases.set_legal_hold",
        "cases.make_print_run",
        "cases.view_callscript",
        "cases.add_callscript",
        "cases.change_callscript",
        "cases.view_developmentdelivery",
        "cases.view_dayrun",
        "cases.view_team",
        "cases.change_team",
        "cases.add_teammembership",
        "cases.change_teammembership",
        "cases.delete_teammembership",
        "cases.view_teammembership",
        "cases.view_strategy",
        "cases.add_strategy",
        "cases.change_strategy",
        "cases.view_strategystep",
        "cases.add_strategystep",
        "cases.change_strategystep",
        "cases.delete_strategystep",
        "cases.view_scorecardversion",
        "cases.add_scorecardversion",
        "cases.change_scorecardversion",
        "cases.view_messagetemplate",
        "cases.add_messagetemplate",
        "cases.change_messagetemplate",
        "borrowers.view_user",
        "legal.view_matter",
        "legal.view_legalpaper",
        "legal.view_lawfirm",
        "legal.view_lawyer",
        "legal.view_mandate",
        "legal.view_court",
        "legal.view_matterbatch",
        "legal.add_limitationevent",
        "legal.view_limitationperiod",
        "legal.add_limitationperiod",
        "legal.change_limitationperiod",
    ),
    MANAGER: ("cases.approve_large_arrangement",),
    LEGAL: (
        "cases.view_legal_case",
        "cases.reveal_contact",
        "cases.view_letter",
        "legal.view_matter",
        "legal.work_matter",
        "cases.view_legalhold",
        "cases.set_legal_hold",
        "legal.approve_paper",
        "legal.view_legalpaper",
        "legal.view_lawfirm",
        "legal.add_lawfirm",
        "legal.change_lawfirm",
        "legal.view_lawyer",
        "legal.add_lawyer",
        "legal.change_lawyer",
        "legal.view_mandate",
        "legal.view_court",
        "legal.add_court",
        "legal.change_court",
        "legal.view_matterbatch",
        "legal.add_mandate",
        "legal.view_papertemplate",
        "legal.edit_papertemplate",
        "legal.view_firmcertificate",
        "legal.add_firmcertificate",
        "legal.add_limitationevent",
        "legal.view_limitationperiod",
        "legal.add_limitationperiod",
        "legal.change_limitationperiod",
        "cases.view_gatedecision",
    ),
    # The firm's own lawyers stand for its letters: without `approve_paper` no letter of a firm from outside could leave.
    COUNSEL: ("legal.counsel_matter", "legal.approve_paper"),
    OPERATOR: (
        "cases.view_gatedecision",
        "borrowers.view_creditor",
        "borrowers.add_creditor",
        "borrowers.change_creditor",
        "borrowers.view_costitem",
        "borrowers.add_costitem",
        "borrowers.change_costitem",
        "borrowers.view_penaltypolicy",
        "borrowers.add_penaltypolicy",
        "borrowers.change_penaltypolicy",
        "borrowers.view_user",
        "borrowers.add_user",
        "borrowers.change_user",
        "borrowers.view_placement",
        "borrowers.load_placement",
        "cases.view_approvalrule",
        "cases.add_approvalrule",
        "cases.change_approvalrule",
        "cases.view_dayrun",
        "cases.view_team",
        "cases.add_team",
        "cases.change_team",
        "cases.view_teammembership",
        "cases.add_teammembership",
        "cases.change_teammembership",
        "cases.delete_teammembership",
    ),
}


def set_up_roles(*, add_missing: bool = False) -> None:
    """Make the role groups that are missing, with their permissions. A group that exists keeps what was given or taken
    by hand; with `add_missing` it gains what it lacks, as after an update that brings new permissions."""
    with transaction.atomic():
        for name, wanted in ROLE_PERMISSIONS.items():
            group, _created = Group.objects.get_or_create(name=name)
            if group.permissions.exists() and not add_missing:
                continue
            query = Q(pk__in=[])
            for permission in wanted:
                app, codename = permission.split(".")
                query |= Q(content_type__app_label=app, codename=codename)
            found = list(Permission.objects.filter(query).select_related("content_type"))
            if len(found) != len(set(wanted)):
                known = {f"{p.content_type.app_label}.{p.codename}" for p in found}
                raise LookupError(f"role {name}: no such permission: {', '.join(sorted(set(wanted) - known))}")
            group.permissions.add(*found)
