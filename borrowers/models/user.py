"""The people who work with Fairdue. Roles are groups; creditors say whose borrowers a person may see."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

COLLECTOR = "collector"
SUPERVISOR = "supervisor"
LEGAL = "legal"
OPERATOR = "operator"
# Lawyers of a firm from outside: they see the matters of their own firm and nothing else.
COUNSEL = "counsel"
# Given to a supervisor besides: who approves what goes beyond a supervisor's authority.
MANAGER = "manager"
ROLES = (COLLECTOR, SUPERVISOR, MANAGER, LEGAL, OPERATOR, COUNSEL)


class User(AbstractUser):
    """A member of staff. A superuser sees every creditor, others those listed in `creditors`."""

    creditors = models.ManyToManyField(
        "borrowers.Creditor", blank=True, related_name="staff", verbose_name=_("creditors")
    )
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    # The desk's telephone, which click-to-call rings first.
    extension = models.CharField(_("extension"), max_length=40, blank=True)

    class Meta(AbstractUser.Meta):
        verbose_name = _("user")  # type: ignore[assignment]  # the stubs narrow the base to str
        verbose_name_plural = _("users")  # type: ignore[assignment]  # as above

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @cached_property
    def roles(self) -> frozenset[str]:
        """Names of the role groups this person is in, read once an instance."""
        return frozenset(self.groups.filter(name__in=ROLES).values_list("name", flat=True))

    def has_role(self, *names: str) -> bool:
        return self.is_active and (self.is_superuser or bool(self.roles.intersection(names)))
