"""The console's few ways to answer: a page, a page that keeps itself fresh, a question, and a deed."""

from openmoss.pages.answers import act, ask, done, live, page, whence

__all__ = ["act", "ask", "done", "live", "page", "whence"]
