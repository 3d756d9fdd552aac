"""Every sentence with which the gate explains itself, by code.

The calculator speaks English; the web layer translates: `gettext(REASONS[code]).format(**params)`. Parameters are plain
text or whole numbers and never hold a sentence.
"""

from __future__ import annotations

from borrowers.errors import gettext_noop

from .decision import Params

REASONS: dict[str, str] = {
    # Hours
    "outside_hours": gettext_noop(
        "It is {local_time} in {zone}; contact is allowed from {opens} to {closes} in the person's local time."
    ),
    "inconvenient_time": gettext_noop(
        "The borrower called this time inconvenient ({window}); it is {local_time} in {zone}."
    ),
    "inconvenient_time_words": gettext_noop(
        "The borrower called this time inconvenient (“{words}”); it is {local_time} in {zone}."
    ),
    # How often
    "connected_calls": gettext_noop(
        "{count} calls were already answered on {day}; at most {limit} a day are allowed, all creditors and agencies together."
    ),
    "unanswered_attempts": gettext_noop(
        "This number was already tried {count} times without an answer on {day}; at most {limit} attempts a day are allowed."
    ),
    "calls_per_debt": gettext_noop(
        "{count} calls about debt {debt} were made in the {days} consecutive days to {day}; at most {limit} are allowed."
    ),
    "calls_all_debts": gettext_noop(
        "{count} calls were made in the {days} consecutive days to {day}; at most {limit} are allowed."
    ),
    "after_conversation": gettext_noop(
        "There was a conversation about debt {debt} on {spoken_on}; the next call is allowed after {days} days, that day being the first."
    ),
    "after_conversation_any": gettext_noop(
        "There was a conversation on {spoken_on}; the next call is allowed after {days} days, that day being the first."
    ),
    "clustered_minutes": gettext_noop("This would be call number {count} within {minutes} minutes."),
    "clustered_day": gettext_noop("This would be call number {count} on {day}."),
    # With whom
    "outsider": gettext_noop("This person owes nothing and is not a contact person of the file."),
    "wrong_number": gettext_noop("This number proved not to be the person's."),
    "debtor_reachable": gettext_noop(
        "A contact person may be asked only when the debtor is unreachable; the debtor's numbers have not all failed."
    ),
    "contact_person_refused": gettext_noop("This contact person refused; do not contact them again."),
    "contact_person_purpose": gettext_noop(
        "A contact person or other third party may be asked only for contact details or to pass on a message, never about the debt."
    ),
    "third_party_again": gettext_noop("This third party was already spoken with on {spoken_on}; that is allowed once."),
    # By which channel
    "opted_out_address": gettext_noop("The borrower asked for no more contact by {channel} at this address."),
    "opted_out_channel": gettext_noop("The borrower asked for no more contact by {channel}."),
    "opted_out_any": gettext_noop("The borrower asked for no more contact at this address."),
    "workplace": gettext_noop("The employer or the borrower does not allow contact at work."),
    "place_inconvenient": gettext_noop("The borrower called this place inconvenient."),
    "workplace_unknown": gettext_noop(
        "Contact at work is not allowed: make sure that this is not a workplace number or address."
    ),
    "employer_email": gettext_noop("This is an e-mail address given by the employer."),
    "text_consent_missing": gettext_noop("There is no consent to text messages and no check of the number."),
    "text_consent_stale": gettext_noop(
        "The consent to text messages or the check of the number is of {day}, more than {days} days ago."
    ),
    "email_permission_missing": gettext_noop("There is no consent to e-mail and no notice about it was sent."),
    "email_notice_fresh": gettext_noop(
        "The notice about e-mail was sent on {day}; e-mail is allowed {days} days later."
    ),
    # How
    "too_few_collectors": gettext_noop("A visit takes at least {minimum} collectors; {count} planned."),
    "recording_missing": gettext_noop("The call must be recorded: there is no recording reference."),
    "validation_notice_overdue": gettext_noop(
        "The first contact was on {first_on} and no validation notice was sent within {days} days."
    ),
    "validation_notice_due": gettext_noop(
        "Send the validation notice with or within {days} days of the first contact."
    ),
    "dispute_period": gettext_noop(
        "The validation notice was sent on {sent_on}: the consumer may dispute until {end_on} or later; nothing may overshadow that right."
    ),
    "time_barred": gettext_noop("The debt is time-barred: neither sue nor threaten to sue."),
    "time_barred_suit": gettext_noop("The debt is time-barred: a suit or the threat of one is forbidden."),
    # Duties
    "duty.identify_first": gettext_noop("First contact: say who is calling and for whom."),
    "duty.identify": gettext_noop("Make sure who is speaking before the debt is mentioned."),
    "duty.guarantor": gettext_noop("Contact a guarantor only as far as the law and the guarantee allow."),
    "duty.contact_person": gettext_noop(
        "Use the locked script: ask only for contact details or to pass on a message; never mention the debt."
    ),
    "duty.location_only": gettext_noop("Ask for location information only; never mention the debt."),
    "duty.record_call": gettext_noop("Record the call and keep the recording."),
    "duty.visit": gettext_noop("Show identification and enter only with consent."),
    "duty.disclose_first": gettext_noop(
        "First contact: give the full disclosure that this is an attempt to collect a debt by a debt collector."
    ),
    "duty.disclose": gettext_noop("Say that the call is from a debt collector."),
    "duty.opt_out_line": gettext_noop("Tell in the message how to opt out."),
    "duty.voicemail": gettext_noop("On a voicemail leave only the locked limited-content message."),
    "duty.forbearance": gettext_noop(
        "Take account of what the customer can afford; no pressure to pay at once or to borrow."
    ),
    "duty.vulnerable": gettext_noop("The borrower is vulnerable: follow the procedure for vulnerable customers."),
    # What is known of the case
    "flag.attorney": gettext_noop("The borrower is represented by a lawyer: speak only with the lawyer."),
    "flag.represented": gettext_noop("The borrower has a representative: speak only with the representative."),
    "flag.cease": gettext_noop(
        "The borrower demanded in writing that contact cease, or refused to pay: only notices of termination or of a remedy may follow."
    ),
    "flag.dispute_open": gettext_noop("The debt is disputed: collection stops until the dispute is answered."),
    "flag.complaint_open": gettext_noop("A complaint is open: contact is paused until it is answered."),
    "flag.breathing_space": gettext_noop("The borrower is in a breathing space."),
    "flag.mental_health_crisis": gettext_noop("The borrower is in a mental-health crisis breathing space."),
    "flag.debt_adviser": gettext_noop("The borrower is working with a debt adviser: contact is held."),
    "flag.deceased": gettext_noop("The borrower has died."),
    "flag.incapable": gettext_noop("The borrower is not capable of acting."),
    "flag.bankrupt": gettext_noop("The borrower is bankrupt: claims go to the administrator or the court."),
    "flag.minor": gettext_noop("The borrower is a minor: speak only with the guardian."),
    "flag.hold": gettext_noop("The case is on hold."),
    "flag.arrangement_kept": gettext_noop("An arrangement is being kept: collection stops meanwhile."),
    "flag.agency_unlisted": gettext_noop("The agency is not on the published list."),
    "flag.agency_expired": gettext_noop("The agency's review or mandate has expired."),
    "flag.outsourcing_notice_missing": gettext_noop("The borrower was not yet told that an agency takes over."),
    # Why a rule has nothing to say
    "not_binding": gettext_noop("This rule does not bind a {role}."),
    "not_applicable": gettext_noop("This rule does not concern this kind of contact."),
    "switched_off": gettext_noop("This rule is switched off in the pack."),
}


def sentence(code: str, params: Params) -> str:
    """The English sentence of that code; an empty code has none."""
    return REASONS[code].format(**params) if code else ""
