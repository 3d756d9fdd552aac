"""Templates: the right one, filled in whole or not at all."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from borrowers.errors import InputError
from cases.models import Promise
from cases.services.messages import figures_of_cases, find_template, preview_message, render_template
from cases.strategy.placeholders import PLACEHOLDERS
from tests.cases.outbox.conftest import TODAY, make_case, make_template
from tests.factories import CreditorFactory

pytestmark = pytest.mark.django_db


def _render(case, body, **more):
    template = make_template("t", channel="email", body=body, **more)
    return render_template(template, figures_of_cases([case], TODAY)[case.pk][0])[1]


def test_every_placeholder_can_be_filled(case):
    Promise.objects.create(case=case, amount=10, due_on=TODAY, made_on=TODAY)
    names = [name for name in PLACEHOLDERS if name != "due_amount"]
    body = _render(case, "\n".join(f"{name}={{{name}}}" for name in names))
    assert "overdue_amount=¥110.00" in body
    assert "pay_by=March 7, 2026" in body
    assert "promise_due_on=March 2, 2026" in body
    assert f"reference={case.case_no}" in body
    assert "repayment_account=Sample Lender\nSample Bank" in body
    assert "{" not in body


def test_the_name_is_masked_and_the_account_cut(case):
    body = _render(case, "{salutation} {account}")
    assert case.borrower.name not in body
    assert case.loans.get().account_no not in body


@pytest.mark.parametrize("body", ["{nonsense}", "a { brace", "{promise_amount}", "{due_amount}"])
def test_what_cannot_be_filled_is_refused(case, body):
    with pytest.raises(InputError):
        _render(case, body)


def test_a_creditor_without_a_telephone_names_none(case):
    case.creditor.phone = case.borrower.creditor.phone = ""
    with pytest.raises(InputError, match="phone"):
        _render(case, "Call {phone}")


def test_a_wrong_placeholder_is_refused_when_the_template_is_saved():
    with pytest.raises(ValidationError) as caught:
        make_template("t", body="{nonsense}").full_clean()
    assert "body" in caught.value.message_dict
    with pytest.raises(ValidationError) as caught:
        make_template("u", channel="email", body="x", subject="{nonsense}").full_clean()
    assert "subject" in caught.value.message_dict
    make_template("v").full_clean()


def test_dates_and_words_are_in_the_language_of_the_template(case):
    assert "2026年3月7日" in _render(case, "{pay_by}前还款", language="zh-hans")


@pytest.mark.parametrize(
    ("borrower", "creditor", "expected"),
    [
        ("zh-CN", "en", "zh-hans"),
        ("en-US", "zh-hans", "en"),
        ("", "zh-hans", "zh-hans"),
        ("fr", "en", "en"),
    ],
)
def test_the_borrowers_language_else_the_creditors(borrower, creditor, expected):
    make_template("t")
    make_template("t", language="zh-hans")
    case = make_case(CreditorFactory(language=creditor), language=borrower)
    assert find_template("t", "sms", case.borrower).language == expected


def test_the_creditors_own_wording_before_the_common_one_and_never_anothers():
    make_template("t")
    case = make_case()
    make_template("t", creditor=CreditorFactory(), body="theirs")
    assert find_template("t", "sms", case.borrower).creditor is None
    own = make_template("t", creditor=case.creditor)
    assert find_template("t", "sms", case.borrower) == own
    own.is_active = False
    own.save()
    assert find_template("t", "sms", case.borrower).creditor is None


def test_the_law_of_the_place_adds_how_to_stop():
    make_template("t", body="Pay.{opt_out}")
    here, there = make_case(), make_case(CreditorFactory(pack="us_reg_f"))
    assert preview_message(case=here, code="t", channel="sms", on=TODAY) == ("", "Pay.")
    assert preview_message(case=there, code="t", channel="sms", on=TODAY)[1].endswith("STOP to stop these messages.")


def test_there_is_no_template(case):
    with pytest.raises(InputError):
        preview_message(case=case, code="nonsense", channel="sms", on=dt.date(2026, 3, 2))
