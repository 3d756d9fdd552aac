"""Telephone numbers in one form: E.164 ("+8613812345678"), so that two spellings of a number are one number.

Numbers for tests and the demo come from ranges in which nobody has a telephone:
China, mobile    +86 154 0000 xxxx   segment 154 has been given to no operator
China, landline  +86 10 0000 xxxx    no subscriber number begins with 0
United States    +1 <area> 555 01xx  kept for fiction by the numbering administration
United Kingdom   +44 7700 900xxx, +44 20 7946 0xxx   kept for drama by Ofcom
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import phonenumbers

from borrowers.errors import InputError, gettext_noop
from borrowers.money import shown

_NOT_A_NUMBER = gettext_noop("%(value)s is not a telephone number of region %(region)s")
_EXTENSION = gettext_noop("%(value)s: a number with an extension cannot be dialled; give the number alone")
_EMPTY = gettext_noop("a telephone number is missing")

# Nearly every number of a Chinese file is a mobile. Any third digit from 3 is taken, also in segments that
# the library's tables do not know yet: new ones open faster than tables are updated.
_CN_MOBILE = re.compile(r"(?:\+86|0086|86)?(1[3-9][0-9]{9})")
# A whole North American number: area and exchange never begin with 0 or 1.
_NANP = re.compile(r"\+1[2-9][0-9]{2}[2-9][0-9]{6}")
# Real plans reserve these for fiction, and the library calls them invalid for that reason.
_FICTIONAL = re.compile(r"\+447700900[0-9]{3}")
_LOOKS = str.maketrans("", "", " -\u2010\u2011\u2012\u2013\u2014\u00a0.()\u200b\u200e\u202a\u202c")


def normalise_phone(raw: str, region: str) -> str:
    """`raw` in E.164. `region` (ISO 3166, "CN") is where a number without country code is dialled from.

    InputError, without a place, for what is no number of any plan, and for one with an extension: dropping
    the extension would ring a switchboard. Full-width digits, blanks, hyphens and brackets do not matter.
    """
    bare = raw.translate(_LOOKS)
    if not bare.isascii():
        bare = unicodedata.normalize("NFKC", bare).translate(_LOOKS)
    if region == "CN" or bare.startswith("+86"):
        match = _CN_MOBILE.fullmatch(bare)
        if match:
            return "+86" + match.group(1)
    if _NANP.fullmatch(bare) or _FICTIONAL.fullmatch(bare):
        return bare
    return _by_library(raw.strip(), region.upper())


@lru_cache(maxsize=65536)
def _by_library(raw: str, region: str) -> str:
    if not raw:
        raise InputError("", _EMPTY)
    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException as error:
        raise InputError("", _NOT_A_NUMBER, value=shown(raw), region=region) from error
    if number.extension:
        raise InputError("", _EXTENSION, value=shown(raw))
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not phonenumbers.is_valid_number(number) and not _FICTIONAL.fullmatch(e164):
        raise InputError("", _NOT_A_NUMBER, value=shown(raw), region=region)
    return e164
