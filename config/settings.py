"""Fairdue's settings. Every value that differs between installations comes from the environment (config.env)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import env

BASE_DIR = Path(__file__).resolve().parent.parent
env.load_file(BASE_DIR / ".env")

# --- What kind of start this is -------------------------------------------------------------------
DEBUG = env.flag("DEBUG")
_DEVELOPMENT_KEY = "development-only-key-never-used-in-production"
_DEVELOPMENT_FERNET_KEY = "ZGV2ZWxvcG1lbnQtb25seS1mZXJuZXQta2V5LTAwMDE="
SECRET_KEY = env.text("SECRET_KEY", _DEVELOPMENT_KEY if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY: must be set unless DEBUG is on")
# Keys of the ID numbers at rest: apart from SECRET_KEY, so that either can be changed alone.
ID_ENCRYPTION_KEYS = env.fernet_keys("ID_ENCRYPTION_KEYS", _DEVELOPMENT_FERNET_KEY if DEBUG else "")
ID_INDEX_KEY = env.text("ID_INDEX_KEY", _DEVELOPMENT_KEY if DEBUG else "")
if not ID_INDEX_KEY:
    raise ImproperlyConfigured("ID_INDEX_KEY: must be set unless DEBUG is on")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))

# --- Applications ---------------------------------------------------------------------------------
INSTALLED_APPS = [
    "legal",
    "cases",
    "borrowers",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_filters",
    "django_fsm",
    "django_htmx",
]
AUTH_USER_MODEL = "borrowers.User"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "borrowers.middleware.UserPreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "borrowers.middleware.PurgedDocumentMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["borrowers.templatetags.fairdue"],
        },
    }
]

# --- Database -------------------------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {"default": env.database("DATABASE_URL", f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-64000;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.integer("DATABASE_CONN_MAX_AGE", 60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Language, time -------------------------------------------------------------------------------
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LANGUAGE_CODE = env.choice("LANGUAGE_CODE", "en", ("en", "zh-hans"))
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
TIME_ZONE = env.time_zone("TIME_ZONE", "Asia/Shanghai")
USE_I18N = True
USE_TZ = True

# --- Files ----------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
# Private: letters, evidence, uploads. Never served by URL, only through views that check who asks.
MEDIA_ROOT = VAR_DIR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Legal papers: a time-stamping authority (RFC 3161) for their signatures, and PEM files with the roots that are trusted
# when a signature is looked at.
TIMESTAMP_URL = env.text("TIMESTAMP_URL")
SIGNATURE_ROOTS = env.words("SIGNATURE_ROOTS")
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000

# --- Sign-in, browser -----------------------------------------------------------------------------
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
_HTTPS = env.flag("HTTPS", not DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY") else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False

# --- Celery ---------------------------------------------------------------------------------------
CELERY_BROKER_URL = env.url("CELERY_BROKER_URL", "filesystem://", ("filesystem", "redis", "rediss", "memory"))
if CELERY_BROKER_URL.startswith("filesystem"):
    _BROKER = VAR_DIR / "broker"
    for _folder in ("queue", "control"):
        (_BROKER / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_BROKER / "queue"),
        "data_folder_out": str(_BROKER / "queue"),
        "control_folder": str(_BROKER / "control"),
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_DB_REUSE_MAX = 1000
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep-outbox": {"task": "cases.tasks.sweep_outbox", "schedule": 60.0, "options": {"expires": 60}},
    # Each creditor's day is run once its own night has passed; the task picks those whose hour it is.
    "run-day": {"task": "cases.tasks.run_day", "schedule": crontab(minute=5)},
    # Personal data whose day has come: once a night, in small transactions.
    "purge-data": {"task": "cases.tasks.purge_data", "schedule": crontab(hour=3, minute=35)},
}

# --- Mail and other channels ----------------------------------------------------------------------
ANYMAIL_SERVICES = ("amazon_ses", "brevo", "mailgun", "mailjet", "postmark", "resend", "sendgrid", "sparkpost")
# Each provider's own values are asked for when it is chosen; endpoints only where another than its own is meant.
SMS_PROVIDER = env.choice("SMS_PROVIDER", "development", ("development", "smpp", "tencent", "aliyun", "twilio"))
EMAIL_PROVIDER = env.choice("EMAIL_PROVIDER", "development", ("development", "smtp", "anymail"))
PHONE_MODE = env.choice("PHONE_MODE", "link", ("link", "ari"))
# Our address as providers reach it, for their reports; the word in the address of those that cannot sign them.
PUBLIC_URL = env.text("PUBLIC_URL")
HOOK_SECRET = env.text("HOOK_SECRET")
# Messages a second that each provider is given, and what one SMS segment costs.
SMS_RATE = env.integer("SMS_RATE", 20, least=1)
EMAIL_RATE = env.integer("EMAIL_RATE", 10, least=1)
SMS_SEGMENT_PRICE = env.decimal("SMS_SEGMENT_PRICE", "0.0000")
SMS_PRICE_CURRENCY = env.text("SMS_PRICE_CURRENCY", "CNY")
# After so many seconds a claimed message is in nobody's hands any more: it is looked into.
OUTBOX_STUCK_SECONDS = env.integer("OUTBOX_STUCK_SECONDS", 300, least=1)
# The first wait before a message that could not be sent is tried again; it doubles each time.
OUTBOX_BACKOFF_SECONDS = env.integer("OUTBOX_BACKOFF_SECONDS", 60, least=0)
# After so many failures in a row a provider is left alone, at first for so many seconds.
BREAKER_FAILURES = env.integer("BREAKER_FAILURES", 5, least=1)
BREAKER_SECONDS = env.integer("BREAKER_SECONDS", 30, least=1)

SMPP_HOST = env.needed("SMPP_HOST", SMS_PROVIDER == "smpp")
SMPP_PORT = env.integer("SMPP_PORT", 2775, least=1)
SMPP_SYSTEM_ID = env.needed("SMPP_SYSTEM_ID", SMS_PROVIDER == "smpp")
SMPP_PASSWORD = env.text("SMPP_PASSWORD")
SMPP_SOURCE = env.text("SMPP_SOURCE")
# How the receiving command binds: some centres want a receiver beside our transmitter, most take a transceiver.
SMPP_RECEIVE_AS = env.choice("SMPP_RECEIVE_AS", "transceiver", ("transceiver", "receiver"))
SMPP_TIMEOUT = env.integer("SMPP_TIMEOUT", 10, least=1)
TENCENT_SECRET_ID = env.needed("TENCENT_SECRET_ID", SMS_PROVIDER == "tencent")
TENCENT_SECRET_KEY = env.needed("TENCENT_SECRET_KEY", SMS_PROVIDER == "tencent")
TENCENT_SMS_APP_ID = env.needed("TENCENT_SMS_APP_ID", SMS_PROVIDER == "tencent")
TENCENT_SMS_SIGN = env.needed("TENCENT_SMS_SIGN", SMS_PROVIDER == "tencent")
TENCENT_REGION = env.text("TENCENT_REGION", "ap-guangzhou")
TENCENT_ENDPOINT = env.text("TENCENT_ENDPOINT")
ALIYUN_ACCESS_KEY_ID = env.needed("ALIYUN_ACCESS_KEY_ID", SMS_PROVIDER == "aliyun")
ALIYUN_ACCESS_KEY_SECRET = env.needed("ALIYUN_ACCESS_KEY_SECRET", SMS_PROVIDER == "aliyun")
ALIYUN_SMS_SIGN = env.needed("ALIYUN_SMS_SIGN", SMS_PROVIDER == "aliyun")
ALIYUN_ENDPOINT = env.text("ALIYUN_ENDPOINT")
TWILIO_ACCOUNT_SID = env.needed("TWILIO_ACCOUNT_SID", SMS_PROVIDER == "twilio")
TWILIO_AUTH_TOKEN = env.needed("TWILIO_AUTH_TOKEN", SMS_PROVIDER == "twilio")
TWILIO_FROM = env.needed("TWILIO_FROM", SMS_PROVIDER == "twilio")
TWILIO_ENDPOINT = env.text("TWILIO_ENDPOINT")
PROVIDER_TIMEOUT = env.integer("PROVIDER_TIMEOUT", 15, least=1)
# How a number on the case page is dialled: a link for the desk's own telephone, or by the exchange (Asterisk ARI).
PHONE_LINK = env.choice("PHONE_LINK", "tel", ("tel", "sip"))
PHONE_SIP_DOMAIN = env.text("PHONE_SIP_DOMAIN")
ARI_URL = env.needed("ARI_URL", PHONE_MODE == "ari")
ARI_USER = env.needed("ARI_USER", PHONE_MODE == "ari")
ARI_PASSWORD = env.needed("ARI_PASSWORD", PHONE_MODE == "ari")
# First the desk rings ({extension} is filled in); then the number is called in this context of the dialplan.
ARI_DESK = env.text("ARI_DESK", "PJSIP/{extension}")
ARI_CONTEXT = env.text("ARI_CONTEXT", "fairdue")
ARI_CALLER_ID = env.text("ARI_CALLER_ID")
# EMAIL_PROVIDER=anymail sends by the HTTP interface of a mail service; its keys are ANYMAIL_* (docs/providers.md).
ANYMAIL_ESP = env.choice("ANYMAIL_ESP", "", ("", *ANYMAIL_SERVICES))
env.needed("ANYMAIL_ESP", EMAIL_PROVIDER == "anymail")
ANYMAIL = {"REQUESTS_TIMEOUT": env.integer("PROVIDER_TIMEOUT", 15, least=1), **env.prefixed("ANYMAIL_", "ANYMAIL_ESP")}
if EMAIL_PROVIDER == "anymail":
    INSTALLED_APPS.append("anymail")
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.integer("EMAIL_PORT", 25, least=1)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "collections@example.com")

# --- Calculators of contracts.md: name -> function from one JSON object to another ----------------
CALCULATORS = {
    "delinquency": "borrowers.calculators.delinquency",
    "allocation": "borrowers.calculators.allocation",
    "penalty": "borrowers.calculators.penalty",
    "contact": "cases.policy.calculator.contact",
    "court_fee": "legal.calculators.court_fee",
    "enforcement_fee": "legal.calculators.enforcement_fee",
    "preservation_fee": "legal.calculators.preservation_fee",
    "delayed_interest": "legal.calculators.delayed_interest",
    "limitation": "legal.calculators.limitation",
}

# --- Who is told when money moved on loans (borrowers.services.followers) ---------------------------
MONEY_MOVED = [
    "cases.services.outbox_cancelling.stop_untrue",
    "cases.services.case_figures.refresh_after_money",
]

# --- Letters by post: which of them others post, as subqueries; and who follows what the carrier tells ----------------
POSTED_ELSEWHERE = ["legal.services.posting.not_for_the_run"]
POSTING_TOLD = ["legal.services.posting.follow_posting"]

# --- Personal data: what each app knows of people, and who may forbid a purge besides `cases` itself ---------------
PERSONAL_DATA = ["borrowers.personal.REGISTER", "cases.personal.REGISTER", "legal.personal.REGISTER"]
PURGE_GUARDS = [("open matter", "legal.services.purge_guards.with_open_matter")]

# --- Phases of the day's run that apps above `cases` bring: name -> function of creditor, day and instant --------
DAY_PHASES = [
    ("limitation", "legal.day.run_limitation_day"),
    ("legal", "legal.day.run_legal_day"),
    ("deadlines", "legal.day.run_deadlines_day"),
]

# --- What `show_stages` draws into docs/: functions that yield file names and texts ------------------
STATE_DRAWINGS = ["cases.stage_drawing.draw", "legal.stage_drawing.draw"]

# --- Logging --------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING"))},
    # WeasyPrint tells each step of each letter, fontTools each table of each font; kombu misses a host in filesystem://.
    "loggers": {
        "weasyprint": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "kombu.connection": {"level": "ERROR"},
        # A signature whose root is not trusted is an answer, not an event.
        "pyhanko": {"level": "CRITICAL"},
    },
}
