"""Inconvenient times in borrowers' words: what people really say, read as documented, shown back, never guessed."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borrowers.errors import InputError
from cases.policy.facts import TimeWindow
from cases.policy.times_in_words import window_words, windows_from_words

# Words → what is shown back: several inconvenient times with a bar between.
PHRASES = {
    "weekdays except 3 to 5": "weekdays, except from 15:00 to 17:00",
    "Weekdays except 3-5pm.": "weekdays, except from 15:00 to 17:00",
    "not before 10": "every day, from 00:00 to 10:00",
    "please don't call before 9:30am": "every day, from 00:00 to 09:30",
    "until noon": "every day, from 00:00 to 12:00",
    "after 6pm only": "every day, from 00:00 to 18:00",
    "only after 6pm": "every day, from 00:00 to 18:00",
    "phone calls only after 6": "every day, from 00:00 to 18:00",
    "only before 10": "every day, except from 00:00 to 10:00",
    "not after 8pm": "every day, from 20:00 to 24:00",
    "not before 10 or after 8pm": "every day, from 00:00 to 10:00|every day, from 20:00 to 24:00",
    "not before 10, not after 8pm": "every day, from 00:00 to 10:00|every day, from 20:00 to 24:00",
    "never on Sundays": "Sunday, all day",
    "don't call on Sundays": "Sunday, all day",
    "never on Sundays and not before 10": "Sunday, all day|every day, from 00:00 to 10:00",
    "weekends": "weekends, all day",
    "weekdays": "weekdays, all day",
    "only weekends": "weekdays, all day",
    "weekends only": "weekdays, all day",
    "only weekdays 9 to 5": "weekends, all day|weekdays, except from 09:00 to 17:00",
    "on weekdays only after 7pm": "weekdays, from 00:00 to 19:00",
    "only weekdays, not before 10": "weekends, all day|every day, from 00:00 to 10:00",
    "weekends not before 10": "weekends, from 00:00 to 10:00",
    "Mon-Fri 9-17": "weekdays, from 09:00 to 17:00",
    "Monday to Friday, 9 to 5": "weekdays, from 09:00 to 17:00",
    "Mondays and Wednesdays": "Monday, Wednesday, all day",
    "Mon, Wed, Fri": "Monday, Wednesday, Friday, all day",
    "Fri-Mon": "Monday, Friday, Saturday, Sunday, all day",
    "Friday afternoons": "Friday, from 12:00 to 18:00",
    "not on Tuesday mornings": "Tuesday, from 06:00 to 12:00",
    "mornings, weekends": "every day, from 06:00 to 12:00|weekends, all day",
    "don't call me at night": "every day, from 22:00 to 08:00",
    "I work 9 to 5": "every day, from 09:00 to 17:00",
    "not during office hours": "weekdays, from 09:00 to 18:00",
    "between 12 and 2": "every day, from 12:00 to 14:00",
    "6 to 8": "every day, from 18:00 to 20:00",
    "7 to 9": "every day, from 07:00 to 09:00",
    "10 to 8": "every day, from 10:00 to 20:00",
    "8 to 10pm": "every day, from 20:00 to 22:00",
    "10pm to 8am": "every day, from 22:00 to 08:00",
    "03:30 to 05:00": "every day, from 03:30 to 05:00",
    "9.15 to 9.45": "every day, from 09:15 to 09:45",
    "from 14:00 to 16:30 on Thursdays": "Thursday, from 14:00 to 16:30",
    "weekdays 9 to 12 and 14 to 18": "weekdays, from 09:00 to 12:00|weekdays, from 14:00 to 18:00",
    "only 10 to 12 or 14 to 16": (
        "every day, from 00:00 to 10:00|every day, from 12:00 to 14:00|every day, from 16:00 to 24:00"
    ),
    "except Sundays": "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, all day",
    "weekdays except Friday 3 to 5": (
        "Monday, Tuesday, Wednesday, Thursday, all day|Friday, except from 15:00 to 17:00"
    ),
    "工作日上午不方便": "weekdays, from 06:00 to 12:00",
    "周末不要打": "weekends, all day",
    "工作日15点到17点以外不行": "weekdays, except from 15:00 to 17:00",
    "工作日除了15点到17点以外都不方便": "weekdays, except from 15:00 to 17:00",
    "只能晚上7点以后": "every day, from 00:00 to 19:00",
    "工作日只能晚上7点以后": "weekdays, from 00:00 to 19:00",
    "中午12点到2点休息": "every day, from 12:00 to 14:00",
    "周一到周五9点到18点不方便": "weekdays, from 09:00 to 18:00",
    "周一至五上班时间别打": "weekdays, from 09:00 to 18:00",
    "周六日不要打电话": "weekends, all day",
    "周一、周三下午没空": "Monday, Wednesday, from 12:00 to 18:00",
    "周一，周三不行": "Monday, Wednesday, all day",
    "除了周末都不方便": "weekdays, all day",
    "每天晚上10点到早上8点不要打": "every day, from 22:00 to 08:00",
    "下午三点半以后不行": "every day, from 15:30 to 24:00",
    "十二点到十四点": "every day, from 12:00 to 14:00",
    "只有周末方便": "weekdays, all day",
    "星期天不行": "Sunday, all day",
    "礼拜六上午": "Saturday, from 06:00 to 12:00",
    "周末不要在10点以前打": "weekends, from 00:00 to 10:00",
    "周末不要打电话，工作日上午不方便": "weekends, all day|weekdays, from 06:00 to 12:00",
    "周末不行，早上也不行": "weekends, all day|every day, from 06:00 to 12:00",
}


def shown(text: str) -> str:
    return "|".join(window_words(window, str) for window in windows_from_words(text))


@pytest.mark.parametrize(("text", "expected"), PHRASES.items(), ids=range(len(PHRASES)))
def test_what_borrowers_say(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_there_are_many_of_them_and_each_keeps_its_words() -> None:
    assert len(PHRASES) >= 60
    [window] = windows_from_words(" Weekdays except 3 to 5 ")
    assert window == TimeWindow(frozenset(range(5)), time(15), time(17), True, "Weekdays except 3 to 5")


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", ",", "never", "only", "please", "banana", "Monkeys", "weekdays except", "any time", "at 3", "3",
        "25 to 26", "13am to 15", "9:75 to 10", "before midnight", "weekends are fine", "call me after 6", "周末打电话",
        "周末可以", "only weekends, only after 6", "only except 3 to 5", "weekdays 9 to 5 except 12 to 1",
        "except every day", "not on Sundays call after 6", "weekdays, sometimes", "不知道", "3 to", "between 3",
        "tomorrow", "1000", "x" * 301,
    ],
)  # fmt: skip
def test_what_is_not_understood_is_said_and_not_guessed(text: str) -> None:
    with pytest.raises(InputError) as refusal:
        windows_from_words(text)
    assert refusal.value.text


def test_the_word_that_was_not_understood_is_named() -> None:
    with pytest.raises(InputError, match="banana"):
        windows_from_words("weekdays banana 3 to 5")


CHINESE = {
    "%(days)s, all day": "%(days)s，全天",
    "%(days)s, from %(start)s to %(end)s": "%(days)s，%(start)s到%(end)s",
    "%(days)s, except from %(start)s to %(end)s": "%(days)s，%(start)s到%(end)s以外",
    "every day": "每天",
    "weekdays": "工作日",
    "weekends": "周末",
    "Monday": "周一",
    "Tuesday": "周二",
    "Wednesday": "周三",
    "Thursday": "周四",
    "Friday": "周五",
    "Saturday": "周六",
    "Sunday": "周日",
}
clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59))
days = st.frozensets(st.integers(0, 6), min_size=1)


@given(days, clocks, clocks, st.booleans(), st.sampled_from([str, CHINESE.__getitem__]))
def test_what_is_shown_is_read_as_the_same(on, start, end, outside, gettext) -> None:
    window = TimeWindow(on, start, end, outside and start < end)
    words = window_words(window, gettext)
    [again] = windows_from_words(words)
    assert (again.days, again.start, again.end, again.outside) == (window.days, start, end, window.outside), words


@given(st.text(alphabet="not only except weekdays mon,;.3:0 pm-到周一点以外不行只", max_size=40))
def test_whatever_is_written_gives_times_or_one_sentence(text: str) -> None:
    try:
        assert windows_from_words(text)
    except InputError as refusal:
        assert refusal.text  # noqa: PT017  # both ends are right; nothing else may come
