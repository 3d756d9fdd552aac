"""The table of docs/gate-rules.md: each rule of the source, what the packs make of it, and the tests that hold its edges.

    .venv/bin/python -m tests.checks.gate_rules > docs/gate-rules.md

Severity, override, figures and clause are read from the packs, so a changed pack changes the page; a test compares them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from cases.policy import Pack, Role, load_pack, pack_names
from cases.policy.facts import Channel, Party
from cases.policy.rules import Rule

CN, US, UK = "cn", "us_reg_f", "uk"


@dataclass(frozen=True)
class Row:
    """One rule of the source. `rules`: pack:code, those that enforce it; `tests`: file:name without their "test_"."""

    source: str
    rules: tuple[str, ...]
    tests: tuple[str, ...]


def row(source: str, rules: str, tests: str) -> Row:
    return Row(source, tuple(rules.split()), tuple(tests.split()))


def everywhere(*codes: str) -> str:
    return " ".join(f"{pack}:{code}" for code in codes for pack in (CN, US, UK))


ROWS = (
    row("China: no collection 22:00–08:00 unless agreed", "cn:night_window", "hours:cn_night_window_edges hours:cn_night_binds_every_channel_that_disturbs hours:agreement_to_be_called_at_night_covers_only_its_debts_and_not_the_past hours:a_letter_has_no_hour"),
    row("China: ≤ 3 answered calls a day per debtor, all creditors and agencies together", "cn:connected_calls", "calls_cn:the_fourth_answered_call_waits_for_the_next_morning calls_cn:answered_calls_count_over_all_numbers_and_debts_of_the_debtor calls_cn:what_is_no_answered_call_to_the_debtor hours:day_limits_follow_the_borrowers_day_not_the_offset_of_the_input"),
    row("China: ≤ 6 unanswered attempts a day on one number, unless agreed", "cn:attempts", "calls_cn:the_seventh_unanswered_attempt_on_a_number calls_cn:attempts_count_on_one_number_whoever_was_sought_and_however_it_is_written calls_cn:more_attempts_may_be_agreed"),
    row("China: interval per product, one weak source: off", "cn:product_interval", "calls_cn:product_interval_is_shipped_switched_off"),
    row("China: the debtor; guarantors as law and contract allow; nobody else", "cn:outsider cn:guarantor", "calls_cn:outsiders_are_blocked_for_good_their_representative_is_none calls_cn:guarantors_are_allowed_and_the_duty_is_told edges:each_party_and_role_by_day_in_each_pack"),
    row("China: contact persons only if the debtor is unreachable, dead or incapable", "cn:contact_person", "calls_cn:contact_person_only_when_the_debtor_is_unreachable calls_cn:contact_person_when_the_debtor_is_dead_or_incapable edges:who_was_incapable_for_a_time_is_asked_again_afterwards"),
    row("China: unreachable = number invalid or 3 failures in a row; computed, and begun anew", "cn:contact_person", "calls_cn:contact_person_only_when_the_debtor_is_unreachable calls_cn:every_known_number_must_have_failed calls_cn:a_sign_of_life_begins_the_count_anew edges:a_visit_that_met_the_debtor_begins_the_count_anew"),
    row("China: contact persons are asked only for details or to relay, never hear of the debt", "cn:contact_person_purpose cn:contact_person_script", "calls_cn:contact_persons_never_hear_of_the_debt"),
    row("China: a contact person who refused is left alone for good", "cn:contact_person_refused", "calls_cn:a_contact_person_who_refused_is_left_alone_for_good"),
    row("China: say at first contact who is calling for whom", "cn:identity", "calls_cn:first_contact_says_who_calls edges:the_first_contact_about_a_second_debt_is_a_first_contact"),
    row("China: ≥ 2 collectors at a visit, ID shown, consent to enter", "cn:visit_heads cn:visit_conduct", "calls_cn:visits_take_two"),
    row("China: calls are recorded; where the pack says so no dial without a reference", "cn:recording", "calls_cn:calls_are_recorded pack:the_pack_may_demand_a_recording_and_switch_rules_off"),
    row("China: agencies listed and reviewed within the year; notice before outsourcing", "cn:agency_unlisted cn:agency_expired cn:outsourcing_notice", "status:agency_flags_bind_agencies"),
    row("China: collection stops while an arrangement is kept", "cn:arrangement_kept", "status:every_stop_refuses_in_every_pack_and_time_does_not_heal_it"),
    row("China: contact pauses while a complaint is open", "cn:complaint", "status:every_stop_refuses_in_every_pack_and_time_does_not_heal_it status:what_may_still_be_sent"),
    row("United States: ≤ 7 calls in 7 consecutive days per person per debt", "us_reg_f:call_frequency", "calls_us:the_eighth_call_waits_until_the_first_leaves_the_window calls_us:it_waits_for_as_many_as_there_are_too_many edges:calls_leave_the_window_in_the_last_of_several_zones properties:who_obeys_regulation_f_never_passes_its_limits"),
    row("United States: not within 7 days of a conversation, its date being day 1; inbound ones too", "us_reg_f:after_conversation", "calls_us:seven_days_after_a_conversation_its_day_being_the_first calls_us:the_day_of_a_conversation_is_the_consumers_in_every_possible_zone edges:seven_days_over_a_change_of_the_clock edges:a_day_that_samoa_never_had"),
    row("United States: what counts; direct prior consent ≤ 7 days old and its end", "us_reg_f:call_frequency us_reg_f:after_conversation", "calls_us:what_counts calls_us:what_does_not_count calls_us:direct_prior_consent_frees_calls_for_seven_days edges:consent_to_calls_ends_with_any_talk edges:consent_to_calls_lasts_until_the_end_of_its_seventh_day"),
    row("United States: an unanswered call counts toward one debt, a conversation toward all discussed", "us_reg_f:call_frequency", "calls_us:an_unanswered_call_counts_toward_its_first_debt_a_conversation_toward_all calls_us:unnamed_debts_count_for_all"),
    row("United States: calls to wrong numbers are recounted", everywhere("wrong_number") + " us_reg_f:call_frequency", "calls_us:a_number_that_proves_wrong_is_recounted edges:a_number_wrong_for_the_debtor_stays_so_when_the_guarantor_answers_there edges:a_number_right_again_is_counted_again edges:a_conversation_with_a_stranger_is_none_with_the_consumer"),
    row("United States: 2 calls in 5 minutes, 7 in a day", "us_reg_f:clustering", "calls_us:two_calls_within_five_minutes_warn calls_us:the_seventh_call_of_a_day_warns"),
    row("United States: not before 8:00 nor after 21:00 in every zone where the consumer may be; messages at sending", "us_reg_f:hours", "hours:reg_f_hours_edges_nine_sharp_is_allowed hours:reg_f_hours_bind_messages_at_sending hours:several_zones_all_must_fit hours:nights_in_which_the_clock_changes edges:half_an_hour_of_lord_howe"),
    row("Inconvenient times and places in the borrower's words", everywhere("inconvenient_time", "inconvenient_place"), "hours:not_from_three_to_five_on_weekdays hours:weekdays_except_three_to_five hours:window_past_midnight_belongs_to_the_day_it_starts hours:two_windows_are_waited_out_together edges:half_past_one_comes_twice_on_lord_howe status:places"),
    row("A known lawyer or representative", everywhere("attorney", "represented"), "status:every_stop_refuses_in_every_pack_and_time_does_not_heal_it status:the_representative_may_always_be_spoken_with status:reg_f_stops_warn_a_creditor"),
    row("Workplace, where employer or borrower forbid it", everywhere("workplace", "workplace_unknown"), "status:places"),
    row("Cease or refusal in writing: only termination and remedy notices after", everywhere("cease"), "status:every_stop_refuses_in_every_pack_and_time_does_not_heal_it status:what_may_still_be_sent"),
    row("Opt-out by channel and by number, one confirmation", everywhere("opt_out"), "status:opt_out_by_channel_by_address_and_by_both status:one_confirmation_of_an_opt_out edges:only_a_message_confirms_an_opt_out"),
    row("United States: text consent or number check ≤ 60 days", "us_reg_f:text_consent", "status:text_consent_and_its_freshness"),
    row("United States: e-mail after a notice of ≥ 35 days, or consent", "us_reg_f:email_permission", "status:email_needs_consent_or_a_notice_thirty_five_days_old"),
    row("United States: no employer's e-mail address; opt-out line in every message", "us_reg_f:employer_email us_reg_f:opt_out_line", "status:no_email_to_the_employers_address_unless_used status:messages_carry_the_opt_out_line"),
    row("United States: limited-content voicemail; disclosure in full at first contact, later short", "us_reg_f:voicemail us_reg_f:disclosure_first us_reg_f:disclosure", "status:disclosure_in_full_at_first_contact_short_later edges:what_said_nothing_of_the_debt_was_no_first_contact"),
    row("United States: third parties once, for location, never the debt", "us_reg_f:third_party_once us_reg_f:third_party_purpose us_reg_f:third_party_script us_reg_f:third_party_refused", "calls_us:a_third_party_once calls_us:an_unanswered_call_to_a_third_party_reached_nobody"),
    row("United States: validation notice in or ≤ 5 days after first contact; 30 days to dispute from receipt (≥ 5 business days)", "us_reg_f:validation_notice us_reg_f:validation_notice_overdue", "status:validation_notice status:holidays_move_the_assumed_receipt edges:the_validation_notice_is_overdue_on_the_sixth_day_from_the_first_contact_about_that_debt"),
    row("Dispute: stop until answered", everywhere("dispute"), "status:every_stop_refuses_in_every_pack_and_time_does_not_heal_it status:what_may_still_be_sent"),
    row("Time-barred: no suit or threat of one", "us_reg_f:time_barred_suit us_reg_f:time_barred uk:time_barred_suit uk:time_barred", "status:no_threat_of_suit_on_a_time_barred_debt edges:who_is_not_told_to_be_a_creditor_is_bound"),
    row("United Kingdom: no unreasonable times: configurable window, warns", "uk:hours", "hours:uk_hours_only_warn"),
    row("United Kingdom: identify before discussing; no disclosure to third parties", "uk:identify uk:outsider uk:contact_person uk:contact_person_purpose uk:contact_person_refused", "status:uk_parties standing:the_british_duties"),
    row("United Kingdom: no pressure to pay at once or to borrow", "uk:forbearance", "standing:the_british_duties"),
    row("United Kingdom: debt adviser: hold about 30 days, longer if told", "uk:debt_adviser", "edges:uk_stops_last_as_many_days_as_the_pack_says"),
    row("United Kingdom: breathing space 60 days", "uk:breathing_space", "edges:uk_stops_last_as_many_days_as_the_pack_says"),
    row("United Kingdom: mental-health crisis: treatment and 30 days", "uk:mental_health_crisis", "edges:a_mental_health_crisis_stops_contact_for_thirty_days_after_the_treatment"),
    row("United Kingdom: complaints (the deadlines are the complaint's own)", "uk:complaint", "status:every_stop_refuses_in_every_pack_and_time_does_not_heal_it"),
    row("Deceased, incapable, bankrupt, minor", everywhere("deceased", "incapable", "bankrupt", "minor"), "status:every_stop_refuses_in_every_pack_and_time_does_not_heal_it status:death_does_not_shield_the_guarantor"),
    row("The house: holds, and what one pack's law asks also under the others", everywhere("hold", "vulnerable") + " cn:breathing_space us_reg_f:breathing_space cn:mental_health_crisis us_reg_f:mental_health_crisis cn:debt_adviser us_reg_f:debt_adviser us_reg_f:complaint us_reg_f:arrangement_kept uk:arrangement_kept us_reg_f:agency_unlisted us_reg_f:agency_expired us_reg_f:outsourcing_notice_missing uk:agency_unlisted uk:agency_expired uk:outsourcing_notice_missing", "status:a_stop_with_an_end_names_the_first_minute_after_it status:agency_flags_bind_agencies status:vulnerable_borrowers_are_told_of status:house_rules_may_be_overridden_the_law_not"),
    row("A refusal names rule, clause, reason and the next minute, which is true and the first", "", "properties:at_the_next_minute_the_same_attempt_is_allowed properties:no_minute_before_it_is_allowed properties:the_counting_rules_agree_with_a_plain_reading_of_all_contacts calculator:a_refusal_in_the_words_of_the_contract calculator_fuzz:every_odd_value_in_every_place"),
    row("A decision does not grow with the age of the case", "", "speed:an_old_case_costs_no_more_than_a_young_one"),
)  # fmt: skip


def page() -> str:
    """The whole of docs/gate-rules.md."""
    lines = [
        "# The rules of the contact gate",
        "",
        "Made by `.venv/bin/python -m tests.checks.gate_rules > docs/gate-rules.md`; a test fails when it is not so any more.",
        "How the sources are read where they leave something open: [adr/0010](adr/0010-contact-gate.md).",
        "Tests are in `tests/cases/policy/`; `hours:x` is `test_hours.py::test_x`.",
        "",
        "## What the sources ask",
        "",
        "| Rule of the source | Pack: rule | Tests |",
        "|---|---|---|",
        *(f"| {each.source} | {', '.join(each.rules) or 'all'} | {', '.join(each.tests)} |" for each in ROWS),
    ]
    for name in pack_names():
        lines += _pack(load_pack(name))
    return "\n".join(lines) + "\n"


def _pack(pack: Pack) -> list[str]:
    return [
        "",
        f"## {pack.name}, version {pack.version}",
        "",
        "| Rule | Severity | Override | Figures | Concerns | Clause | Grade | Since |",
        "|---|---|---|---|---|---|---|---|",
        *(_line(rule) for rule in pack.rules),
    ]


def _line(rule: Rule) -> str:
    terms = rule.terms
    severity = "off" if not terms.enabled else str(terms.severity)
    by_role = "".join(f"; {role}: {value}" for role, value in sorted(terms.severity_by_role.items()))
    concerns = "; ".join(
        ", ".join(sorted(given))
        for given, every in ((terms.roles, Role), (terms.parties, Party), (terms.channels, Channel))
        if given != frozenset(every)
    )
    figures = "; ".join(f"{f.name} {_figure(getattr(rule, f.name))}" for f in fields(rule) if f.name != "terms")
    override = "supervisor" if terms.overridable else ""
    cells = (terms.code, severity + by_role, override, figures, concerns, terms.source, terms.grade, terms.effective_on)
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _figure(value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(map(str, value))) or "–"
    return "–" if value is None else str(value)


if __name__ == "__main__":
    print(page(), end="")
