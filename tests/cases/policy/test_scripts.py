"""Call scripts: the mandatory lines with their clauses, and silence towards those who owe nothing."""

import pytest

from borrowers.errors import InputError
from cases.policy.scripts import MANDATORY, check_script, fill_in
from cases.services.defaults import read_defaults

SCRIPTS = read_defaults("scripts.toml")["scripts"]


def parts(entry, language):
    return {part: entry[f"{language}-{part}"] for part in ("opening", "guidance", "closing")}


def check(entry, language, **changes):
    check_script(pack=entry["pack"], situation=entry["situation"], **{**parts(entry, language), **changes})


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("entry", SCRIPTS, ids=lambda entry: f"{entry['pack']}-{entry['situation']}")
def test_the_projects_own_scripts_hold(entry, language):
    check(entry, language)


def find(pack, situation):
    return next(e for e in SCRIPTS if (e["pack"], e["situation"]) == (pack, situation))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize(("key", "line"), [(key, line) for key, lines in MANDATORY.items() for line in lines])
def test_each_mandatory_line_is_missed_and_named_with_its_clause(key, line, language):
    entry = next((e for e in SCRIPTS if (e["pack"], e["situation"]) == key), None)
    if entry is None:  # a guarantor outside of China has the debtor's rules
        entry = {**find(key[0], "debtor"), "situation": key[1]}
    text = parts(entry, language)[line.part]
    for wanted in line.any_of:
        text = text.replace(wanted, "").replace(wanted.capitalize(), "")
    with pytest.raises(InputError) as refused:
        check(entry, language, **{line.part: text})
    assert refused.value.where == line.part
    assert line.source in str(refused.value)


@pytest.mark.parametrize("pack", ["cn", "us_reg_f", "uk"])
@pytest.mark.parametrize(
    "words",
    ["about a debt", "your {overdue_amount}", "from {creditor}", "your loan", "关于欠款", "逾期", "collection agency"],
)
def test_a_third_person_never_hears_of_the_debt(pack, words):
    entry = find(pack, "contact_person")
    with pytest.raises(InputError, match="tells of the debt"):
        check(entry, "en", opening=entry["en-opening"] + words)


def test_a_voicemail_says_no_more_than_the_law_lists():
    entry = find("us_reg_f", "voicemail")
    with pytest.raises(InputError, match="tells of the debt"):
        check(entry, "en", opening=entry["en-opening"] + " It is about your overdue loan.")


def test_an_unknown_placeholder_is_named():
    entry = find("cn", "debtor")
    with pytest.raises(InputError, match="nobody"):
        check(entry, "en", guidance="{nobody}")


def test_what_is_not_known_stays_visible():
    assert fill_in(
        "{caller} for {creditor}, {phone}", {"caller": "C. Sample", "creditor": "Sample Lender", "phone": ""}
    ) == ("C. Sample for Sample Lender, {phone}")
