"""Nothing happens twice: a POST repeated under the same Idempotency-Key gets the first answer again."""

import hashlib
import json
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from openmoss.errors import Conflict, Invalid
from openmoss.models import IdempotencyRecord
from openmoss.retention import prune

KEPT_FOR = timedelta(hours=24)
LONGEST_KEY = 200


def once(handler, request, key: str, *args, **kwargs) -> Response:
    """Run `handler` unless this caller's `key` was answered before; only successes are remembered.

    The record, the change and its answer are one transaction, so a crash leaves all or nothing, and of
    two calls at the same moment the second waits and hears the answer of the first.
    """
    if not key.isprintable() or len(key) > LONGEST_KEY:
        raise Invalid(f"The Idempotency-Key must be printable and at most {LONGEST_KEY} characters long.")
    fingerprint = _fingerprint(request)
    mine = IdempotencyRecord.objects.filter(caller=request.user.pk, key=key)
    try:
        with transaction.atomic():
            mine.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
            record = IdempotencyRecord.objects.create(
                caller=request.user.pk, key=key, fingerprint=fingerprint
            )
            response = handler(request, *args, **kwargs)
            record.status = response.status_code
            record.body = JSONRenderer().render(response.data).decode()
            record.save(update_fields=["status", "body"])
            return response
    except IntegrityError:
        first = mine.first()
        if first is None:
            raise
    if first.fingerprint != fingerprint:
        raise Conflict(
            "This Idempotency-Key was used for another call.", hint="Make a new key for every new call."
        )
    return Response(json.loads(first.body), status=first.status, headers={"Idempotent-Replay": "true"})


def _fingerprint(request) -> str:
    call = f"{request.method} {request.path_info}\n".encode() + request._request.body
    return hashlib.sha256(call).hexdigest()


def prune_answers() -> int:
    """Forget answers that are older than 24 hours and return how many."""
    old = IdempotencyRecord.objects.filter(created_at__lt=timezone.now() - KEPT_FOR)
    return prune(old.order_by("created_at"))
