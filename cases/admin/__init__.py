"""Cases and what is done about them in Django's administration."""

from cases.admin import cases, history, rules

__all__ = ["cases", "history", "rules"]
