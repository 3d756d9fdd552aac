"""Cases and what is done about them in Django's administration."""

from cases.admin import arrangements, cases, conditions, history, legal_holds, objections, rules

__all__ = ["arrangements", "cases", "conditions", "history", "legal_holds", "objections", "rules"]
