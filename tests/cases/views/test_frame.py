"""The frame of every page: menu by role, language, error pages, the content security policy."""

from __future__ import annotations

from collections.abc import Callable

from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from borrowers.models import User
from tests.cases.views.conftest import House

Enter = Callable[[User], Client]


def test_the_menu_offers_what_the_role_may_open(house: House, enter: Enter) -> None:
    outbox, admin = reverse("cases:development_outbox"), f'href="{reverse("admin:index")}"'
    collector = enter(house.collector).get("/cases/").content.decode()
    supervisor = enter(house.supervisor).get("/cases/").content.decode()
    assert outbox not in collector
    assert admin not in collector
    assert outbox in supervisor
    assert admin in supervisor


def test_a_page_allows_no_script_but_its_own(house: House, enter: Enter) -> None:
    policy = enter(house.collector).get("/cases/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_the_language_is_switched_for_the_page_one_is_on(house: House, enter: Enter) -> None:
    client = enter(house.collector)
    answer = client.post(reverse("set_language"), {"language": "zh-hans", "next": "/cases/"})
    assert answer["Location"] == "/cases/"
    assert '<html lang="zh-hans">' in client.get("/cases/").content.decode()


def test_error_pages_are_in_the_houses_own_words(house: House, enter: Enter) -> None:
    client = enter(house.collector)
    assert "Nothing here for you" in client.get("/cases/999999/").content.decode()
    assert "You may not do this" in client.get(reverse("cases:development_outbox")).content.decode()
    assert "Nothing was saved" in render_to_string("500.html")


def test_signing_out_ends_the_session(house: House, enter: Enter) -> None:
    client = enter(house.collector)
    client.post(reverse("logout"))
    assert client.get("/cases/").status_code == 302
