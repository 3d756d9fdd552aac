"""The words in which people say days and hours, in English and Chinese, and what each may mean (times_in_words)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

from borrowers.errors import InputError, gettext_noop

Span = tuple[time, time]
MIDNIGHT = time(0)
WHOLE: Span = (MIDNIGHT, MIDNIGHT)
WEEK = frozenset(range(7))
WEEKDAYS, WEEKEND = frozenset(range(5)), frozenset({5, 6})

CN_DAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
_CN_DIGITS = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_AM = ("上午", "早上", "早晨", "清晨", "凌晨")
_PM = ("下午", "傍晚", "晚上", "夜里", "中午")
OFFICE: Span = (time(9), time(18))
SPANS: dict[str, Span] = {
    **dict.fromkeys(("morning", "上午", "早上", "早晨"), (time(6), time(12))),
    **dict.fromkeys(("lunchtime", "lunch", "中午"), (time(12), time(14))),
    **dict.fromkeys(("afternoon", "下午"), (time(12), time(18))),
    **dict.fromkeys(("evening", "晚上"), (time(18), MIDNIGHT)),
    **dict.fromkeys(("night", "夜里", "半夜"), (time(22), time(8))),
}

# Kinds of tokens, the first that fits being taken.
_TOKENS = re.compile(
    r"""
      (?P<office>working\ hours|office\ hours|business\ hours|上班时间|工作时间)
    | (?P<except>except(?:\ for)?|other\ than|apart\ from|all\ but|除了|除)
    | (?P<outside>以外|之外)
    | (?P<only>only|只能|只有|只|仅)
    | (?P<weekdays>weekdays?|workdays?|working\ days?|工作日|平时)
    | (?P<weekend>weekends?|周末|双休日)
    | (?P<week>every\ ?day|daily|all\ days|每天|天天)
    | (?P<whole>all\ day(?:\ long)?|全天|整天)
    | (?P<cnday>(?:周|星期|礼拜)[一二三四五六日天]+)
    | (?P<day>(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*)
    | (?P<time>(?P<cn>上午|早上|早晨|清晨|凌晨|中午|下午|傍晚|晚上|夜里)?\s*
        (?P<h>\d{1,2}|[零一二两三四五六七八九十]{1,3})
        (?::(?P<m>\d\d)|\.(?P<dot>\d\d)(?!\d)|[点时](?:(?P<half>半)|(?P<cm>\d{1,2})分?)?钟?)?(?!\d)
        \s*(?P<ap>[ap]\.?m\b\.?|o'?clock)?)
    | (?P<noon>noon|midday|正午)
    | (?P<midnight>midnight|午夜)
    | (?P<span>(?:morning|afternoon|evening|night|lunchtime|lunch)s?|上午|早上|早晨|中午|下午|晚上|夜里|半夜)
    | (?P<before>before|earlier\ than)
    | (?P<after>after|later\ than)
    | (?P<cnbefore>以前|之前|前)
    | (?P<cnafter>以后|之后|后)
    | (?P<between>between)
    | (?P<from>from|since|从)
    | (?P<to>to|until|till|through|thru|up\ to|[-–—~]|到|至)
    | (?P<neg>not|never|no|don't|do\ not|cannot|can't|unavailable|inconvenient|busy|avoid|works?|working|asleep
        |不方便|不要|不能|不行|不可以|不想|不接|不|别|勿|没空|休息|忙|上班|开会|睡觉)
    | (?P<pos>fine|okay|ok|convenient|available|free|calls?|calling|phone|ring|contact|messages?|sms
        |可以|方便|行|有空|打电话|打扰|打|联系|电话|来电|接)
    | (?P<and>and|or|&|/|和|或者|或|及|、)
    | (?P<comma>,)
    | (?P<stop>[;.!。]|\bbut\b|但是|但)
    | (?P<filler>please|also|either|too|me|him|her|them|i'm|i|am|is|are|on|at|the|in
        |onwards?|during|it|hours?|time|talk|be|they|she|he|请|给我|我|在|的|都|也|时间|时候|是|时|要)
    | (?P<space>\s+)
    """,
    re.VERBOSE,
)
NOT_UNDERSTOOD = gettext_noop("“%(words)s” was not understood; say for example: weekdays except 3 to 5")


@dataclass(frozen=True, slots=True)
class Clock:
    """An hour as told: `sure` when am, pm or the 24-hour clock leaves no doubt."""

    minutes: int
    sure: bool

    @property
    def readings(self) -> tuple[int, ...]:
        return (self.minutes,) if self.sure else (self.minutes % 720, self.minutes % 720 + 720)

    @property
    def alone(self) -> int:
        return self.minutes + 720 if not self.sure and 60 <= self.minutes < 420 else self.minutes


Token = tuple[str, "re.Match[str]"]


DAY_KINDS = ("weekdays", "weekend", "week", "cnday", "day")


def tokens_of(words: str) -> list[Token]:
    tokens: list[Token] = []
    at, lower = 0, words.lower()
    while at < len(lower):
        match = _TOKENS.match(lower, at)
        kind = match.lastgroup if match else None
        # Part of a longer word is no word of ours.
        cut = match is not None and match[0][-1:].isascii() and match[0][-1:].isalpha() and lower[match.end() :][:1]
        if match is None or kind is None or (cut and cut.isascii() and cut.isalpha()):
            rest = re.split(r"[\s,;.]", lower[at:], maxsplit=1)[0] or lower[at]
            raise InputError("", NOT_UNDERSTOOD, words=rest)
        kind = next(name for name in _TOKEN_KINDS if match[name] is not None)
        if kind == "day" and not _is_day(match[0]):
            raise InputError("", NOT_UNDERSTOOD, words=match[0])
        if kind not in ("space", "filler"):
            tokens.append((kind, match))
        at = match.end()
    return tokens


_TOKEN_KINDS = tuple(name for name in _TOKENS.groupindex if name not in ("cn", "h", "m", "dot", "half", "cm", "ap"))
_DAY_WORD = re.compile(r"(mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(day)?s?")


def _is_day(word: str) -> bool:
    return _DAY_WORD.fullmatch(word) is not None


def day_numbers(kind: str, match: re.Match[str]) -> frozenset[int]:
    if kind == "cnday":
        return frozenset(CN_DAYS[sign] for sign in match["cnday"] if sign in CN_DAYS)
    if kind == "day":
        return frozenset({_DAY_NAMES.index(match["day"][:3])})
    return {"weekdays": WEEKDAYS, "weekend": WEEKEND, "week": WEEK}[kind]


def clock_of(match: re.Match[str], words: str) -> Clock:
    told = match["h"]
    hour = int(told) if told.isdecimal() else _cn_number(told)
    minute = 30 if match["half"] else int(match["m"] or match["dot"] or match["cm"] or 0)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise InputError("", NOT_UNDERSTOOD, words=words)
    half, part = (match["ap"] or "")[:1], match["cn"] or ""
    if half == "a" or part in _AM:
        if hour > 12:
            raise InputError("", NOT_UNDERSTOOD, words=words)
        return Clock(hour % 12 * 60 + minute, True) if hour != 12 or part != "上午" else Clock(720 + minute, True)
    if half == "p" or part in _PM:
        later = hour < 12 and not (part == "中午" and hour in (10, 11))
        if part in ("晚上", "夜里") and hour == 12:
            return Clock(1440, True) if not minute else Clock(minute, True)
        return Clock((hour + 12 if later else hour) * 60 + minute, True)
    sure = hour == 0 or hour > 12 or (len(told) == 2 and told.isdecimal() and (told[0] == "0" or bool(match["m"])))
    return Clock(hour * 60 + minute, sure)


def _cn_number(told: str) -> int:
    tens, ten, ones = told.partition("十")
    if not ten:
        return _CN_DIGITS[told] if len(told) == 1 else 99
    return (_CN_DIGITS.get(tens, 9) if tens else 1) * 10 + (_CN_DIGITS.get(ones, 99) if ones else 0)


def span_of(start: Clock, end: Clock) -> Span:
    """The span from one hour to another; whoever is in doubt is read where the span is shortest."""
    first = start.alone
    if not start.sure and end.sure:
        first = max((told for told in start.readings if told < end.minutes), default=max(start.readings))
    last = next((told for told in end.readings if told > first), end.minutes)
    return clock_time(first), clock_time(last)


def clock_time(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)
