"""The one error for input that cannot be taken. Free of Django, so that rules and calculators can raise it."""

from __future__ import annotations

from collections.abc import Callable


def gettext_noop(text: str) -> str:
    """Mark `text` for translation without translating it. `makemessages` knows the function by this name;
    Django's own is not used because the rules import no Django."""
    return text


class InputError(ValueError):
    """Something handed in is refused.

    `where` names the place ("payments[2].amount", "loans.csv row 7, due_on"; empty when the raiser cannot
    know it: the caller adds it with `at`). `message` is an English template in the %(name)s style, filled
    from `params`; a screen shows `translated(gettext)`, a terminal `str(error)`.
    """

    def __init__(self, where: str, message: str, **params: object) -> None:
        super().__init__(where, message)
        self.where = where
        self.message = message
        self.params = params

    @property
    def text(self) -> str:
        """The message in English, without the place."""
        return self.translated(str)

    def translated(self, gettext: Callable[[str], str]) -> str:
        """The message through `gettext`, filled in, without the place."""
        template = gettext(self.message)
        return template % self.params if self.params else template

    def at(self, prefix: str) -> InputError:
        """The same error seen from further out: `prefix` is put before the place."""
        joined = prefix + ("" if not self.where or self.where.startswith("[") else ".") + self.where
        return InputError(joined if prefix else self.where, self.message, **self.params)

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text
