"""Money: the only place where a Decimal is rounded, or written out for a screen, a file or a letter.

Amounts are Decimals in the currency's major unit (yuan, dollars). No float comes in or goes out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from borrowers.errors import InputError, gettext_noop

# Twelve digits before the point and two after it are what the database columns hold.
MAX_WHOLE_DIGITS = 12
LIMIT = Decimal(10) ** MAX_WHOLE_DIGITS


@dataclass(frozen=True)
class Currency:
    """ISO 4217 code, decimals of its smallest coin, sign on screens, Chinese name, English words for
    (one, many) of the major and of the minor unit."""

    code: str
    minor_units: int
    sign: str
    chinese: str
    major: tuple[str, str]
    minor: tuple[str, str] = ("", "")


# A bare "$" or "¥" would be ambiguous in an office that works in several currencies; the yuan, the
# house's own, has the bare sign. Words are singular and plural.
CURRENCIES: dict[str, Currency] = {
    c.code: c
    for c in (
        Currency("CNY", 2, "¥", "人民币", ("yuan", "yuan"), ("fen", "fen")),
        Currency("USD", 2, "US$", "美元", ("US dollar", "US dollars"), ("cent", "cents")),
        Currency("GBP", 2, "£", "英镑", ("pound sterling", "pounds sterling"), ("penny", "pence")),
        Currency("EUR", 2, "€", "欧元", ("euro", "euros"), ("cent", "cents")),
        Currency("HKD", 2, "HK$", "港元", ("Hong Kong dollar", "Hong Kong dollars"), ("cent", "cents")),
        Currency("SGD", 2, "S$", "新加坡元", ("Singapore dollar", "Singapore dollars"), ("cent", "cents")),
        Currency("JPY", 0, "JP¥", "日元", ("Japanese yen", "Japanese yen")),
    )
}

_NOT_MONEY = gettext_noop("%(value)s is not an amount: write digits with a dot, like 1234.50")
_SEPARATOR = gettext_noop("%(value)s: write the amount without thousands separators, with a dot, like 1234.50")
_EXPONENT = gettext_noop("%(value)s: write the amount out, without an exponent")
_NEGATIVE = gettext_noop("%(value)s: the amount must not be negative")
_DECIMALS = gettext_noop("%(value)s has more than %(places)s decimals")
_TOO_LARGE = gettext_noop("%(value)s is larger than any amount Fairdue can hold")
_EMPTY = gettext_noop("an amount is missing")
_CURRENCY = gettext_noop("%(value)s is not a known currency (known: %(known)s)")

_PLAIN = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")
_QUANTA = {c.code: Decimal(1).scaleb(-c.minor_units) for c in CURRENCIES.values()}


def check_currency(code: str, where: str = "") -> str:
    """The currency's code in capitals. InputError when Fairdue does not know it."""
    wanted = code.strip().upper()
    if wanted not in CURRENCIES:
        raise InputError(where, _CURRENCY, value=shown(code), known=", ".join(CURRENCIES))
    return wanted


def round_money(amount: Decimal, currency: str = "CNY") -> Decimal:
    """To the currency's smallest coin; halves away from zero (四舍五入). Never returns -0."""
    return amount.quantize(_QUANTA[currency], ROUND_HALF_UP) + 0


def round_money_down(amount: Decimal, currency: str = "CNY") -> Decimal:
    """To the currency's smallest coin, towards nothing: for what somebody can pay, never more than that."""
    return amount.quantize(_QUANTA[currency], ROUND_DOWN) + 0


def summed(total: Decimal | None) -> Decimal:
    """A sum that the database made, exact to the cent; None, the sum of nothing, is 0. SQLite adds in doubles."""
    return Decimal("0.00") if total is None else total.quantize(Decimal("0.01"), ROUND_HALF_UP) + 0


def round_ratio(ratio: Decimal, places: int = 4) -> Decimal:
    """A share or ratio to `places` decimals, halves away from zero. Not for money."""
    return ratio.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) + 0


def parse_money(text: str, where: str = "", *, currency: str = "CNY") -> Decimal:
    """An amount ≥ 0 from a file or form, with at most the currency's decimals, as it stands (nothing is
    rounded). InputError for anything else: signs, exponents, NaN, thousands separators, currency signs."""
    amount = parse_signed_money(text, where, currency=currency)
    if amount < 0:
        raise InputError(where, _NEGATIVE, value=shown(text))
    return amount


def parse_signed_money(text: str, where: str = "", *, currency: str = "CNY") -> Decimal:
    """As parse_money, but a minus in front is allowed: reversals and balances."""
    stripped = text.strip()
    match = _PLAIN.fullmatch(stripped)
    if match is None:
        raise InputError(where, _why_not_money(stripped), value=shown(stripped))
    sign, whole, fraction = match.groups()
    places = CURRENCIES[currency].minor_units
    if fraction is not None and len(fraction) > places:
        raise InputError(where, _DECIMALS, value=shown(stripped), places=places)
    if len(whole.lstrip("0")) > MAX_WHOLE_DIGITS:
        raise InputError(where, _TOO_LARGE, value=shown(stripped))
    return Decimal(f"{sign}{whole}.{fraction or '0'}").quantize(_QUANTA[currency]) + 0


def money_from_number(number: Decimal, where: str = "", *, currency: str = "CNY") -> Decimal:
    """An amount that came as a JSON number or a spreadsheet cell; may be negative. InputError when it is
    not finite, too large, or finer than the smallest coin: it is never rounded silently."""
    value = shown(str(number))
    if not number.is_finite():
        raise InputError(where, _NOT_MONEY, value=value)
    if abs(number) >= LIMIT:
        raise InputError(where, _TOO_LARGE, value=value)
    amount = round_money(number, currency)
    if amount != number:
        raise InputError(where, _DECIMALS, value=value, places=CURRENCIES[currency].minor_units)
    return amount


def shown(text: str) -> str:
    """`text` quoted for an error line: on one line, and cut when it is long."""
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= 40 else flat[:39] + "…")


def _why_not_money(text: str) -> str:
    if not text:
        return _EMPTY
    # Digits grouped by a comma, blank or apostrophe: 1,234 may mean 1234 or 1.234, so nobody guesses.
    if re.fullmatch(r"-?[0-9]+(?:[,，'’_ \u00a0\u202f.][0-9]+)+", text):
        return _SEPARATOR
    if re.fullmatch(r"-?[0-9.]+[eE][+-]?[0-9]+", text):
        return _EXPONENT
    return _NOT_MONEY


def money_text(amount: Decimal, currency: str = "CNY") -> str:
    """For CSV and JSON: "1234.50"; a dot, no separators, always the currency's decimals."""
    return f"{round_money(amount, currency):f}"


def money_figures(amount: Decimal, currency: str = "CNY") -> str:
    """For a table or a formula that names its currency elsewhere: "1,234.50", and of yen "1,235"."""
    return f"{round_money(amount, currency):,f}"


def format_money(amount: Decimal, currency: str, language: str = "en") -> str:
    """For a screen or a letter: "¥1,234.50", "-US$3.00". A currency without a sign of its own stands
    before the number in English and behind it in Chinese."""
    known = CURRENCIES.get(currency)
    rounded = round_money(amount, currency) if known else round_money(amount)
    digits, minus = f"{abs(rounded):,f}", "-" if rounded < 0 else ""
    if known:
        return f"{minus}{known.sign}{digits}"
    return f"{minus}{digits} {currency}" if language.startswith("zh") else f"{minus}{currency} {digits}"


def chinese_capitals(amount: Decimal) -> str:
    """An amount ≥ 0 in financial capitals: 1234.50 → 壹仟贰佰叁拾肆元伍角整.

    After 正确填写票据和结算凭证的基本规定: 整 closes an amount that ends in 元 or 角 and never one with 分;
    零 stands for zeros between digits, and for a missing 角 before 分. InputError when negative or too large.
    """
    if amount < 0 or amount >= LIMIT:
        raise InputError("", gettext_noop("%(value)s cannot be written in capitals"), value=shown(str(amount)))
    # Imported late: it costs 0.1 s, and only letters need it.
    from cn2an import an2cn  # noqa: PLC0415

    # cn2an cuts off what is finer than a fen, and leaves out 整 after 角.
    words: str = an2cn(f"{round_money(amount):f}", "rmb")
    return words + "整" if words.endswith("角") else words


def amount_in_words(amount: Decimal, currency: str, language: str) -> str:
    """An amount ≥ 0 in words for a letter: "人民币壹仟零伍元整", "one thousand and five yuan"."""
    known = CURRENCIES[check_currency(currency)]
    rounded = round_money(amount, known.code)
    if language.startswith("zh"):
        return known.chinese + chinese_capitals(rounded)
    if rounded < 0 or rounded >= LIMIT:
        raise InputError("", gettext_noop("%(value)s cannot be written in words"), value=shown(str(amount)))
    whole, _, fraction = f"{rounded:f}".partition(".")
    words = _count(int(whole), known.major)
    return f"{words} and {_count(int(fraction), known.minor)}" if int(fraction or 0) else words


def _count(number: int, unit: tuple[str, str]) -> str:
    return f"{_english(number)} {unit[0] if number == 1 else unit[1]}"


_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SCALES = ((10**9, "billion"), (10**6, "million"), (10**3, "thousand"))


def _english(number: int) -> str:
    """0 ≤ number < 10^12 in words, with the "and" that British and legal English put before the tens."""
    if number < 100:
        if number < 20:
            return _SMALL[number]
        tens, ones = divmod(number, 10)
        return _TENS[tens - 2] + (f"-{_SMALL[ones]}" if ones else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return f"{_SMALL[hundreds]} hundred" + (f" and {_english(rest)}" if rest else "")
    for scale, name in _SCALES:
        if number >= scale:
            head, rest = divmod(number, scale)
            joint = " and " if 0 < rest < 100 else " "
            return f"{_english(head)} {name}" + (f"{joint}{_english(rest)}" if rest else "")
    raise AssertionError("unreachable: every number from 1000 has a scale")
