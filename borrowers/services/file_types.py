"""What a file that somebody hands in is: its beginning says so, its name does not."""

from __future__ import annotations

from borrowers.errors import InputError, gettext_noop

MOST_BYTES = 10 * 1024 * 1024
_TYPES = (
    (b"%PDF-", "application/pdf", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
)


def type_of(data: bytes) -> tuple[str, str]:
    """MIME type and ending of a paper or picture. InputError when it is none, empty or too large."""
    if len(data) > MOST_BYTES:
        raise InputError("file", gettext_noop("The file is larger than 10 MB."))
    for beginning, mime_type, ending in _TYPES:
        if data.startswith(beginning):
            return mime_type, ending
    raise InputError("file", gettext_noop("The file is neither a PDF nor a PNG or JPEG picture."))
