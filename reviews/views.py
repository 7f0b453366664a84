"""The console: what waits for a verdict, what was judged, judging as a person, and who stands where."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from agents.models import Agent
from openmoss.access import STAFF, Role, declare
from openmoss.api.lookup import find
from openmoss.api.pagination import choice
from openmoss.pages import ask, page
from openmoss.pages.listing import listing
from reviews import selectors, services
from reviews.forms import ReviewForm
from reviews.models import Result
from reviews.record import records, summary
from scoring.services import DELTA_OF_SCORE
from tasks.selectors import find_sub_task


@declare(STAFF)
@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    """Show what waits for a verdict, and all verdicts, newest first."""
    result = choice(request.GET, "result", Result)
    by, of = (_agent(request.GET.get(name, "")) for name in ("by", "of"))
    text = request.GET.get("q", "").strip()[:100]
    found = selectors.verdicts(result=result, by=by, of=of, text=text)
    return page(
        request,
        "reviews/list.html",
        {
            "waiting": selectors.waiting(),
            "rows": listing(found, request.GET),
            "results": Result.values,
            "reviewers": selectors.reviewers(),
            "filters": {"result": result, "by": by, "of": of, "text": text},
            "filtered": bool(result or by or of or text),
        },
    )


@declare(STAFF)
@require_safe
def review(request: HttpRequest, id: str) -> HttpResponse:
    """Show one verdict with the work that it is about and the other rounds."""
    verdict = find(selectors.verdicts(), id)
    return page(
        request,
        "reviews/review.html",
        {
            "review": verdict,
            "points": DELTA_OF_SCORE[verdict.score],
            "dossier": selectors.dossier(verdict.sub_task),
        },
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def judge(request: HttpRequest, id: str) -> HttpResponse:
    """Approve work, or send it back."""
    sub_task = find_sub_task(id)
    dossier = selectors.dossier(sub_task)

    def do(verdict: dict) -> str:
        given = services.review(sub_task, by=request.user, **verdict)
        return (_("%s is approved.") if given.result == Result.APPROVED else _("%s goes back.")) % sub_task

    return ask(
        request,
        ReviewForm(request.POST or None, initial={"round": dossier.round}),
        do,
        title=_("Review %s") % sub_task,
        verb=_("Give this verdict"),
        back=sub_task,
        template="reviews/_judge.html",
        sub_task=sub_task,
        dossier=dossier,
    )


@declare(STAFF)
@require_safe
def scores(request: HttpRequest) -> HttpResponse:
    """Show the leaderboard, and what each place rests on."""
    role = choice(request.GET, "role", Role)
    text = request.GET.get("q", "").strip()[:100]
    everybody = records()
    shown = [
        record
        for record in everybody
        if (not role or record.agent.role == role) and text.lower() in record.agent.name.lower()
    ]
    return page(
        request,
        "scores/leaderboard.html",
        {"records": shown, "summary": summary(everybody), "roles": Role.values, "role": role, "text": text},
    )


def _agent(id: str) -> Agent | None:
    return find(Agent.objects.all(), id) if id else None
