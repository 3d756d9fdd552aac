"""What the project ships: strategies that compose from bucket to bucket, and words that may be sent."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import pairwise

import pytest

from borrowers.errors import InputError
from borrowers.rules.delinquency import bucket_for
from cases.models import MessageTemplate, ScorecardVersion, Strategy
from cases.models.plan import Performer, StepChannel
from cases.policy.red_lines import lint_text
from cases.services.defaults import active_scorecard, load_defaults, load_strategies, read_defaults
from cases.strategy.conditions import CaseFacts
from cases.strategy.engine import choose_strategy, dated_steps
from cases.strategy.placeholders import check_template
from cases.strategy.revision import Circumstances, StandingStep, revise
from tests.cases.strategy.test_revision import apply

pytestmark = pytest.mark.django_db
DUE = dt.date(2026, 1, 1)


def facts(dpd: int, grade: str, stage: str = "reminding") -> CaseFacts:
    return CaseFacts(bucket_for(dpd), dpd, grade, Decimal(5000), Decimal(9000), stage, "ABC", "CNY")


def life(grade: str, first_day: int = 1, last_day: int = 200) -> list[tuple[int, str, str]]:
    """A case that nobody pays, every step done on its day: (day, code, channel)."""
    load_defaults()
    strategies = load_strategies()
    rows: list[StandingStep] = []
    fired: list[tuple[int, str, str]] = []
    last = None
    for dpd in range(first_day, last_day + 1):
        today = DUE + dt.timedelta(days=dpd)
        strategy = choose_strategy(strategies, facts(dpd, grade))
        now = Circumstances(on=today, fresh=strategy.code != last)
        last = strategy.code
        rows = apply(rows, revise(rows, dated_steps(strategy, facts(dpd, grade), DUE), now))
        due = [row for row in rows if row.state == "planned" and row.due_on <= today]
        fired += [(dpd, row.code, row.channel) for row in due]
        rows = [row if row not in due else type(row)(*[*_values(row)[:7], "done", ""]) for row in rows]
    return fired


def _values(row):
    return [getattr(row, name) for name in row.__slots__]


@pytest.mark.parametrize("grade", ["A", "B", "C", "D", "E", ""])
def test_a_case_goes_through_all_buckets_with_every_formal_step_once_in_order(grade):
    fired = life(grade)
    formal = [channel for _day, _code, channel in fired if channel in ("demand_letter", "lawyers_letter")]
    assert formal == ["demand_letter", "lawyers_letter"]
    days = {channel: day for day, _code, channel in reversed(fired)}
    assert days["demand_letter"] <= 31
    assert 60 <= days["lawyers_letter"] <= 90
    assert 90 < days["legal_review"] <= 105
    announced = next(day for day, code, _channel in fired if code == "sms_lawyers_letter")
    assert days["lawyers_letter"] - announced >= 7
    assert len({code for _day, code, _channel in fired}) == len(fired)


def test_grades_differ_as_the_trade_has_it():
    calls = {grade: next(day for day, _c, channel in life(grade) if channel == "phone") for grade in "ABE"}
    assert calls["E"] < calls["B"] < calls["A"]
    letters = {grade: next(day for day, _c, ch in life(grade) if ch == "demand_letter") for grade in "BE"}
    assert letters["E"] < letters["B"]


@pytest.mark.parametrize("first_day", [45, 75, 100, 300])
def test_a_case_that_is_placed_late_gets_its_letters_one_after_the_other(first_day):
    fired = life("B", first_day, first_day + 130)
    formal = [
        (day, channel) for day, _code, channel in fired if channel.endswith("letter") or channel == "legal_review"
    ]
    assert [channel for _day, channel in formal[:3]] == ["demand_letter", "lawyers_letter", "legal_review"]
    assert formal[0][0] == first_day
    assert all(later[0] - earlier[0] >= 3 for earlier, later in pairwise(formal))
    on_first_day = [code for day, code, _channel in fired if day == first_day]
    assert len(on_first_day) <= 3


def test_nothing_is_planned_while_legal_staff_have_the_case():
    load_defaults()
    strategy = choose_strategy(load_strategies(), facts(120, "B", stage="legal"))
    assert strategy.code == "in_legal"
    assert strategy.steps == ()


def test_creditor_with_its_own_buckets_has_a_strategy():
    load_defaults()
    own = CaseFacts("early", 10, "C", Decimal(5000), Decimal(9000), "reminding", "ABC", "CNY")
    assert choose_strategy(load_strategies(), own).code == "standard"


def test_reminders_before_the_due_date_are_a_strategy_apart():
    load_defaults()
    before = Strategy.objects.get(before_due=True)
    assert list(before.steps.values_list("day_offset", "channel")) == [(-3, "sms"), (0, "sms")]
    assert before.code not in {rule.code for rule in load_strategies()}


def test_every_template_is_there_in_both_languages_and_every_step_finds_its_own():
    load_defaults()
    have = set(MessageTemplate.objects.values_list("code", "channel", "language"))
    for strategy in Strategy.objects.prefetch_related("steps"):
        for step in strategy.steps.all():
            step.full_clean()
            assert step.performer in Performer.values
            if step.channel in (StepChannel.SMS, StepChannel.EMAIL):
                assert {(step.template_code, step.channel, "en"), (step.template_code, step.channel, "zh-hans")} <= have
            else:
                assert step.template_code == ""


def templates():
    return [
        pytest.param(
            entry["channel"],
            entry.get(f"subject-{language}", ""),
            entry[language],
            id=f"{entry['code']}-{entry['channel']}-{language}",
        )
        for entry in read_defaults("templates.toml")["templates"]
        for language in ("en", "zh-hans")
    ]


@pytest.mark.parametrize(("channel", "subject", "body"), templates())
def test_words_may_be_sent(channel, subject, body):
    check_template(body, channel)
    check_template(subject, channel)
    assert lint_text(subject + "\n" + body) == []
    assert body.rstrip().endswith("{opt_out}")
    if channel == "sms":
        assert body.startswith(("[{creditor}]", "【{creditor}】"))
        assert "amount}" not in body
    else:
        assert subject


def test_wrong_placeholder_is_named():
    with pytest.raises(InputError, match=r"\{overdue\}"):
        check_template("You owe {overdue}.")
    with pytest.raises(InputError, match="SMS"):
        check_template("{repayment_account}", "sms")
    with pytest.raises(InputError, match="brace"):
        check_template("You owe {overdue_amount")


def test_loading_again_writes_nothing_over():
    load_defaults()
    Strategy.objects.filter(code="m2_standard").update(name="Ours", condition="", position=1)
    Strategy.objects.get(code="m2_standard").steps.all().delete()
    MessageTemplate.objects.filter(code="reminder_soft").update(body="Ours")
    MessageTemplate.objects.filter(code="due_today", language="en").delete()
    strict = ScorecardVersion.objects.get(is_active=False)
    ScorecardVersion.objects.filter(is_active=True).update(is_active=False)
    ScorecardVersion.objects.filter(pk=strict.pk).update(is_active=True)
    load_defaults()
    assert Strategy.objects.get(code="m2_standard").steps.count() == 0
    assert set(MessageTemplate.objects.filter(code="reminder_soft").values_list("body", flat=True)) == {"Ours"}
    assert MessageTemplate.objects.filter(code="due_today", language="en").count() == 1
    assert active_scorecard() == strict


def test_an_empty_installation_scores_by_the_projects_own_scorecard():
    assert active_scorecard().name == "Standard"
