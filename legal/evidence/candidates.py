"""What may become an exhibit: named for the catalogue, and drawn or read only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper of the house for one matter. `read` takes the bundle's number and gives the file's bytes; `mime_type` says
    what they are. `document` is the number under which the file is kept, None where it is drawn for the bundle."""

    key: str
    group: str
    kind: str
    name: str
    form: str
    source: str
    proves: str
    content: str
    remarks: str
    mime_type: str
    read: Callable[[str], bytes]
    document: int | None = None

    @property
    def is_picture(self) -> bool:
        return self.mime_type.startswith("image/")


@dataclass(frozen=True, slots=True)
class LogExport:
    """The contact log as it leaves: one line of JSON an entry, its end, and how many entries were covered."""

    lines: bytes
    length: int
    head: str
    covered: int
