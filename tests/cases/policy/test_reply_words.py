"""Words that stop messages at once, and sentences that a person reads first."""

import pytest

from cases.policy.reply_words import Meaning, first_words, meaning_of


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop", " Stop. ", "STOP!!", "ＳＴＯＰ", "StopAll", "unsubscribe", "END", "quit", "Cancel", "opt out", "OPT-OUT",
     "please stop", "TD", "td", "ＴＤ", "T", "t.", "N", "退订", "退订。", "【退订】", "拒收", "回复TD", "请不要再发", "别再发了！", "\n退 订\n"],
)  # fmt: skip
def test_a_word_stops_messages(text):
    assert meaning_of(text) is Meaning.OPT_OUT


@pytest.mark.parametrize(
    "text", ["wrong number", "Wrong number!", "打错了", "发错了。", "不认识", "我不认识他", "不是本人"]
)
def test_a_word_says_that_the_number_is_not_theirs(text):
    assert meaning_of(text) is Meaning.WRONG_NUMBER


@pytest.mark.parametrize(
    "text",
    ["please stop calling me at work", "I will not stop paying", "don't text me at night", "你们别再骚扰我", "能不能停止催收", "do not call"],
)  # fmt: skip
def test_a_sentence_about_stopping_is_read_by_a_person(text):
    assert meaning_of(text) is Meaning.TALK_STOP


@pytest.mark.parametrize(
    "text", ["", "ok", "明天还", "I will pay on Friday", "td bank transfer done", "end of month", "nonstop", "好的"]
)
def test_everything_else_is_talk(text):
    assert meaning_of(text) is Meaning.TALK


@pytest.mark.parametrize("text", ["START", "unstop", "恢复"])
def test_an_opt_out_may_be_taken_back(text):
    assert meaning_of(text) is Meaning.RESUME


@pytest.mark.parametrize(
    "mail",
    ["STOP\r\n\r\nOn Mon, 2 Mar 2026, Sample Lender wrote:\r\n> Reply STOP to stop", "退订\n\n发件人：示例贷款\n主题：提醒",
     "stop\n--\nA. Sample\nSales", "stop\n> To stop these e-mails, reply with the word STOP."],
)  # fmt: skip
def test_of_a_mail_only_what_was_written_anew_counts(mail):
    assert meaning_of(first_words(mail)) is Meaning.OPT_OUT
    assert meaning_of(first_words("I will pay.\n> reply STOP")) is Meaning.TALK
