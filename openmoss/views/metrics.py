import secrets

from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from openmoss.access import EVERYONE, declare
from openmoss.models import SiteSettings
from openmoss.selectors.metrics import metrics


@declare(EVERYONE)  # who has the token
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Show the numbers to whoever sends the token of the settings; while there is none, to nobody."""
    try:
        token = SiteSettings.load().metrics_token
        if not token:
            raise Http404
        if not _is_sent(request, token):
            return _text(
                "Send the header 'Authorization: Bearer <token>'.", 401, {"WWW-Authenticate": "Bearer"}
            )
        return HttpResponse(metrics(), content_type=CONTENT_TYPE_LATEST)
    except Error as error:
        return _text(f"The database does not answer: {type(error).__name__}.", 503)


def _is_sent(request: HttpRequest, token: str) -> bool:
    sent = request.headers.get("Authorization", "")
    return secrets.compare_digest(sent.encode("utf-8", "surrogatepass"), f"Bearer {token}".encode())


def _text(sentence: str, status: int, headers: dict | None = None) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain", headers=headers)
