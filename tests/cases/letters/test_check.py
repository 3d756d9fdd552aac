"""A letter that lacks something, or whose figures do not add up, is refused with every reason."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from cases.letters.check import LetterRefused, check_content
from cases.policy.red_lines import lint_text
from tests.cases.letters import samples


def codes(content: Any) -> set[str]:
    with pytest.raises(LetterRefused) as refused:
        check_content(content)
    return {reason.code for reason in refused.value.reasons}


def test_complete_letters_pass() -> None:
    for language in ("zh-hans", "en"):
        check_content(samples.demand(language))
        check_content(samples.lawyers(language))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"authority": " "}, "authority"),
        ({"number": ""}, "number"),
        ({"complaint_line": ""}, "complaint_line"),
        ({"legal_basis": ()}, "legal_basis"),
        ({"pay_by": samples.CUT_OFF}, "pay_by"),
        ({"cut_off": samples.CUT_OFF + dt.timedelta(days=1)}, "cut_off"),
        ({"total": Decimal("1890.76")}, "total"),
        ({"total": Decimal("0.00"), "contracts": ()}, "nothing_due"),
        ({"language": "fr"}, "language"),
    ],
)
def test_what_is_wrong_with_a_demand_is_named(changes: dict[str, Any], code: str) -> None:
    assert code in codes(replace(samples.demand(), **changes))


def test_no_address_and_no_account_are_both_named_at_once() -> None:
    content = samples.demand()
    content = replace(
        content,
        addressee=replace(content.addressee, address=""),
        account=replace(content.account, number=""),
    )
    assert codes(content) == {"addressee.address", "account.number"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"mandate_reference": ""}, "mandate_reference"),
        ({"lawyer": ""}, "lawyer"),
        ({"lawyer_licence_no": ""}, "lawyer_licence_no"),
        ({"mandate_from": samples.CUT_OFF + dt.timedelta(days=1)}, "mandate_from"),
    ],
)
def test_what_is_wrong_with_a_lawyers_letter_is_named(changes: dict[str, Any], code: str) -> None:
    assert codes(replace(samples.lawyers(), **changes)) == {code}


def test_a_row_that_does_not_add_up_is_named() -> None:
    content = samples.demand()
    contract = content.contracts[0]
    wrong = replace(contract.rows[0], paid=Decimal("0.00"))
    content = replace(content, contracts=(replace(contract, rows=(wrong, *contract.rows[1:])),))
    assert codes(content) == {"row"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("再不还款将被拘留", "拘留"),
        ("我们会联系您的家人", "联系您的家人"),
        ("您将被列入黑名单", "黑名单"),
        ("You will be arrested", "arrested"),
        ("We will tell your employer.", "tell your employer"),
    ],
)
def test_red_lines_are_found_with_their_place(text: str, words: str) -> None:
    (finding,) = lint_text(text)
    assert finding.words == words
    assert text[finding.start : finding.end] == words
    assert finding.reason


def test_our_own_letters_cross_no_red_line() -> None:
    from cases.letters.render import letter_html

    for content in (samples.demand(), samples.demand("en"), samples.lawyers(), samples.lawyers("en")):
        assert lint_text(letter_html(content)) == []


def test_words_that_only_contain_a_red_line_pass() -> None:
    assert lint_text("The policeman's helmet is warranted.") == []
