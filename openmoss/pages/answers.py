import json
from collections.abc import Callable
from pathlib import PurePath
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url

from openmoss.errors import Refusal

# The id of the element that a question is asked in: on a page of its own, or in a dialog over another.
QUESTION = "question"


def page(request: HttpRequest, template: str, context: dict | None = None, *, status: int = 200):
    """Answer with a whole page."""
    return render(request, template, context, status=status)


def live(
    request: HttpRequest, template: str, fragment: str, context: Callable[[], dict], *, cursor: str
) -> HttpResponse:
    """Answer with a page, or with its live fragment alone when that asks for itself.

    The fragment's root element has the fragment's name as its id (`_board.html`: `board`) and the tag
    `{% live cursor %}`. While `cursor` is what the reader has already, the answer is an empty 204 and
    `context` is never called.
    """
    if request.htmx.target != PurePath(fragment).stem.lstrip("_"):
        return page(request, template, context() | {"cursor": cursor})
    if request.GET.get("cursor") == cursor:
        return HttpResponse(status=204)
    return render(request, fragment, context() | {"cursor": cursor})


def ask(
    request: HttpRequest,
    form: forms.Form,
    do: Callable[[dict], str | dict],
    *,
    title: str,
    verb: str,
    back: object,
    then: object = None,
    text: str = "",
    danger: bool = False,
    template: str = "parts/_question.html",
    answer: str = "",
    **context,
) -> HttpResponse:
    """Show a form with what it is about to do; when it is sent and right, do that and go on.

    `do` gets the cleaned values and returns what to tell the person; what it refuses is shown in the form.
    `back` and `then` are where to go without and after it: an address, the name of one, or a model
    instance; `then` may be a callable that is asked afterwards. With the template `answer`, that is shown in
    place of the form, filled with what `do` returns: for a key, which no address and no session may hold.
    """
    if form.is_bound and form.is_valid():
        try:
            said = do(form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            if answer:
                return _in_place(request, answer, {"title": title, "back": resolve_url(back)} | said)
            messages.success(request, said)
            return done(request, then() if callable(then) else then or back)
    context |= {
        "form": form,
        "title": title,
        "text": text,
        "verb": verb,
        "danger": danger,
        "back": resolve_url(back),
    }
    return _in_place(request, template, context, status=422 if form.is_bound else 200)


def _in_place(request: HttpRequest, template: str, context: dict, *, status: int = 200) -> HttpResponse:
    """Answer with what stands in the place of a question, alone where only that is asked for."""
    if request.htmx.target == QUESTION:
        return render(request, template, context, status=status)
    return page(request, "question.html", context | {"question": template}, status=status)


def act(request: HttpRequest, do: Callable[[], str], *, back: object) -> HttpResponse:
    """Do what a single button asks for, tell how it went, and go back."""
    try:
        messages.success(request, do())
    except Refusal as refusal:
        messages.error(request, f"{refusal.detail} {refusal.hint}".strip())
    return done(request, back)


def done(request: HttpRequest, to: object) -> HttpResponse:
    """Send the browser on, also out of a dialog."""
    if request.htmx.target == QUESTION:
        return HttpResponse(headers={"HX-Location": json.dumps({"path": resolve_url(to), "target": "body"})})
    return redirect(to)


def whence(request: HttpRequest, otherwise: object) -> object:
    """Return the address of the page that a dialog was opened over; `otherwise` when it is none."""
    path = request.htmx.target == QUESTION and request.htmx.current_url_abs_path
    return path if path and urlsplit(path).path != request.path else otherwise
