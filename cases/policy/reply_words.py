"""What a reply by SMS or e-mail means, as far as a word can tell. Pure.

Only a message that is nothing but such a word is acted on by itself; a sentence is read by a person. 12 CFR 1006.14(h)
and 1006.6(e) ask that a consumer who uses the told word is heard; the words beside STOP are those that carriers act on.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


class Meaning(StrEnum):
    """`OPT_OUT`: no more by this channel. `WRONG_NUMBER`: not the person. `RESUME`: takes an opt-out back. `TALK`: words
    for a person to read; `TALK_STOP`: a sentence that seems to ask to stop, and is read first."""

    OPT_OUT = "opt_out"
    WRONG_NUMBER = "wrong_number"
    RESUME = "resume"
    TALK = "talk"
    TALK_STOP = "talk_stop"


_OPT_OUT = frozenset(
    "stop stopall stopp unsubscribe unsub cancel end quit revoke optout remove arret td t n q".split()
) | {
    "stop all",
    "opt out",
    "opt-out",
    "please stop",
    "stop please",
    "remove me",
    "unsubscribe me",
    "stop it",
    "no more",
}
_OPT_OUT_ZH = frozenset(
    "退订 退訂 拒收 取消 停止 回复td 回t 拒绝 不要再发 不要再发了 别再发了 别发了 不要发了 请勿再发 请不要再发 请停止发送 停发".split()
)
_WRONG = frozenset(
    {"wrong number", "wrong person", "you have the wrong number", "this is the wrong number", "wrong no", "not me"}
)
_WRONG_ZH = frozenset(
    "打错了 发错了 号码错了 错号 你发错了 你打错了 您发错了 不认识 不认识这个人 我不认识他 我不认识她 不是本人 不是我".split()
)
_RESUME = frozenset("start unstop resume subscribe yes".split()) | {"恢复", "订阅", "恢复接收"}
_SEEMS_STOP = re.compile(
    r"\b(stop|unsubscribe|opt[ -]?out|remove me|leave me alone|do not (text|contact|e-?mail|call|message)|"
    r"don'?t (text|contact|e-?mail|call|message))\b|退订|别再|不要再|停止|拒收|勿扰|骚扰",
    re.IGNORECASE,
)


def meaning_of(text: str) -> Meaning:
    """What the reply says; width, case, punctuation and spaces around do not matter."""
    words = _plain(text)
    if words in _OPT_OUT or words.replace(" ", "") in _OPT_OUT_ZH:
        return Meaning.OPT_OUT
    if words in _WRONG or words.replace(" ", "") in _WRONG_ZH:
        return Meaning.WRONG_NUMBER
    if words in _RESUME:
        return Meaning.RESUME
    return Meaning.TALK_STOP if _SEEMS_STOP.search(unicodedata.normalize("NFKC", text)) else Meaning.TALK


def first_words(text: str) -> str:
    """Of an e-mail the part that its writer wrote: all before the quoted mail or the signature."""
    lines: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        bare = line.strip()
        if bare.startswith(">") or bare == "--" or _QUOTE_HEAD.match(bare):
            break
        lines.append(line)
    return "\n".join(lines).strip()


_QUOTE_HEAD = re.compile(
    r"^(on .+ wrote:|-+ ?original message ?-+|from: .+|发件人[:：].*|在.+写道[:：]?|-+ ?原始邮件 ?-+)$", re.IGNORECASE
)


def _plain(text: str) -> str:
    """Lower case, narrow signs, single spaces, nothing at the ends that is no letter or figure."""
    narrow = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"^[\W_]+|[\W_]+$", "", " ".join(narrow.split()))
