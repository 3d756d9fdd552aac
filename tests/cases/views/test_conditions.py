"""What is said about contact: recorded with the call by two keys, listed on the case, ended with a reason."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from borrowers.models import AuditEvent
from cases.models import CallScript, ContactCondition, ContactRecord, DialledCall
from cases.services.contact_gate import judge
from cases.services.defaults import load_defaults
from tests.cases.views.conftest import TEN, House
from tests.cases.views.test_access import Enter
from tests.factories import ContactConditionFactory

HTMX = {"HX-Request": "true"}


def call(house: House, **more: object) -> dict[str, object]:
    return {"contact_point": house.phone.pk, "direction": "out", "outcome": "no_intent", "notes": "said so", **more}


def log(house: House, enter: Enter, **more: object):
    return enter(house.collector).post(
        reverse("cases:log_call", args=[house.case.pk]), call(house, **more), headers=HTMX
    )


def test_the_panel_stands_in_the_call_form_with_its_letters(house: House, enter: Enter) -> None:
    text = enter(house.collector).get(reverse("cases:log_call", args=[house.case.pk])).content.decode()
    assert "data-conditions" in text
    assert 'data-condition-key="s"' in text
    assert "no SMS" in text


def test_what_was_said_is_recorded_with_the_call(house: House, enter: Enter) -> None:
    assert log(house, enter, condition=["s", "h"], until_h="2026-03-20").status_code == 204
    record = ContactRecord.objects.get()
    kinds = {(c.kind, c.code): c for c in ContactCondition.objects.filter(contact=record)}
    assert set(kinds) == {("opt_out", "sms"), ("flag", "hold")}
    # The last day is told: it ends as the next one begins on the creditor's clock.
    assert kinds["flag", "hold"].until.astimezone(house.creditor.zone) == dt.datetime(
        2026, 3, 21, tzinfo=house.creditor.zone
    )
    decision = judge(
        borrower=house.case.borrower, case=house.case, contact_point=house.phone, channel="phone",
        at=TEN + dt.timedelta(minutes=5), party="debtor", moment="dial", store=False,
    )  # fmt: skip
    assert decision.rule == "hold"


def test_a_number_that_is_not_wanted_is_the_one_of_the_call(house: House, enter: Enter) -> None:
    log(house, enter, condition=["x"])
    assert ContactCondition.objects.get().to == house.phone.value


def test_times_are_taken_in_the_borrowers_words(house: House, enter: Enter) -> None:
    log(house, enter, condition=["t"], words_t="weekdays except 3 to 5")
    condition = ContactCondition.objects.get()
    assert (condition.kind, condition.days, condition.outside) == ("time", [0, 1, 2, 3, 4], True)
    assert (condition.starts, condition.ends) == (dt.time(15), dt.time(17))
    assert condition.words == "weekdays except 3 to 5"


@pytest.mark.parametrize(("words", "told"), [("weekdays except 3 to 5", "15:00"), ("blah", "text-danger"), ("", "")])
def test_times_are_shown_back_before_they_are_saved(house: House, enter: Enter, words: str, told: str) -> None:
    answer = enter(house.collector).get(reverse("cases:times"), {"words_t": words})
    assert told in answer.content.decode()
    assert not ContactCondition.objects.exists()


@pytest.mark.parametrize(
    "fault",
    [{"condition": ["t"], "words_t": "whenever"}, {"condition": ["l"]}, {"condition": ["h"], "until_h": "2020-01-01"}],
)
def test_nothing_is_saved_when_one_thing_is_wrong(house: House, enter: Enter, fault: dict[str, object]) -> None:
    answer = log(house, enter, **fault)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert not ContactRecord.objects.exists()
    assert not ContactCondition.objects.exists()


def test_the_case_page_lists_what_stands(house: House, enter: Enter) -> None:
    ContactConditionFactory(borrower=house.case.borrower, kind="opt_out", code="sms", words="enough of these")
    text = enter(house.collector).get(reverse("cases:case", args=[house.case.pk])).content.decode()
    assert "no SMS" in text
    assert "enough of these" in text
    assert "at every creditor" in text


def test_they_are_recorded_without_a_call_too(house: House, enter: Enter) -> None:
    address = reverse("cases:add_conditions", args=[house.case.pk])
    client = enter(house.collector)
    assert client.get(address).status_code == 200
    assert "Choose at least one" in client.post(address, {"source": "letter"}, headers=HTMX).content.decode()
    assert (
        "Choose the number"
        in client.post(address, {"source": "letter", "condition": ["x"]}, headers=HTMX).content.decode()
    )
    given = {"source": "letter", "condition": ["l"], "words_l": "Ms L. Sample, 1 Sample Street"}
    assert client.post(address, given, headers=HTMX).status_code == 204
    assert (ContactCondition.objects.get().code, ContactCondition.objects.get().source) == ("attorney", "letter")


def test_an_opt_out_is_ended_by_a_collector_and_a_flag_by_a_supervisor(house: House, enter: Enter) -> None:
    wish = ContactConditionFactory(borrower=house.case.borrower, kind="opt_out", code="sms")
    flag = ContactConditionFactory(borrower=house.case.borrower, kind="flag", code="dispute_open")

    def end(person, condition, reason="asked for it"):
        address = reverse("cases:end_condition", args=[house.case.pk, condition.pk])
        return enter(person).post(address, {"reason": reason}, headers=HTMX).status_code

    assert end(house.collector, wish, "") == 200
    assert end(house.collector, flag) == 200
    assert ContactCondition.objects.filter(ended_at=None).count() == 2
    assert end(house.collector, wish) == 204
    assert end(house.supervisor, flag) == 204
    assert not ContactCondition.objects.filter(ended_at=None).exists()
    assert end(house.supervisor, flag) == 404  # it stands no more


def dial(house: House, enter: Enter):
    return enter(house.collector).post(reverse("cases:dial", args=[house.case.pk, house.phone.pk]), headers=HTMX)


def test_a_call_is_dialled_logged_and_tied_together(house: House, enter: Enter) -> None:
    answer = dial(house, enter)
    assert f"tel:{house.phone.value}" in answer["HX-Trigger"]
    text = answer.content.decode()
    assert "What came of it?" in text
    assert house.phone.value not in text
    call = DialledCall.objects.get()
    assert log(house, enter).status_code == 204
    record = ContactRecord.objects.get()
    assert (record.dialled_call, record.recording_ref, record.at) == (call, call.recording_ref, call.started_at)


def test_a_second_dial_asks_for_the_first_call_to_be_logged(house: House, enter: Enter) -> None:
    dial(house, enter)
    again = dial(house, enter)
    assert "Log your call" in again.content.decode()
    assert "HX-Trigger" not in again
    assert DialledCall.objects.count() == 1


def test_what_the_gate_refuses_is_told_and_not_dialled(house: House, enter: Enter) -> None:
    ContactConditionFactory(borrower=house.case.borrower, kind="flag", code="cease")
    answer = dial(house, enter)
    assert answer.status_code == 200
    assert "notice-warning" in answer.content.decode()
    assert not DialledCall.objects.exists()


def test_the_call_form_shows_what_is_said_by_rule(house: House, enter: Enter) -> None:
    load_defaults()
    text = enter(house.collector).get(reverse("cases:log_call", args=[house.case.pk])).content.decode()
    assert "受" in text or "calling for" in text
    assert house.creditor.name in text
    assert str(house.collector) in text
    CallScript.objects.update(is_active=False)
    assert (
        "What is said"
        not in enter(house.collector).get(reverse("cases:log_call", args=[house.case.pk])).content.decode()
    )


def test_a_script_without_its_lines_is_refused_where_it_is_written(db: None) -> None:
    script = CallScript(pack="cn", language="en", situation="debtor", opening="Hello {borrower}", closing="Bye")
    with pytest.raises(ValidationError) as refused:
        script.full_clean()
    assert "opening" in refused.value.message_dict
    script.opening = "I am {caller} for {creditor}, recorded, {borrower}: you will be arrested"
    script.closing = "{complaint_line}"
    with pytest.raises(ValidationError) as refused:
        script.full_clean()
    assert "<mark>arrested</mark>" in str(refused.value.message_dict["opening"])


def test_the_place_of_a_number_is_told_on_the_case_page(house: House, enter: Enter) -> None:
    address = reverse("cases:place", args=[house.case.pk, house.phone.pk])
    assert enter(house.collector).post(address, {"place": "workplace"}, headers=HTMX).status_code == 204
    house.phone.refresh_from_db()
    assert house.phone.place == "workplace"
    ContactConditionFactory(borrower=house.case.borrower, kind="place", code="workplace")
    assert "notice-warning" in dial(house, enter).content.decode()  # the gate heeds it
    assert enter(house.collector).post(address, {"place": "moon"}, headers=HTMX).status_code == 404
    assert enter(house.stranger).post(address, {"place": "home"}, headers=HTMX).status_code == 404
    assert AuditEvent.objects.filter(action="set_place").count() == 1


def test_the_hour_is_told_on_the_borrowers_clock_and_a_warning_before_the_dial(house: House, enter: Enter) -> None:
    page = reverse("cases:case", args=[house.case.pk])
    ContactConditionFactory(borrower=house.case.borrower, kind="place", code="workplace")
    text = enter(house.collector).get(page).content.decode()
    assert '<div class="verdict quiet">' in text  # at work it is forbidden, and nobody said what place this is
    house.case.borrower.time_zone = "Europe/London"  # two at night there
    house.case.borrower.save()
    text = enter(house.collector).get(page).content.decode()
    assert f"Allowed from {TEN:%Y-%m-%d} 08:00 (Europe/London)." in text
