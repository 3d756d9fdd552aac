"""Words about papers for the screens."""

from __future__ import annotations

from django import template
from django.utils.functional import Promise

from legal.models import LegalPaper, Matter
from legal.services.papers.kinds import kinds_for

register = template.Library()


@register.filter
def paper_kinds(matter: Matter) -> list[tuple[str, str | Promise]]:
    """{{ matter|paper_kinds }}: the kinds of papers that may be written in the matter, with their names."""
    return [(kind, LegalPaper.Kind(kind).label) for kind in kinds_for(matter.case.creditor.pack)]
