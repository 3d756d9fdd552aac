"""The page on which compliance staff try the rules: the product's own decision, each rule's verdict, nothing saved."""

import html
import json
import re

import pytest
from django.urls import reverse

from borrowers.models import User
from cases.models import GateDecision
from cases.policy import load_pack
from cases.policy.calculator import contact
from tests.cases.views.conftest import House
from tests.cases.views.test_access import Enter
from tests.factories import UserFactory

ASK = {
    "pack": "cn", "role": "creditor", "time_zones": "Asia/Shanghai", "at": "2026-03-02T23:10", "channel": "phone", "party": "debtor",
    "to": "+8615400000001", "debts": "L1", "collectors": "1", "consent_days": "0",
    "past-TOTAL_FORMS": "0", "past-INITIAL_FORMS": "0", "past-MIN_NUM_FORMS": "0", "past-MAX_NUM_FORMS": "200",
}  # fmt: skip
PAST = {
    "direction": "out",
    "channel": "phone",
    "party": "debtor",
    "to": "+12025550100",
    "outcome": "no_answer",
    "debts": "L1",
}


def ask(house: House, enter: Enter, **changes: object) -> str:
    answer = enter(house.supervisor).post(reverse("cases:compliance"), {**ASK, **changes})
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def scenario(text: str) -> dict:
    found = re.search(r"<pre[^>]*>(.*?)</pre>", text, re.DOTALL)
    assert found is not None
    return json.loads(found.group(1))


def past(*times: str, **changes: str) -> dict[str, str]:
    rows = {"past-TOTAL_FORMS": str(len(times))}
    for number, at in enumerate(times):
        rows |= {f"past-{number}-{name}": value for name, value in {**PAST, "at": at, **changes}.items()}
    return rows


def test_a_refusal_names_rule_clause_and_from_when(house: House, enter: Enter) -> None:
    text = ask(house, enter)
    assert "No collection at night" in text
    assert "GB/T 45251-2025 §5.3" in text
    assert "Allowed from 2026-03-03 08:00 (Asia/Shanghai)" in text
    assert not GateDecision.objects.exists()


def test_every_rule_of_the_pack_has_its_line(house: House, enter: Enter) -> None:
    text = ask(house, enter)
    for rule in load_pack("cn").rules:
        assert f'<div class="quiet small">{rule.terms.code}</div>' in text


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"at": "2026-03-02T10:00"},
        {"at": "2026-03-02T10:00", "flags": ["cease", "vulnerable"]},
        {"at": "2026-03-02T16:00", "inconvenient": "weekdays except 3 to 5 pm"},
        {"at": "2026-03-02T10:00", "opt_outs": ["phone"]},
        {"pack": "us_reg_f", "role": "debt_collector", "time_zones": "America/New_York, America/Los_Angeles", "at": "2026-03-02T20:30"},
        {"pack": "us_reg_f", "role": "debt_collector", "time_zones": "America/New_York", "at": "2026-03-09T10:00",
         **past(*[f"2026-03-0{day}T10:00" for day in range(3, 9)], "2026-03-08T11:00")},
        {"pack": "uk", "at": "2026-03-02T22:30", "consents": ["night"], "channel": "visit", "collectors": "2"},
    ],
)  # fmt: skip
def test_the_page_and_the_calculator_cannot_differ(house: House, enter: Enter, changes: dict[str, object]) -> None:
    text = ask(house, enter, **changes)
    told = contact(scenario(text))
    assert ("allowed" in re.search(r'id="answer-title">\s*<span[^>]*>(\w+)', text).group(1)) is told["allowed"]
    if not told["allowed"]:
        assert told["reason"] in text
        assert told["source"] in text
        if told["next_allowed_at"]:
            assert told["next_allowed_at"][:16].replace("T", " ") in text


def test_what_is_wrong_is_named_at_its_field(house: House, enter: Enter) -> None:
    assert "is not an IANA time zone" in ask(house, enter, time_zones="Mars/Olympus")
    assert "The scenario cannot be judged: attempt.at" in ask(house, enter, at="soon")
    assert "answer-title" not in ask(house, enter, inconvenient="whenever you like")
    assert "history[0].at" in ask(house, enter, **past("yesterday"))


def test_rows_are_added_one_by_one(house: House, enter: Enter) -> None:
    text = enter(house.supervisor).get(reverse("cases:past_row"), {"n": "3"}).content.decode()
    assert 'name="past-3-at"' in text
    assert 'value="4"' in text


@pytest.mark.parametrize(
    ("role", "status"), [("collector", 403), ("supervisor", 200), ("legal", 200), ("operator", 200)]
)
def test_who_may_try(house: House, enter: Enter, role: str, status: int) -> None:
    person: User = UserFactory(role=role, creditors=[house.creditor])
    assert enter(person).get(reverse("cases:compliance")).status_code == status


def test_nobody_tries_without_signing_in(client) -> None:
    assert client.get("/compliance/").status_code == 302
