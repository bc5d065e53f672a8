"""Settings. Everything that differs between installations comes from the environment; `var/` is the default home."""

from __future__ import annotations

import os
import secrets
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("PORTAL_VAR", BASE_DIR / "var"))


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def _list(name: str) -> list[str]:
    return [item.strip() for item in os.environ.get(name, "").split(",") if item.strip()]


def _secret_key() -> str:
    """The key from the environment, else from a 0600 file that the first start writes."""
    if key := os.environ.get("PORTAL_SECRET_KEY"):
        return key
    path = VAR_DIR / "secrets" / "secret_key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
        return path.read_text().strip()


SECRET_KEY = _secret_key()
DEBUG = _flag("PORTAL_DEBUG")
# Where people find the portal: what links in mails begin with.
PORTAL_URL = (os.environ.get("PORTAL_URL") or f"http://localhost:{os.environ.get('PORTAL_PORT') or 8000}").rstrip("/")
# The loopback names always count: the health check uses them.
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *_list("PORTAL_ALLOWED_HOSTS")]
# Behind TLS: secure cookies, HSTS and redirects. Off for the loopback address that `make run` serves.
HTTPS = _flag("PORTAL_HTTPS")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "pgtrigger",
    "rest_framework",
    "aigc_portal.audit",
    "aigc_portal.accounts",
    "aigc_portal.notices",
    "aigc_portal.jobs",
    "aigc_portal.idempotency",
    "generation",
    "review",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "aigc_portal.audit.context.OriginMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "aigc_portal.accounts.language.UserLanguageMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "aigc_portal.private_pages.PrivatePagesMiddleware",
    "aigc_portal.problem_pages.ProblemPagesMiddleware",
    "aigc_portal.idempotency.middleware.IdempotencyMiddleware",
]

ROOT_URLCONF = "aigc_portal.urls"
ASGI_APPLICATION = "aigc_portal.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["aigc_portal.icons"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
                "aigc_portal.navigation.navigation",
                "aigc_portal.notices.bell.bell",
                "generation.engine_notice.engine_notice",
            ],
        },
    }
]

# --- PostgreSQL and Valkey -------------------------------------------------------------------------------------------

DATABASES = {
    "default": dj_database_url.config(
        default="postgresql://portal@localhost/portal",
        # A pool in place of persistent connections: async streams hold none while they wait.
        conn_max_age=0,
    )
}
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"].get("OPTIONS", {}),
    "pool": {"min_size": 1, "max_size": int(os.environ.get("PORTAL_DB_POOL", "20")), "timeout": 2},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379/0")


def _broker_url(url: str) -> str:
    """Celery's spelling of a Redis URL: unix:///path?db=0 becomes redis+socket:///path?virtual_host=0."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    database = parts.query.partition("db=")[2] or "0"
    return f"redis+socket://{parts.path}?virtual_host={database}"


CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        # Pages ask it for what is nice to know: a broker that hangs may cost them a quarter of a second, not five.
        "OPTIONS": {"socket_timeout": 0.25, "socket_connect_timeout": 0.25},
    },
    # For what may be a little different in each process, and must not wait for a broker that hangs.
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

CELERY_BROKER_URL = _broker_url(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "run" / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep-jobs": {"task": "jobs.sweep", "schedule": timedelta(seconds=4), "options": {"queue": "default"}},
    "sweep-reviews": {"task": "review.sweep", "schedule": timedelta(seconds=30), "options": {"queue": "default"}},
    "send-notices": {"task": "notices.send", "schedule": timedelta(seconds=30), "options": {"queue": "default"}},
    "purge-answers": {"task": "idempotency.purge", "schedule": timedelta(hours=1), "options": {"queue": "default"}},
}

# --- The model -------------------------------------------------------------------------------------------------------

MODELS_DIR = VAR_DIR / "models"
PORTAL_MODEL = os.environ.get("PORTAL_MODEL") or "smollm2-135m-instruct"
# Further models, each with a worker of its own: what PORTAL_MODEL takes, and NAME@URL of an OpenAI-compatible server.
PORTAL_EXTRA_MODELS = _list("PORTAL_EXTRA_MODELS")
# Set for a Celery worker that serves one of these models: it consumes that model's queue and nothing else.
PORTAL_WORKER_MODEL = os.environ.get("PORTAL_WORKER_MODEL", "")
# The keys of model servers: HOST=KEY or HOST:PORT=KEY each. The one key below is for where there is one server.
PORTAL_OPENAI_API_KEYS = _list("PORTAL_OPENAI_API_KEYS")
PORTAL_OPENAI_API_KEY = os.environ.get("PORTAL_OPENAI_API_KEY", "")
# How many texts an engine writes at once, and how long its worker goes on writing after SIGTERM.
PORTAL_SLOTS = int(os.environ.get("PORTAL_SLOTS") or 16)
# float32, bfloat16, or fastest (measured); empty is bfloat16 on a GPU and float32 on a CPU.
PORTAL_DTYPE = os.environ.get("PORTAL_DTYPE", "")
PORTAL_DRAIN_SECONDS = float(os.environ.get("PORTAL_DRAIN_SECONDS") or 8)
# A callable that returns the worker's engine: imported by name, so that the web process never meets torch.
GENERATION_ENGINE = os.environ.get("PORTAL_ENGINE", "generation.engines.load_engine")

# --- People ----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "home"
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "aigc_portal.accounts.sign_in.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = str
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to whatever address a stranger types
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login_failed": "20/5m/ip,5/5m/key"}
KNOX_TOKEN_MODEL = "accounts.ApiToken"
MIGRATION_MODULES = {"knox": None}  # its own token table would stand empty beside ours
REST_KNOX = {
    "AUTH_HEADER_PREFIX": "Bearer",
    "TOKEN_PREFIX": "aigc_",
    "TOKEN_TTL": timedelta(days=90),
}
EMAIL_BACKEND = os.environ.get("PORTAL_EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = os.environ.get("PORTAL_EMAIL_HOST") or "localhost"
EMAIL_PORT = int(os.environ.get("PORTAL_EMAIL_PORT") or 25)
EMAIL_HOST_USER = os.environ.get("PORTAL_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("PORTAL_EMAIL_PASSWORD", "")
EMAIL_USE_TLS = _flag("PORTAL_EMAIL_STARTTLS")
EMAIL_USE_SSL = _flag("PORTAL_EMAIL_TLS")
EMAIL_TIMEOUT = 10  # seconds; a mail server that hangs must not hold a worker's thread
DEFAULT_FROM_EMAIL = os.environ.get("PORTAL_EMAIL_FROM", "portal@localhost")

# --- Languages -------------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "aigc_portal" / "locale"]
FORMAT_MODULE_PATH = "aigc_portal.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("PORTAL_TIME_ZONE", "UTC")

# --- Files -----------------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "aigc_portal" / "static"]
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
BODY_LIMIT = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = BODY_LIMIT

# --- Browser security ------------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: [] for feature in ("camera", "geolocation", "microphone", "payment", "usb", "display-capture")
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = _list("PORTAL_ORIGINS")
CSRF_FAILURE_VIEW = "aigc_portal.problem_pages.csrf_failure"

# --- API -------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "aigc_portal.accounts.api.authentication.BearerToken",
        "aigc_portal.accounts.api.authentication.BrowserSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["aigc_portal.api_parser.PlainJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "aigc_portal.api_pagination.NewestFirst",
    "PAGE_SIZE": 50,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "aigc_portal.problem_details.exception_handler",
    "DEFAULT_METADATA_CLASS": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "AIGC portal",
    "DESCRIPTION": "Briefs, drafts, reviews and training data of one company.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "aigc_portal.api_schema.add_what_is_common",
    ],
    "ENUM_NAME_OVERRIDES": {
        "JobStatus": "aigc_portal.jobs.models.JobStatus",
        "ReviewStatus": "review.models.ReviewStatus",
        "DatasetType": "review.datasets.models.DatasetType",
    },
}

# --- Logs ------------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "aigc_portal.log_lines.OneLine", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
    },
}
