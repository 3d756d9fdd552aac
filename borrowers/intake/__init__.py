"""Placements and payment files: read → check → load. Nothing is written before every row has been checked."""

from .load import IntakeReport, check_upload, load_upload
from .source import FileRefused

__all__ = ["FileRefused", "IntakeReport", "check_upload", "load_upload"]
