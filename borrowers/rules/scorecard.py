"""Reads a scorecard from plain data (TOML in the project, JSON in the database) and refuses a wrong one.

A supervisor edits it, so every refusal names the place and says what is wrong. Shape:

    version = "…"
    [thresholds]  willingness_high, capacity_high, willingness_very_low, capacity_very_low: points
    [grades]      able = "B", willing = "C"       optional: the two mixed corners
    [[willingness]] / [[capacity]]
    factor = "times_late"
    bands = [{ max = 1, points = 30, code = "…" }, { min = 1, max = 3, … }, { min = 3, … },
             { missing = true, points = 15, code = "…" }]

A band holds values from min (included) to max (excluded). The first has no min, the last no max, each begins where
the one before it ends, and exactly one band says what counts when the value is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from borrowers.errors import InputError, gettext_noop
from borrowers.money import shown
from borrowers.rules.risk_factors import CAPACITY, FACTORS, REASON_CODES, WILLINGNESS

_TOP_KEYS = {"version", "thresholds", "grades", WILLINGNESS, CAPACITY}
_BAND_KEYS = {"min", "max", "points", "code", "missing"}
_THRESHOLDS = ("willingness_high", "capacity_high", "willingness_very_low", "capacity_very_low")
MOST_POINTS = 1000


@dataclass(frozen=True, slots=True)
class Band:
    """Values from `min` (included; None: no lower end) up to the next band's."""

    min: Decimal | None
    points: int
    code: str


@dataclass(frozen=True, slots=True)
class Factor:
    name: str
    bands: tuple[Band, ...]
    missing_points: int
    missing_code: str

    @property
    def max_points(self) -> int:
        return max(band.points for band in self.bands)


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Points as data; made by parse_scorecard only, which checks it."""

    version: str
    factors: tuple[Factor, ...]
    willingness_high: int
    capacity_high: int
    willingness_very_low: int
    capacity_very_low: int
    grade_able: str = "B"
    grade_willing: str = "C"


def parse_scorecard(data: Mapping[str, Any]) -> Scorecard:
    """The scorecard in `data`. InputError with a place like willingness[0].bands[1].min."""
    if not isinstance(data, Mapping):
        raise InputError("", gettext_noop("must be a table with named values"))
    _refuse_unknown(data, _TOP_KEYS, "")
    version = data.get("version")
    if not isinstance(version, str) or not version.strip() or len(version) > 40:
        raise InputError("version", gettext_noop("must be a text of at most 40 characters"))
    axes = {axis: _factors(data, axis) for axis in (WILLINGNESS, CAPACITY)}
    limits = _thresholds(data, axes)
    able, willing = _mixed_grades(data)
    return Scorecard(
        version=version.strip(),
        factors=axes[WILLINGNESS] + axes[CAPACITY],
        grade_able=able,
        grade_willing=willing,
        **limits,
    )


def _thresholds(data: Mapping[str, Any], axes: dict[str, tuple[Factor, ...]]) -> dict[str, int]:
    table = _table(data, "thresholds")
    _refuse_unknown(table, set(_THRESHOLDS), "thresholds")
    limits = {name: _points(table.get(name), f"thresholds.{name}") for name in _THRESHOLDS}
    for axis, factors in axes.items():
        high, very_low = limits[f"{axis}_high"], limits[f"{axis}_very_low"]
        most = sum(factor.max_points for factor in factors)
        if not 0 < high <= most:
            raise InputError(
                f"thresholds.{axis}_high",
                gettext_noop("must lie between 1 and %(most)s, the most points that can be had"),
                most=most,
            )
        if very_low > high:
            raise InputError(f"thresholds.{axis}_very_low", gettext_noop("must not be above the one for high"))
    return limits


def _mixed_grades(data: Mapping[str, Any]) -> tuple[str, str]:
    if "grades" not in data:
        return "B", "C"
    table = _table(data, "grades")
    _refuse_unknown(table, {"able", "willing"}, "grades")
    able, willing = table.get("able"), table.get("willing")
    if {str(able), str(willing)} != {"B", "C"}:
        raise InputError("grades", gettext_noop("able and willing must be B and C, each once"))
    return str(able), str(willing)


def _factors(data: Mapping[str, Any], axis: str) -> tuple[Factor, ...]:
    rows = data.get(axis)
    if not isinstance(rows, list) or not rows:
        raise InputError(axis, gettext_noop("must be a list with at least one factor"))
    factors: list[Factor] = []
    for index, row in enumerate(rows):
        factor = _factor(row, axis, f"{axis}[{index}]")
        if any(factor.name == other.name for other in factors):
            raise InputError(f"{axis}[{index}].factor", gettext_noop("%(name)s stands there twice"), name=factor.name)
        factors.append(factor)
    return tuple(factors)


def _factor(row: object, axis: str, where: str) -> Factor:
    if not isinstance(row, Mapping):
        raise InputError(where, gettext_noop("must be a table with named values"))
    _refuse_unknown(row, {"factor", "bands"}, where)
    name = row.get("factor")
    known = [n for n, kind in FACTORS.items() if kind.axis == axis]
    if name not in known:
        raise InputError(
            f"{where}.factor",
            gettext_noop("%(name)s is not a factor of %(axis)s (known: %(known)s)"),
            name=shown(str(name)),
            axis=axis,
            known=", ".join(known),
        )
    bands = row.get("bands")
    if not isinstance(bands, list):
        raise InputError(f"{where}.bands", gettext_noop("must be a list of bands"))
    missing: list[Band] = []
    valued: list[Band] = []
    end: Decimal | None = None
    for index, raw in enumerate(bands):
        place = f"{where}.bands[{index}]"
        band, is_missing, maximum = _band(raw, place)
        if is_missing:
            missing.append(band)
            continue
        _check_joint(band, first=not valued, end=end, place=place)
        end = maximum
        valued.append(band)
    if len(missing) != 1:
        raise InputError(f"{where}.bands", gettext_noop("exactly one band must have missing = true"))
    if not valued:
        raise InputError(f"{where}.bands", gettext_noop("there must be at least one band of values"))
    if end is not None:
        raise InputError(f"{where}.bands", gettext_noop("gap: values from %(end)s on have no band"), end=end)
    return Factor(str(name), tuple(valued), missing[0].points, missing[0].code)


def _check_joint(band: Band, *, first: bool, end: Decimal | None, place: str) -> None:
    """`band` must begin exactly where the band before it ended (`end`; None: it had no end)."""
    if first:
        if band.min is not None:
            raise InputError(f"{place}.min", gettext_noop("gap: values below %(min)s have no band"), min=band.min)
        return
    if end is None or band.min is None or band.min < end:
        raise InputError(f"{place}.min", gettext_noop("overlaps the band before it"))
    if band.min > end:
        raise InputError(
            f"{place}.min",
            gettext_noop("gap: values from %(end)s to %(min)s have no band"),
            end=end,
            min=band.min,
        )


def _band(raw: object, where: str) -> tuple[Band, bool, Decimal | None]:
    """(band, whether it is the one for missing data, its upper end)."""
    if not isinstance(raw, Mapping):
        raise InputError(where, gettext_noop("must be a table with named values"))
    _refuse_unknown(raw, _BAND_KEYS, where)
    points = _points(raw.get("points"), f"{where}.points")
    code = raw.get("code")
    if not isinstance(code, str) or code not in REASON_CODES:
        raise InputError(f"{where}.code", gettext_noop("%(code)s is not a known reason code"), code=shown(str(code)))
    is_missing = raw.get("missing", False)
    if not isinstance(is_missing, bool):
        raise InputError(f"{where}.missing", gettext_noop("must be true or false"))
    low, high = _bound(raw.get("min"), f"{where}.min"), _bound(raw.get("max"), f"{where}.max")
    if is_missing and (low is not None or high is not None):
        raise InputError(where, gettext_noop("the band for missing data has neither min nor max"))
    if low is not None and high is not None and low >= high:
        raise InputError(f"{where}.max", gettext_noop("must be above min"))
    return Band(low, points, code), is_missing, high


def _points(value: object, where: str) -> int:
    # Numbers from JSON and TOML; a bool is an int to Python, but not to a reader.
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_POINTS:
        raise InputError(where, gettext_noop("must be a whole number of points from 0 to %(most)s"), most=MOST_POINTS)
    return value


def _bound(value: object, where: str) -> Decimal | None:
    if value is None:
        return None
    try:
        number = Decimal("NaN") if isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise InputError(where, gettext_noop("%(value)s is not a number"), value=shown(str(value)))
    return number


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = data.get(name)
    if not isinstance(table, Mapping):
        raise InputError(name, gettext_noop("must be a table with named values"))
    return table


def _refuse_unknown(table: Mapping[str, Any], known: set[str], where: str) -> None:
    """A misspelt key would otherwise be a rule that silently does not hold."""
    for key in table:
        if key not in known:
            raise InputError(
                f"{where}.{key}" if where else str(key),
                gettext_noop("is not known here (known: %(known)s)"),
                known=", ".join(sorted(known)),
            )
