"""Roles: made once, kept as they were changed by hand, and completed on request after an update."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

pytestmark = pytest.mark.django_db


def codenames(name: str) -> set[str]:
    return set(Group.objects.get(name=name).permissions.values_list("codename", flat=True))


def test_what_was_changed_by_hand_stays_until_the_missing_is_asked_for() -> None:
    call_command("set_up_roles")
    supervisor = Group.objects.get(name="supervisor")
    before = codenames("supervisor")
    assert "make_print_run" in before
    supervisor.permissions.remove(Permission.objects.get(codename="make_print_run"))
    supervisor.permissions.add(Permission.objects.get(codename="delete_case"))
    call_command("set_up_roles")
    assert codenames("supervisor") == before - {"make_print_run"} | {"delete_case"}
    call_command("set_up_roles", "--add-missing")
    assert codenames("supervisor") == before | {"delete_case"}
