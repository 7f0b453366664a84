from openmoss.access import STAFF, declare
from openmoss.pages import page


@declare(STAFF)
def coming(request, **kwargs):
    return page(request, "question.html", {"title": "Coming", "question": "parts/messages.html"})
