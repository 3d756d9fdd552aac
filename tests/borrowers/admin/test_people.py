"""Operators make users, and cannot make themselves or anybody more than an operator may."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from borrowers.models import AuditEvent, User
from tests.factories import CreditorFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def creditor():
    return CreditorFactory()


@pytest.fixture
def operator(client, creditor):
    user = UserFactory(role="operator", creditors=[creditor])
    client.force_login(user)
    return user


def change(client, person, **fields):
    data = {"username": person.username, "is_active": "on", **fields}
    return client.post(reverse("admin:borrowers_user_change", args=[person.pk]), data)


def test_an_operator_gives_roles_and_own_creditors_and_it_is_on_record(client, operator, creditor):
    person = UserFactory()
    role = Group.objects.get(name="collector")
    response = change(client, person, groups=[role.pk], creditors=[creditor.pk])
    assert response.status_code == 302
    assert list(person.creditors.all()) == [creditor]
    events = AuditEvent.objects.filter(action="change_powers", subject_id=person.pk, actor=operator)
    assert {(e.field, e.new) for e in events} == {("groups", "collector"), ("creditors", creditor.code)}


def test_superuser_and_permissions_cannot_be_smuggled_in(client, operator):
    person = UserFactory()
    change(client, person, is_superuser="on", is_staff="on", user_permissions=[1, 2, 3])
    person.refresh_from_db()
    assert not person.is_superuser
    assert not person.user_permissions.exists()


def test_foreign_creditors_and_other_groups_are_no_choice(client, operator):
    person = UserFactory()
    foreign, strange = CreditorFactory(), Group.objects.create(name="everything")
    change(client, person, creditors=[foreign.pk], groups=[strange.pk])
    assert not person.creditors.exists()
    assert not person.groups.exists()


def test_accounts_with_more_power_are_not_changed(client, operator, creditor):
    chief = UserFactory(is_superuser=True, is_staff=True)
    wider = UserFactory(role="supervisor", creditors=[creditor, CreditorFactory()])
    for person in (chief, wider, operator):
        assert change(client, person, first_name="X").status_code in (302, 403)
        password = reverse("admin:auth_user_password_change", args=[person.pk])
        assert client.post(password, {"password1": "Ein-langes-1", "password2": "Ein-langes-1"}).status_code in (
            302,
            403,
            404,
        )
    assert not User.objects.filter(first_name="X").exists()


def test_a_new_user_is_made(client, operator):
    data = {
        "username": "newcomer",
        "usable_password": "true",
        "password1": "Long-enough-91",
        "password2": "Long-enough-91",
    }
    assert client.post(reverse("admin:borrowers_user_add"), data).status_code == 302
    made = User.objects.get(username="newcomer")
    assert made.check_password("Long-enough-91")
    assert not made.is_superuser
