"""Creditors, borrowers, money and people in Django's administration."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from borrowers.admin import ledger, parties, people

__all__ = ["ledger", "parties", "people"]

admin.site.site_header = _("Fairdue administration")
admin.site.site_title = _("Fairdue administration")
admin.site.index_title = _("Overview")
