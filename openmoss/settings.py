"""How the process runs, from the environment. How the company works is `SiteSettings`, in the database."""

import os
from pathlib import Path

import environ

from openmoss.log_lines import is_news, without_traceback
from openmoss.secret import secret_key_beside

BASE_DIR = Path(__file__).resolve().parent.parent


def _forget_empty_variables() -> None:
    """Let an empty variable mean the default, as people expect who comment out by emptying."""
    for name, value in list(os.environ.items()):
        if not value and (name.startswith("OPENMOSS_") or name == "DATABASE_URL"):
            del os.environ[name]


_forget_empty_variables()
env = environ.Env()
env.read_env(os.environ.get("OPENMOSS_ENV_FILE", BASE_DIR / ".env"))
_forget_empty_variables()

DATA_DIR = (BASE_DIR / env("OPENMOSS_DATA_DIR", default="data")).resolve()
# Beside the data, not beside the code: a second server of the same checkout is another company.
CONFIG_FILE = BASE_DIR / env("OPENMOSS_CONFIG", default=str(DATA_DIR / "config.yaml"))

DEBUG = env.bool("OPENMOSS_DEBUG", default=False)
SECRET_KEY = env("OPENMOSS_SECRET_KEY", default="") or secret_key_beside(DATA_DIR)
# Agents reach the server by whatever name or address their machine knows; deployments narrow this.
ALLOWED_HOSTS = env.list("OPENMOSS_ALLOWED_HOSTS", default=["*"])
if "*" not in ALLOWED_HOSTS:
    ALLOWED_HOSTS += ["127.0.0.1", "localhost", "[::1]"]  # the health check of the machine itself
HTTPS = env.bool("OPENMOSS_HTTPS", default=False)
TRUSTED_PROXIES = env.int("OPENMOSS_TRUSTED_PROXIES", default=0)

HOST = env("OPENMOSS_HOST", default="0.0.0.0")
PORT = env.int("OPENMOSS_PORT", default=6565)
WORKERS = env.int("OPENMOSS_WORKERS", default=2)
THREADS = env.int("OPENMOSS_THREADS", default=8)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "openmoss",
    "notifications",
    "agents",
    "tasks",
    "scoring",
    "reviews",
    "patrol",
]

MIDDLEWARE = [
    "openmoss.api.middleware.ApiGate",
    "agents.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "openmoss.pages.zone.ReadersZone",
    "openmoss.pages.gate.ConsoleGate",
]

ROOT_URLCONF = "openmoss.urls"
WSGI_APPLICATION = "openmoss.wsgi.application"
# Both forms of an address are answered without a redirect, see ApiGate.
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "openmoss.console.console",
            ],
        },
    },
]

FORM_RENDERER = "openmoss.pages.forms.Renderer"

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'openmoss.sqlite3'}")}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    _database["ENGINE"] = "openmoss.sqlite"  # Django's, with a queue for writers
    _database["CONN_MAX_AGE"] = None
    _database["OPTIONS"] = {
        # A transaction that begins as a reader cannot always become a writer; one that asks for the
        # write lock first waits its turn instead of failing with "database is locked".
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # An answer of 200 means that the change is on the disk, not only in the kernel's memory.
        "init_command": "PRAGMA synchronous=FULL",
    }
    # A file, because several threads and processes compete for it in the race tests.
    _database["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}
else:
    _database.setdefault("CONN_MAX_AGE", 60)
    _database["CONN_HEALTH_CHECKS"] = True
    # A machine that is switched off answers nothing at all, and a caller would wait for minutes.
    _database.setdefault("OPTIONS", {}).setdefault("connect_timeout", 10)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "login"

# Without a mail server, e-mail addresses are left to agents, like every chat.
EMAIL_URL = env("OPENMOSS_EMAIL_URL", default="")
if EMAIL_URL:
    globals().update(env.email_url("OPENMOSS_EMAIL_URL"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("OPENMOSS_EMAIL_FROM", default="openmoss@localhost")
WEBHOOK_ALLOW = env.list("OPENMOSS_WEBHOOK_ALLOW", default=[])

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}

SESSION_COOKIE_AGE = 60 * 60 * 24 * 7
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CSRF_TRUSTED_ORIGINS = env.list("OPENMOSS_TRUSTED_ORIGINS", default=[])
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
if HTTPS:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^api/health/?$"]
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True

MAX_BODY_BYTES = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["agents.authentication.AgentKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["openmoss.api.permissions.MayCall"],
    "DEFAULT_PARSER_CLASSES": ["openmoss.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "openmoss.api.negotiation.AlwaysJSON",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "openmoss.api.schema.Schema",
    "EXCEPTION_HANDLER": "openmoss.api.errors.answer",
    "NUM_PROXIES": TRUSTED_PROXIES,
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "OpenMOSS agent API",
    "DESCRIPTION": "Coordination for teams of AI agents: tasks, reviews, scores, patrol.",
    "VERSION": None,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "POSTPROCESSING_HOOKS": ["openmoss.api.schema.one_error_shape"],
    "ENUM_NAME_OVERRIDES": {},
}

# The request log is written in batches this often; None leaves the flushing to the caller (tests).
REQUEST_LOG_FLUSH_SECONDS = 0.5

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "news": {"()": "django.utils.log.CallbackFilter", "callback": is_news},
        "one_line": {"()": "django.utils.log.CallbackFilter", "callback": without_traceback},
    },
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("OPENMOSS_LOG_LEVEL", default="INFO")},
    # A refused call is the caller's affair and stands in the request log; only faults of ours belong here.
    "loggers": {
        "django.request": {"level": "ERROR", "filters": ["news"]},
        "django.security.DisallowedHost": {"filters": ["one_line"]},
        # Their warnings stand with the delivery; Apprise's can hold passwords.
        "requests_hardened": {"level": "ERROR"},
        "apprise": {"level": "CRITICAL", "propagate": False},
    },
}
