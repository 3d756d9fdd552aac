"""A wording is checked when it is saved: placeholders, red lines with the words marked, and how to stop messages."""

import pytest
from django.core.exceptions import ValidationError

from cases.models import MessageTemplate
from tests.factories import CreditorFactory

pytestmark = pytest.mark.django_db


def faults(body, creditor=None, **more):
    template = MessageTemplate(code="x", channel="sms", language="en", creditor=creditor, body=body, **more)
    try:
        template.full_clean()
    except ValidationError as refused:
        return {field: [str(message) for message in messages] for field, messages in refused.message_dict.items()}
    return {}


def test_red_lines_are_refused_with_the_words_marked():
    told = faults("Pay, or you will be arrested & jailed.{opt_out}", subject="Court notice")
    assert "<mark>arrested</mark> &amp; <mark>jailed</mark>" in told["body"][0]
    assert "FDCPA" in told["body"][0]
    assert "<mark>Court notice</mark>" in told["subject"][0]
    assert faults("Please pay by {pay_by}.{opt_out}") == {}


def test_markup_in_a_wording_is_no_markup_of_ours():
    (told,) = faults("<b>you will be arrested</b>{opt_out}")["body"]
    assert "&lt;b&gt;" in told


@pytest.mark.parametrize(("pack", "is_needed"), [("us_reg_f", True), ("cn", False), ("uk", False), (None, True)])
def test_how_to_stop_stands_where_a_law_may_ask_for_it(pack, is_needed):
    creditor = CreditorFactory.create(pack=pack) if pack else None
    assert ("body" in faults("Please pay.", creditor)) is is_needed
    assert faults("Please pay.{opt_out}", creditor) == {}


def test_several_faults_are_told_at_once():
    told = faults("{nobody} you will be arrested")["body"]
    assert len(told) == 3
