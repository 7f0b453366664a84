"""What the server's log leaves out, so that what stands in it is read."""

import logging


def is_news(record: logging.LogRecord) -> bool:
    """Drop answers of 503: who gives one has said why, and probes of health get one every few seconds."""
    return getattr(record, "status_code", None) != 503


def without_traceback(record: logging.LogRecord) -> bool:
    """Keep the one line that says what was wrong: the way to it through the code tells nothing."""
    record.exc_info = None
    return True
