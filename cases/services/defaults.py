"""What a new installation starts with: strategies, wording of messages, the scorecard. All of it data that supervisors
change later; what exists is never written over."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from django.db import transaction

from borrowers.rules.risk import DEFAULT_SCORECARD_FILE
from cases.models import ApprovalRule, CallScript, MessageTemplate, ScorecardVersion, Strategy, StrategyStep
from cases.strategy.conditions import check_condition
from cases.strategy.engine import StepRule, StrategyRule
from cases.strategy.placeholders import check_template

FOLDER = Path(__file__).resolve().parent.parent / "defaults"
LANGUAGES = ("en", "zh-hans")


def load_defaults() -> None:
    """Make what is missing, by code. A strategy that exists keeps its steps, a template its words, and a scorecard
    that was chosen stays the active one."""
    with transaction.atomic():
        _load_strategies()
        _load_templates()
        _load_scripts()
        _load_scorecards()
        _load_authority()


def active_scorecard() -> ScorecardVersion:
    """The scorecard that scores now. An installation that never had one gets the project's own."""
    active = ScorecardVersion.objects.filter(is_active=True).first()
    if active is None:
        load_defaults()
        active = ScorecardVersion.objects.get(is_active=True)
    return active


def load_strategies() -> tuple[StrategyRule, ...]:
    """The active strategies for cases, in the order in which they are tried."""
    if not Strategy.objects.exists():
        load_defaults()
    rows = (
        Strategy.objects.filter(is_active=True, before_due=False)
        .select_related("creditor")
        .prefetch_related("steps")
        .order_by("position", "pk")
    )
    return tuple(
        StrategyRule(
            id=row.pk,
            code=row.code,
            version=row.version,
            condition=row.condition,
            creditor=row.creditor.code if row.creditor else "",
            steps=tuple(_step_rule(step) for step in row.steps.all()),
        )
        for row in rows
    )


def _step_rule(step: StrategyStep) -> StepRule:
    return StepRule(step.code, step.day_offset, step.channel, step.template_code, step.condition, step.performer)


def read_defaults(name: str) -> dict[str, Any]:
    """A file of cases/defaults, as plain data."""
    return tomllib.loads((FOLDER / name).read_text("utf-8"))


def _load_strategies() -> None:
    existing = set(Strategy.objects.values_list("code", flat=True))
    for entry in read_defaults("strategies.toml")["strategies"]:
        if entry["code"] in existing:
            continue
        check_condition(entry.get("condition", ""), entry["code"])
        strategy = Strategy.objects.create(
            code=entry["code"],
            name=entry["name"],
            position=entry["position"],
            before_due=entry.get("before_due", False),
            condition=entry.get("condition", ""),
        )
        StrategyStep.objects.bulk_create(_step(strategy, step) for step in entry["steps"])


def _step(strategy: Strategy, step: dict[str, Any]) -> StrategyStep:
    check_condition(step.get("condition", ""), f"{strategy.code}.{step['code']}")
    return StrategyStep(
        strategy=strategy,
        code=step["code"],
        day_offset=step["day"],
        channel=step["channel"],
        template_code=step.get("template", ""),
        condition=step.get("condition", ""),
        performer=step["who"],
    )


def _load_templates() -> None:
    existing = set(MessageTemplate.objects.filter(creditor__isnull=True).values_list("code", "channel", "language"))
    missing = []
    for entry in read_defaults("templates.toml")["templates"]:
        for language in LANGUAGES:
            if (entry["code"], entry["channel"], language) in existing:
                continue
            check_template(entry[language], entry["channel"], f"{entry['code']}.{language}")
            missing.append(
                MessageTemplate(
                    code=entry["code"],
                    channel=entry["channel"],
                    language=language,
                    subject=entry.get(f"subject-{language}", ""),
                    body=entry[language].strip(),
                )
            )
    MessageTemplate.objects.bulk_create(missing)


def _load_scripts() -> None:
    existing = set(CallScript.objects.filter(creditor__isnull=True).values_list("pack", "situation", "language"))
    missing = []
    for entry in read_defaults("scripts.toml")["scripts"]:
        for language in LANGUAGES:
            if (entry["pack"], entry["situation"], language) in existing:
                continue
            script = CallScript(
                pack=entry["pack"],
                situation=entry["situation"],
                language=language,
                **{part: entry[f"{language}-{part}"] for part in ("opening", "guidance", "closing")},
            )
            script.clean()
            missing.append(script)
    CallScript.objects.bulk_create(missing)


def _load_authority() -> None:
    """The authority matrix, while there is none."""
    if not ApprovalRule.objects.exists():
        ApprovalRule.objects.bulk_create(ApprovalRule(**rule) for rule in read_defaults("authority.toml")["rules"])


def _load_scorecards() -> None:
    """The project's scorecard, and a stricter one to choose instead."""
    for path, name in ((DEFAULT_SCORECARD_FILE, "Standard"), (FOLDER / "scorecard_strict.toml", "Strict")):
        data = tomllib.loads(path.read_text("utf-8"))
        if ScorecardVersion.objects.filter(version=data["version"]).exists():
            continue
        card = ScorecardVersion(name=name, version=data["version"], data=data)
        card.is_active = not ScorecardVersion.objects.filter(is_active=True).exists()
        card.full_clean()
        card.save()
