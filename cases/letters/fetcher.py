"""What a letter may load while it is laid out: `data:` and files under the project's static root. Nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from weasyprint.urls import FatalURLFetchingError, URLFetcher

from cases.letters.fonts import STATIC_ROOT


class FetchRefused(FatalURLFetchingError):
    """A letter's template asked for something outside of the house.

    Fatal, so that the letter is not laid out without it; a BaseException in WeasyPrint: `render` turns it
    into a RenderError.
    """


class StaticOnlyFetcher(URLFetcher):
    """Refuses every address but `data:` and `file:` below STATIC_ROOT (links resolved)."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("data", "file"), allow_redirects=False, fail_on_errors=False)

    def fetch(self, url: str, headers: Any = None) -> Any:
        scheme = urlsplit(url).scheme.lower()
        if scheme == "file":
            path = Path(unquote(urlsplit(url).path)).resolve()
            if not path.is_relative_to(STATIC_ROOT.resolve()):
                raise FetchRefused(f"a letter may not read {path.name}: it lies outside of the static files")
        elif scheme != "data":
            raise FetchRefused(f"a letter may not fetch a {scheme or 'relative'} address")
        return super().fetch(url, headers)
