"""The one error shape: code, detail, hint, fields."""

import logging
import re

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError, connection
from django.http import Http404, JsonResponse
from rest_framework import exceptions

from openmoss import errors

logger = logging.getLogger(__name__)

STATUS = {
    errors.Invalid: 400,
    errors.Forbidden: 403,
    errors.WrongToken: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.TooFast: 429,
}

CODES = {
    400: "invalid",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
}


LONGEST_SENTENCE = 1000
_CONTROL = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def error_response(
    status: int, code: str, detail: str, *, hint: str = "", fields: dict | None = None, headers=None
) -> JsonResponse:
    """Return an error as JSON, whatever the view would have rendered; each sentence is one printable line."""
    # What callers sent is quoted back to them, and it may hold line breaks or colours of a terminal.
    error = {
        "code": code,
        "detail": _one_line(detail),
        "hint": _one_line(hint),
        "fields": {name: [_one_line(why) for why in whys] for name, whys in (fields or {}).items()},
    }
    return JsonResponse(error, status=status, headers=headers, json_dumps_params={"ensure_ascii": False})


def _one_line(text: str) -> str:
    line = _CONTROL.sub(" ", text).strip()
    return line if len(line) <= LONGEST_SENTENCE else f"{line[: LONGEST_SENTENCE - 2]} …"


def answer(exception: Exception, context: dict) -> JsonResponse:
    """Turn whatever a view raised into the error shape; unknown faults become a 500 that says so."""
    headers = {}
    hint = ""
    if isinstance(exception, errors.Refusal):
        status = STATUS[type(exception)]
        code, detail, hint, fields = exception.code, exception.detail, exception.hint, exception.fields
        if isinstance(exception, errors.TooFast):
            headers["Retry-After"] = str(exception.retry_after)
    elif isinstance(exception, exceptions.ValidationError):
        fields = _fields(exception.detail)
        status, code, detail = 400, "invalid", _first_sentence(fields)
    elif isinstance(exception, exceptions.APIException):
        status, fields = exception.status_code, {}
        code, detail = CODES.get(status, exception.default_code), str(exception.detail)
        if isinstance(exception, exceptions.ParseError):
            code = "malformed"
        if isinstance(exception, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
            headers["WWW-Authenticate"] = "Bearer"
            hint = "Send the header 'Authorization: Bearer <your key>'. An admin can give you a new key."
    elif isinstance(exception, Http404):
        status, code, detail, fields = 404, "not_found", "There is nothing at this address.", {}
    elif isinstance(exception, PermissionDenied):
        status, code, detail, fields = 403, "forbidden", "This is not for you.", {}
    elif isinstance(exception, RequestDataTooBig):
        status, code, detail, fields = 413, "too_large", "The body is too large.", {}
    elif isinstance(exception, OperationalError) and _is_passing(exception):
        logger.exception("The database did not answer in time")
        status, code, detail, fields = 503, "busy", "The database is busy; nothing was changed.", {}
        hint = "Try the same call again in a few seconds."
        headers["Retry-After"] = "2"
    else:
        logger.error("A fault of ours in %s", context["request"].path, exc_info=exception)
        status, code, fields = 500, "server_error", {}
        detail = "The server failed on this call; nothing was changed."
        hint = "It is not your fault. Try again once, then tell your admin."
    return error_response(status, code, detail, hint=hint, fields=fields, headers=headers)


def _is_passing(error: OperationalError) -> bool:
    """Say whether a fault of the database goes away by waiting: a lock, a deadlock, a lost connection."""
    return connection.vendor != "sqlite" or "locked" in str(error)


def _fields(detail) -> dict[str, list[str]]:
    """Flatten DRF's nested details to `{"sub_tasks.3.name": ["…"]}`."""
    flat: dict[str, list[str]] = {}

    def walk(node, path: tuple[str, ...]) -> None:
        if isinstance(node, dict):
            for name, inner in node.items():
                walk(inner, (*path, str(name)))
        elif isinstance(node, list) and any(isinstance(inner, dict | list) for inner in node):
            for index, inner in enumerate(node):
                walk(inner, (*path, str(index)))
        else:
            messages = node if isinstance(node, list) else [node]
            flat.setdefault(".".join(path) or "body", []).extend(str(message) for message in messages)

    walk(detail, ())
    return flat


def _first_sentence(fields: dict[str, list[str]]) -> str:
    name, messages = next(iter(fields.items()))
    more = len(fields) - 1
    rest = f" ({more} more {'field is' if more == 1 else 'fields are'} wrong, see `fields`.)" if more else ""
    return f"{name}: {messages[0]}{rest}"
