"""Cases and what is done about them in Django's administration."""

from cases.admin import cases, conditions, history, rules

__all__ = ["cases", "conditions", "history", "rules"]
