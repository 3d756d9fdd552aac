"""The states of matters and of legal papers as diagrams and tables, drawn from the transitions of their models."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import override

from borrowers.services.roles import ROLE_PERMISSIONS
from legal.models import LegalPaper, Matter
from legal.models.matter_states import OPEN_STATES, may_record_court

# Rules of permission that are functions, as the permissions of which one is enough.
RULES: dict[Any, tuple[str, ...]] = {may_record_court: ("legal.work_matter", "legal.counsel_matter")}


@dataclass(frozen=True, slots=True)
class Move:
    """One transition method with all states from which it leads, and the one to which."""

    name: str
    label: str
    sources: tuple[str, ...]
    target: str
    who: tuple[str, ...]
    needs: tuple[str, ...]
    may: tuple[str, ...]
    needs_reason: bool


def read_moves(model: type[models.Model]) -> list[Move]:
    """The moves of the model's `state` in the order in which it has them."""
    column: Any = model._meta.get_field("state")
    place = {name: index for index, name in enumerate(vars(model))}
    order = [value for value, _label in column.flatchoices]
    found: dict[str, Move] = {}
    with override("en"):
        for move in sorted(column.get_all_transitions(model), key=lambda move: place[move.name]):
            sources = {str(move.source), *(found[move.name].sources if move.name in found else ())}
            needs, sets = move.custom.get("needs", ()), move.custom.get("sets", ())
            found[move.name] = Move(
                name=move.name,
                label=str(move.custom["label"]),
                sources=tuple(state for state in order if state in sources),
                target=str(move.target),
                who=_who(move.permission, by_system=bool(move.custom.get("by_system"))),
                needs=tuple(needs),
                may=tuple(name for name in sets if name not in needs),
                needs_reason=bool(move.custom.get("needs_reason")),
            )
    return list(found.values())


def _who(permission: Any, *, by_system: bool) -> tuple[str, ...]:
    wanted = RULES.get(permission) or (str(permission),)
    roles = [role for role, has in ROLE_PERMISSIONS.items() if any(name in has for name in wanted)]
    return (*roles, *(["the system"] if by_system else []))


def draw() -> dict[str, str]:
    """File name below docs/ → its text."""
    return {"matters.md": draw_markdown()}


def draw_markdown() -> str:
    open_states = [str(state) for state in OPEN_STATES]
    lines = [
        "# States of matters and legal papers",
        "",
        "Drawn from the code by `python manage.py show_stages`: change `legal/models/matter.py` or `legal/models/paper.py`, run",
        "it again. `legal/stages.py` is the only door through which a state changes; what people do with a matter goes through",
        "`legal/services/moves.py`, which checks what they tell. A superuser may make every move.",
        "",
        "## Matters",
        "",
        *_diagram(Matter, read_moves(Matter), open_states),
        "",
        "“Needs” cannot be left out, “may” is told where it is known; both are kept in the event of the move.",
        "",
        *_table(Matter, read_moves(Matter), open_states),
        "",
        "## Papers",
        "",
        *_diagram(LegalPaper, read_moves(LegalPaper), []),
        "",
        *_table(LegalPaper, read_moves(LegalPaper), []),
    ]
    return "\n".join(lines) + "\n"


def _label(model: type[models.Model], state: str) -> str:
    column: Any = model._meta.get_field("state")
    with override("en"):
        return str(dict(column.flatchoices)[state])


def _diagram(model: type[models.Model], moves: Iterable[Move], open_states: list[str]) -> list[str]:
    """Mermaid, which code hosts draw. What leads out of every open state starts at the frame around them."""
    column: Any = model._meta.get_field("state")
    states = [value for value, _label in column.flatchoices]
    inner = "    " if not open_states else "        "
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f'    state "{_label(model, state)}" as {state}' for state in states if state not in open_states]
    outside: list[str] = []
    inside = [f'{inner}state "{_label(model, state)}" as {state}' for state in states if state in open_states]
    inside.append(f"{inner}[*] --> {column.default}")
    for move in moves:
        if open_states and list(move.sources) == open_states:
            outside.append(f"    open --> {move.target} : {move.label}")
            continue
        arrows = [f"{source} --> {move.target} : {move.label}" for source in move.sources]
        if move.target in open_states or not open_states:
            inside += [inner + arrow for arrow in arrows]
        else:
            outside += [f"    {arrow}" for arrow in arrows]
    if open_states:
        lines += ['    state "every open state" as open {', *inside, "    }"]
    else:
        lines += inside
    return [*lines, *outside, "```"]


def _table(model: type[models.Model], moves: Iterable[Move], open_states: list[str]) -> list[str]:
    lines = ["| Move | From | To | Who may | Reason | Needs | May |", "|---|---|---|---|---|---|---|"]
    for move in moves:
        every = open_states and list(move.sources) == open_states
        sources = "every open state" if every else ", ".join(_label(model, source) for source in move.sources)
        cells = (
            f"{move.label} (`{move.name}`)",
            sources,
            _label(model, move.target),
            ", ".join(move.who),
            "needed" if move.needs_reason else "–",
            _names(move.needs),
            _names(move.may),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "–"
