"""The translations check sees what it is there to see."""

from __future__ import annotations

from babel.messages.catalog import Catalog

from tests.checks.translations import faults


def _wanted() -> Catalog:
    catalog = Catalog(locale="zh_Hans")
    catalog.add("Pay", context="button", locations=[("a.py", 1)])
    catalog.add("Due on %(day)s", flags=["python-format"])
    catalog.add(("%(n)s loan", "%(n)s loans"), flags=["python-format"])
    return catalog


def _translated(pay: str = "付款", due: str = "%(day)s到期", loans: str = "%(n)s笔贷款") -> Catalog:
    catalog = Catalog(locale="zh_Hans")
    catalog.add("Pay", pay, context="button")
    catalog.add("Due on %(day)s", due, flags=["python-format"])
    catalog.add(("%(n)s loan", "%(n)s loans"), (loans,), flags=["python-format"])
    return catalog


def test_a_complete_catalogue_has_no_faults() -> None:
    assert faults(_wanted(), _translated()) == []


def test_what_is_missing_is_named_with_its_place() -> None:
    empty = Catalog(locale="zh_Hans")
    assert "missing: 'Pay' (context 'button') in a.py" in faults(_wanted(), empty)


def test_an_empty_translation_is_a_fault() -> None:
    assert faults(_wanted(), _translated(pay="")) == ["untranslated: 'Pay' (context 'button')"]


def test_a_fuzzy_translation_is_a_fault() -> None:
    translated = _translated()
    message = translated.get("Due on %(day)s")
    assert message is not None
    message.flags.add("fuzzy")
    assert faults(_wanted(), translated) == ["fuzzy: 'Due on %(day)s'"]


def test_a_lost_placeholder_is_a_fault() -> None:
    (fault,) = faults(_wanted(), _translated(due="%(dag)s到期"))
    assert fault.startswith("placeholders differ: 'Due on %(day)s'")


def test_every_plural_form_is_looked_at() -> None:
    (fault,) = faults(_wanted(), _translated(loans="笔贷款"))
    assert fault.startswith("placeholders differ: '%(n)s loan'")
