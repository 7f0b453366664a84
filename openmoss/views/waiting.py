from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from openmoss.durations import in_words
from openmoss.pages.gate import refused


def too_fast(request: HttpRequest, seconds: int) -> HttpResponse:
    """Answer who guesses with how long to wait."""
    # Whole minutes: who is told seconds counts them.
    length = in_words(timedelta(minutes=-(-seconds // 60)))
    answer = refused(
        request,
        429,
        _("Too many wrong tries."),
        _("Wait %(length)s, then try again. Until then a right one is not looked at either.")
        % {"length": length},
    )
    answer.headers["Retry-After"] = str(seconds)
    return answer
