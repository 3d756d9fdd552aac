from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    name = "cases"
    verbose_name = _("Cases and contact")

    def ready(self) -> None:
        if settings.EMAIL_PROVIDER == "anymail":
            from cases.channels.anymail_reports import listen

            listen()
