"""Check that the Simplified Chinese catalogue says everything that the program says.

    .venv/bin/python -m tests.checks.translations

Extracts the messages anew (needs xgettext) and prints, one a line: what the catalogue lacks, what is untranslated or
fuzzy, and where a translation has lost a placeholder. Exit code 1 if there was any.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.core.management import call_command
from django.test import override_settings

ROOT = Path(__file__).resolve().parent.parent.parent
LOCALE = "zh_Hans"
CATALOGUE = ROOT / "config" / "locale" / LOCALE / "LC_MESSAGES" / "django.po"
IGNORED = ("config/locale", ".venv/*", "var/*", "static/*", "tests/*", "tools/*")

# %(name)s and friends, and {name} of str.format: a translation must use the same ones.
_PERCENT = re.compile(r"%\((\w+)\)[sdif]")
_BRACES = re.compile(r"\{(\w+)[^{}]*\}")


def extracted() -> Catalog:
    """Every message of the program, read from its sources now; the tree is left as it is."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / LOCALE / "LC_MESSAGES").mkdir(parents=True)
        with override_settings(LOCALE_PATHS=[folder]):
            call_command(
                "makemessages", locale=[LOCALE], ignore_patterns=list(IGNORED), add_location="file", verbosity=0
            )
        return _read(Path(folder) / LOCALE / "LC_MESSAGES" / "django.po")


def faults(wanted: Catalog, translated: Catalog) -> list[str]:
    """One line for each message of `wanted` that `translated` does not say, or says wrongly."""
    found = []
    for message in wanted:
        if not message.id:
            continue  # the header
        there = translated.get(_key(message), message.context)
        label = repr(_key(message)) + (f" (context {message.context!r})" if message.context else "")
        if there is None:
            places = ", ".join(sorted({place for place, _ in message.locations}))
            found.append(f"missing: {label} in {places}")
        elif there.fuzzy:
            found.append(f"fuzzy: {label}")
        elif not all(_texts(there.string)):
            found.append(f"untranslated: {label}")
        else:
            found.extend(_placeholder_faults(label, message, there))
    return found


def _placeholder_faults(label: str, message: Message, there: Message) -> list[str]:
    found: list[str] = []
    patterns = [_PERCENT] + ([_BRACES] if "python-brace-format" in message.flags else [])
    for pattern in patterns:
        # A plural may leave the number out in the singular: the last form is the full one.
        expected = set(pattern.findall(_texts(message.id)[-1]))
        found.extend(
            f"placeholders differ: {label} -> {text!r}"
            for text in _texts(there.string)
            if set(pattern.findall(text)) != expected
        )
    return found


def _key(message: Message) -> str:
    return _texts(message.id)[0]


def _texts(value: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    """The forms of a message: one, or one for each plural."""
    return (value or "",) if value is None or isinstance(value, str) else tuple(value)


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=LOCALE)


def main() -> int:
    os.chdir(ROOT)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    if not CATALOGUE.is_file():
        print(f"no catalogue at {CATALOGUE.relative_to(ROOT)}: ./run messages makes it")
        return 1
    wanted, translated = extracted(), _read(CATALOGUE)
    lines = faults(wanted, translated)
    if translated.fuzzy:
        lines.append("the catalogue's header is marked fuzzy: it would not be compiled")
    print("\n".join([*lines, f"{len(wanted)} messages, {len(lines)} faults"]))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
