"""SMS segments: at every edge, and for any text."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.channels.segments import (
    GSM7,
    ROOM,
    UCS2,
    Segments,
    decode,
    encode,
    encoding_of,
    segments,
    sms_cost,
    split,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments(GSM7, 0, 1, 160)),
        ("a" * 160, Segments(GSM7, 160, 1, 0)),
        ("a" * 161, Segments(GSM7, 161, 2, 145)),
        ("a" * 306, Segments(GSM7, 306, 2, 0)),
        ("a" * 307, Segments(GSM7, 307, 3, 152)),
        ("€" * 80, Segments(GSM7, 160, 1, 0)),
        ("€" * 81, Segments(GSM7, 162, 2, 143)),
        ("款" * 70, Segments(UCS2, 70, 1, 0)),
        ("款" * 71, Segments(UCS2, 71, 2, 63)),
        ("款" * 134, Segments(UCS2, 134, 2, 0)),
        ("款" * 135, Segments(UCS2, 135, 3, 66)),
        ("a" * 70 + "款", Segments(UCS2, 71, 2, 63)),
        ("😀" * 35, Segments(UCS2, 70, 1, 0)),
        ("😀" * 36, Segments(UCS2, 72, 2, 61)),
    ],
)
def test_segments_at_the_edges(text, expected):
    assert segments(text) == expected


def test_a_sign_of_two_units_is_never_cut():
    parts = split("a" * 152 + "€" + "b" * 20)
    assert parts == ["a" * 152, "€" + "b" * 20]  # the septet that is left stays empty
    parts = split("款" * 66 + "😀" + "款" * 20)
    assert parts == ["款" * 66, "😀" + "款" * 20]


@pytest.mark.parametrize("text", ["ç", "“quoted”", "`", "\t", "中"])
def test_one_sign_outside_the_alphabet_makes_the_whole_text_ucs2(text):
    assert encoding_of("plain " + text) == UCS2


@given(st.text(alphabet=st.one_of(st.characters(codec="utf-8"), st.sampled_from("ab€{}款😀")), max_size=500))
def test_the_parts_are_the_text_and_each_fits(text):
    parts, found = split(text), segments(text)
    assert "".join(parts) == text
    assert found.count == len(parts) >= 1
    assert found.remaining >= 0
    room = ROOM[found.encoding][len(parts) > 1]
    for part in parts:
        units = (
            len(part.encode("utf-16-be")) // 2
            if found.encoding == UCS2
            else len(part) + sum(map(part.count, "\f^{}\\[~]|€"))
        )
        assert units <= room
    assert found.units == sum(
        len(part.encode("utf-16-be")) // 2
        if found.encoding == UCS2
        else len(part) + sum(map(part.count, "\f^{}\\[~]|€"))
        for part in parts
    )


@pytest.mark.parametrize(("text", "cost"), [("a" * 160, "0.0450"), ("款" * 135, "0.1350")])
def test_each_segment_costs(text, cost):
    assert sms_cost(text, Decimal("0.045")) == Decimal(cost)


@pytest.mark.parametrize(("text", "data"), [("@A§à", b"\x00A_\x7f"), ("€[", b"\x1be\x1b<"), ("Δ\n", b"\x10\n")])
def test_the_alphabet_has_its_codes(text, data):
    assert encode(text, GSM7) == data
    assert decode(data, GSM7) == text


@given(st.text(max_size=100))
def test_what_was_encoded_is_read_again(text):
    encoding = encoding_of(text)
    assert decode(encode(text, encoding), encoding) == text
