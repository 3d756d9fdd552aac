"""Where every page lives. The apps' own urls.py hold the rest."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path

from cases.views.home import home

urlpatterns = [
    path("", home, name="home"),
    path("sign-in/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("sign-out/", auth.LogoutView.as_view(), name="logout"),
    path("language/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("", include("borrowers.urls")),
    path("", include("cases.urls")),
    path("legal/", include("legal.urls")),
]
if settings.EMAIL_PROVIDER == "anymail":
    # Signed reports and incoming mail of the mail service; the library checks who sends them.
    urlpatterns.append(path("hooks/mail/", include("anymail.urls")))
