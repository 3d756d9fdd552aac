"""The registers of personal data name every text of every table from which a borrower can be reached."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models

from borrowers.models import Borrower, Document
from borrowers.personal import Personal
from borrowers.services.erasing import registers

OURS = ("borrowers", "cases", "legal")


def leads_to_borrower(model: type[models.Model], seen: frozenset[type[models.Model]] = frozenset()) -> bool:
    if model is Borrower:
        return True
    targets = [f.related_model for f in model._meta.concrete_fields if f.is_relation and f.related_model is not None]
    return any(leads_to_borrower(target, seen | {model}) for target in targets if target not in {*seen, model})


def texts(model: type[models.Model]) -> Iterator[str]:
    """Columns that can hold words. Those with choices hold a code of ours."""
    for field in model._meta.concrete_fields:
        if isinstance(field, models.CharField | models.TextField | models.JSONField) and not field.choices:
            yield field.name


def tables() -> list[type[models.Model]]:
    found = [model for app in OURS for model in apps.get_app_config(app).get_models()]
    return [model for model in found if leads_to_borrower(model) and list(texts(model))]


@pytest.fixture(scope="module")
def register() -> dict[type[models.Model], Personal]:
    return {entry.model: entry for entry in registers()}


@pytest.mark.parametrize("model", tables(), ids=lambda model: model.__name__)
def test_every_text_is_erased_or_kept_on_purpose(model, register):
    entry = register.get(model)
    assert entry is not None, f"{model.__name__} tells of a borrower: add it to its app's personal.py"
    named = {*entry.erased, *entry.by_hand, *entry.kept}
    missing = set(texts(model)) - named
    assert not missing, f"say in personal.py whether a purge erases {sorted(missing)} of {model.__name__}"


def test_a_register_names_columns_that_exist_each_once(register):
    assert len(register) == len(list(registers()))
    for entry in register.values():
        columns = {field.name for field in entry.model._meta.concrete_fields}
        named = [*entry.erased, *entry.by_hand, *entry.kept]
        assert set(named) <= columns, entry.model.__name__
        assert len(named) == len(set(named)), entry.model.__name__
        path = entry.path.split("__")
        model = entry.model
        for step in path if path != ["pk"] else []:
            model = model._meta.get_field(step).related_model
        assert model is Borrower, entry.model.__name__


@pytest.mark.parametrize("model", tables(), ids=lambda model: model.__name__)
def test_every_document_of_a_borrower_goes_or_stays_on_purpose(model, register):
    entry = register[model]
    files = {field.name for field in model._meta.concrete_fields if field.related_model is Document}
    assert files == {*entry.documents, *entry.documents_kept}, model.__name__
