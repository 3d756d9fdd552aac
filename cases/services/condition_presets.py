"""The conditions of contact that a collector sets by two keys: one opens the panel, one letter says which."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.models import ContactCondition
from cases.models.contact import Channel
from cases.policy import ConsentKind, Flag, Place

_Kind = ContactCondition.Kind


class Asks(StrEnum):
    """What else has to be told: nothing; words (`words`); hours in the borrower's words, read by
    cases.policy.times_in_words and shown back (`times`); the last day (`until`)."""

    NOTHING = "nothing"
    WORDS = "words"
    TIMES = "times"
    UNTIL = "until"


@dataclass(frozen=True, slots=True)
class Preset:
    """One row of the panel. `label` is translated when shown, as is `hint`, what the words should say.

    `of_number`: it is about the number or address of the contact that is being booked, and needs one.
    `required`: without what it asks for, it is not recorded.
    """

    letter: str
    kind: str
    code: str
    label: Any
    asks: Asks = Asks.NOTHING
    hint: Any = ""
    of_number: bool = False
    required: bool = False


_ALL = (
    Preset("c", _Kind.OPT_OUT, Channel.PHONE, _("no calls")),
    Preset("s", _Kind.OPT_OUT, Channel.SMS, _("no SMS")),
    Preset("e", _Kind.OPT_OUT, Channel.EMAIL, _("no e-mail")),
    Preset("x", _Kind.OPT_OUT, "", _("not this number at all"), of_number=True),
    Preset(
        "t",
        _Kind.TIME,
        "",
        _("inconvenient time"),
        Asks.TIMES,
        _("In the borrower's words: weekdays except 3 to 5, only after 7pm"),
        required=True,
    ),
    Preset("w", _Kind.PLACE, Place.WORKPLACE, _("not at work")),
    Preset("l", _Kind.FLAG, Flag.ATTORNEY, _("has a lawyer"), Asks.WORDS, _("Name and address of the lawyer"),
           required=True),
    Preset("r", _Kind.FLAG, Flag.REPRESENTED, _("has a representative"), Asks.WORDS,
           _("Name and address of the representative"), required=True),
    Preset("a", _Kind.FLAG, Flag.DEBT_ADVISER, _("works with a debt adviser"), Asks.WORDS,
           _("Name and address of the adviser")),
    Preset("y", _Kind.CONSENT, ConsentKind.CALL, _("agrees to calls")),
    Preset("n", _Kind.CONSENT, ConsentKind.NIGHT, _("agrees to calls at night")),
    Preset("m", _Kind.CONSENT, ConsentKind.TEXT, _("agrees to SMS")),
    Preset("i", _Kind.CONSENT, ConsentKind.EMAIL, _("agrees to e-mail")),
    Preset("d", _Kind.FLAG, Flag.DISPUTE_OPEN, _("disputes the debt"), Asks.WORDS, _("What is disputed")),
    Preset("p", _Kind.FLAG, Flag.COMPLAINT_OPEN, _("complains"), Asks.WORDS, _("What about")),
    Preset("b", _Kind.FLAG, Flag.BREATHING_SPACE, _("breathing space"), Asks.UNTIL, _("Its last day, if known")),
    Preset("z", _Kind.FLAG, Flag.CEASE, _("demands that contact cease"), Asks.WORDS, _("In the borrower's words")),
    Preset("v", _Kind.FLAG, Flag.VULNERABLE, _("is vulnerable"), Asks.WORDS, _("What has to be heeded")),
    Preset("h", _Kind.FLAG, Flag.HOLD, _("hold"), Asks.UNTIL, _("Its last day; seven days if none is given")),
    Preset("k", _Kind.FLAG, Flag.DECEASED, _("is said to have died"), Asks.WORDS, _("Who says so; to be verified")),
    Preset("u", _Kind.FLAG, Flag.BANKRUPT, _("is bankrupt"), Asks.WORDS, _("Court and administrator")),
)  # fmt: skip

# letter → preset, in the order in which the panel shows them.
PRESETS: dict[str, Preset] = {preset.letter: preset for preset in _ALL}
