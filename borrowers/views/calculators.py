"""The calculators of the command line on a page: the same functions, so a figure here is the figure of a letter."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from borrowers.errors import InputError
from borrowers.management.commands.calc import read_object
from borrowers.views.examples import EXAMPLES, TITLES

MOST_CHARACTERS = 1_000_000


@login_required
@require_http_methods(["GET", "POST"])
def calculators(request: HttpRequest, name: str = "") -> HttpResponse:
    """GET shows a calculator with its worked example; POST answers with the result beside it, or the error's place."""
    name = name or next(iter(settings.CALCULATORS))
    if name not in settings.CALCULATORS:
        raise Http404
    text = request.POST.get("input") or json.dumps(EXAMPLES.get(name, {}), ensure_ascii=False, indent=2)
    context: dict[str, Any] = {
        "name": name,
        "tabs": [(key, TITLES.get(key, key)) for key in settings.CALCULATORS],
        "input": text,
        **run_calculator(name, text),
    }
    whole = not request.headers.get("HX-Request")
    return render(request, "borrowers/calculators.html" if whole else "borrowers/_calculated.html", context)


def run_calculator(name: str, text: str) -> dict[str, Any]:
    """{"result": JSON text, "facts": [(name, value)] of its plain values} or {"error", "where"}."""
    if len(text) > MOST_CHARACTERS:
        return {"error": gettext("This is too long for the page: use the calc command."), "where": ""}
    try:
        result = import_string(settings.CALCULATORS[name])(read_object(text.encode()))
    except InputError as error:
        bare = InputError("", error.message, **error.params)
        return {"error": bare.translated(gettext), "where": error.where}
    facts = [(key.replace("_", " "), value) for key, value in result.items() if not isinstance(value, (list, dict))]
    return {"result": json.dumps(result, ensure_ascii=False, indent=2), "facts": facts}
