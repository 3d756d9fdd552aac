"""The stages of a case as a picture and a table, drawn from the transitions of cases.models.Case."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

from django.utils.translation import override

from borrowers.services.roles import ROLE_PERMISSIONS
from cases.models import Case, Stage
from cases.models.case import OPEN, WORKED

WIDTH, HEIGHT = 1000, 620
BOX = (116, 40)
FRAME = (20, 20, 760, 350)  # x, y, width, height: around the stages in which a case is worked
PLACES = {
    Stage.PREPARING: (110, 230),
    Stage.REMINDING: (300, 230),
    Stage.DEMANDING: (490, 230),
    Stage.LEGAL: (690, 230),
    Stage.NEGOTIATING: (400, 70),
    Stage.ON_HOLD: (400, 440),
    Stage.CLOSED: (910, 195),
}
COLOURS = (
    "#1b6e53",
    "#b3541e",
    "#2f5d9b",
    "#8a2b5c",
    "#6b5b95",
    "#555555",
    "#7a7a00",
    "#00707a",
    "#9c2f2f",
    "#444488",
    "#b08900",
    "#5a3e1b",
)


@dataclass(frozen=True, slots=True)
class Move:
    """One transition method with all stages from which and to which it leads."""

    name: str
    label: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    who: tuple[str, ...]
    needs_reason: bool
    sets: tuple[str, ...]

    @property
    def from_frame(self) -> bool:
        return set(WORKED) <= set(self.sources)

    @property
    def to_frame(self) -> bool:
        return set(WORKED) <= set(self.targets)


def read_moves() -> list[Move]:
    """The moves in the order in which the model has them."""
    found: dict[str, Move] = {}
    place = {name: index for index, name in enumerate(vars(Case))}
    transitions = sorted(
        Case._meta.get_field("stage").get_all_transitions(Case), key=lambda transition: place[transition.name]
    )
    with override("en"):
        for transition in transitions:
            targets = getattr(transition.target, "allowed_states", None) or (transition.target,)
            old = found.get(transition.name)
            found[transition.name] = Move(
                name=transition.name,
                label=str(transition.custom["label"]),
                sources=_in_order({*(old.sources if old else ()), str(transition.source)}),
                targets=_in_order({str(target) for target in targets}),
                who=_who(str(transition.permission), bool(transition.custom.get("by_system"))),
                needs_reason=bool(transition.custom.get("needs_reason")),
                sets=tuple(transition.custom.get("sets", ())),
            )
    return list(found.values())


def _in_order(stages: set[str]) -> tuple[str, ...]:
    return tuple(stage for stage in Stage.values if stage in stages)


def _who(permission: str, by_system: bool) -> tuple[str, ...]:
    roles = [role for role, permissions in ROLE_PERMISSIONS.items() if permission in permissions]
    return (*roles, *(["the system"] if by_system else []))


def draw() -> dict[str, str]:
    """File name below docs/ → its text."""
    moves = read_moves()
    return {"stages.md": draw_markdown(moves), "stages.svg": draw_svg(moves)}


def draw_markdown(moves: list[Move]) -> str:
    """docs/stages.md."""
    lines = [
        "# Stages of a case",
        "",
        "Drawn from the code by `python manage.py show_stages`: change `cases/models/case.py`, run it again.",
        "`cases/stages.py` is the only door through which a stage changes. A superuser may make every move.",
        "",
        "![The stages of a case and the moves between them](stages.svg)",
        "",
        "| Move | From | To | Who may | Reason | Sets |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {move.label} (`{move.name}`) | {_words(move.sources)} | {_words(move.targets)} | {', '.join(move.who)} "
        f"| {'needed' if move.needs_reason else '–'} | {', '.join(f'`{name}`' for name in move.sets) or '–'} |"
        for move in moves
    ]
    return "\n".join(lines) + "\n"


def _words(stages: tuple[str, ...]) -> str:
    if set(stages) == set(OPEN):
        return "every open stage"
    if set(stages) == set(WORKED):
        return "every worked stage"
    with override("en"):
        return ", ".join(str(Stage(stage).label) for stage in stages)


# --- The picture -------------------------------------------------------------------------------------------


def draw_svg(moves: list[Move]) -> str:
    """docs/stages.svg. One colour a move; moves from every worked stage start at the frame."""
    x, y, width, height = FRAME
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="14" fill="none" stroke="#999999" stroke-dasharray="6 5"/>',
        f'<text x="{x + 12}" y="{y + 22}" fill="#777777">every worked stage</text>',
    ]
    closings = [move.name for move in moves if move.targets == (Stage.CLOSED,)]
    for index, move in enumerate(moves):
        parts += _arrows(move, closings, COLOURS[index % len(COLOURS)])
    parts += [_box(Stage(stage), place) for stage, place in PLACES.items()]
    parts += _legend(moves)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _arrows(move: Move, closings: list[str], colour: str) -> list[str]:
    if move.from_frame:
        return _frame_arrow(move, closings, colour, outwards=True)
    if move.to_frame:
        return _frame_arrow(move, closings, colour, outwards=False)
    return [
        _loop(PLACES[Stage(source)], colour)
        if source == target
        else _curve(PLACES[Stage(source)], PLACES[Stage(target)], colour)
        for source in move.sources
        for target in move.targets
    ]


def _frame_arrow(move: Move, closings: list[str], colour: str, *, outwards: bool) -> list[str]:
    """Between the frame and a stage outside of it: the closings side by side on the right, the hold below."""
    x, y, width, height = FRAME
    outside = Stage(move.targets[0] if outwards else move.sources[0])
    if outside == Stage.CLOSED:
        shift = -12 + 8 * closings.index(move.name)
        level = PLACES[outside][1] + shift
        lines = [_line((x + width, level), (PLACES[outside][0] - BOX[0] / 2, level), colour)]
        if Stage.ON_HOLD in move.sources:
            lines.append(_corner(PLACES[Stage.ON_HOLD], PLACES[outside], shift, colour))
        return lines
    column = PLACES[outside][0] + (-20 if outwards else 20)
    frame, box = (column, y + height), (column, PLACES[outside][1] - BOX[1] / 2)
    return [_line(frame, box, colour) if outwards else _line(box, frame, colour)]


def _corner(start: tuple[float, float], end: tuple[float, float], shift: float, colour: str) -> str:
    """From the right side of one box to the underside of another, beside its neighbours."""
    x, y, foot = end[0] + shift, start[1] + shift, end[1] + BOX[1] / 2
    path = f"M{start[0] + BOX[0] / 2:.1f} {y:.1f} H{x:.1f} V{foot:.1f}"
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>{_head((x, y), (x, foot), colour)}'


def _curve(start: tuple[float, float], end: tuple[float, float], colour: str) -> str:
    """An arc that keeps to the right of its way, so that there and back do not cover each other."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy)
    bend = 0.16 * length + (30 if length > 300 else 0)
    middle = ((start[0] + end[0]) / 2 - dy / length * bend, (start[1] + end[1]) / 2 + dx / length * bend)
    first, last = _edge_of(start, middle), _edge_of(end, middle)
    path = f"M{first[0]:.1f} {first[1]:.1f} Q{middle[0]:.1f} {middle[1]:.1f} {last[0]:.1f} {last[1]:.1f}"
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>{_head(middle, last, colour)}'


def _loop(place: tuple[float, float], colour: str) -> str:
    """From the left side of a box back to it: a move that stays in its stage."""
    x, y = place[0] - BOX[0] / 2, place[1]
    path = f"M{x:.1f} {y - 10:.1f} C{x - 50:.1f} {y - 24:.1f} {x - 50:.1f} {y + 24:.1f} {x:.1f} {y + 10:.1f}"
    head = _head((x - 30, y + 19), (x, y + 10), colour)
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>{head}'


def _line(start: tuple[float, float], end: tuple[float, float], colour: str) -> str:
    path = f"M{start[0]:.1f} {start[1]:.1f} L{end[0]:.1f} {end[1]:.1f}"
    return f'<path d="{path}" stroke="{colour}" stroke-width="1.6"/>{_head(start, end, colour)}'


def _head(start: tuple[float, float], end: tuple[float, float], colour: str) -> str:
    angle = math.atan2(end[1] - start[1], end[0] - start[0])
    points = [end]
    points += [(end[0] - 9 * math.cos(angle + turn), end[1] - 9 * math.sin(angle + turn)) for turn in (0.4, -0.4)]
    return f'<polygon points="{" ".join(f"{px:.1f},{py:.1f}" for px, py in points)}" fill="{colour}"/>'


def _edge_of(place: tuple[float, float], towards: tuple[float, float]) -> tuple[float, float]:
    """Where the way from the middle of a box leaves it."""
    dx, dy = towards[0] - place[0], towards[1] - place[1]
    scale = min(
        BOX[0] / 2 / abs(dx) if abs(dx) > 1e-9 else math.inf, BOX[1] / 2 / abs(dy) if abs(dy) > 1e-9 else math.inf
    )
    return place[0] + dx * scale, place[1] + dy * scale


def _box(stage: Stage, place: tuple[float, float]) -> str:
    with override("en"):
        label = str(stage.label)
    x, y = place[0] - BOX[0] / 2, place[1] - BOX[1] / 2
    return (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{BOX[0]}" height="{BOX[1]}" rx="8" fill="#f4f6f8" stroke="#333333"/>'
        f'<text x="{place[0]:.0f}" y="{place[1] + 5:.0f}" text-anchor="middle" fill="#111111">{escape(label)}</text>'
    )


def _legend(moves: list[Move]) -> list[str]:
    parts = []
    for index, move in enumerate(moves):
        x, y = 60 + 320 * (index % 3), 500 + 28 * (index // 3)
        colour = COLOURS[index % len(COLOURS)]
        parts.append(
            f'<path d="M{x} {y} L{x + 26} {y}" stroke="{colour}" stroke-width="3"/>'
            f'<text x="{x + 34}" y="{y + 5}" fill="#111111">{escape(move.label)}</text>'
        )
    return parts
