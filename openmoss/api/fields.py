"""Fields of request bodies, with the limits that hold everywhere."""

import re

from rest_framework import serializers

LONGEST_NAME = 200
LONGEST_TEXT = 100_000
LONGEST_REASON = 500
LONGEST_SESSION = 200

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class _StrictString(serializers.CharField):
    """Text and nothing else: a number where text is expected is a mistake of the caller."""

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class NameField(_StrictString):
    """A name: not empty, one line, surrounding space removed."""

    default_error_messages = {"one_line": "Give one line without control characters."}

    def __init__(self, **kwargs) -> None:
        kwargs.setdefault("max_length", LONGEST_NAME)
        super().__init__(**kwargs)

    def to_internal_value(self, data):
        name = super().to_internal_value(data)
        if _CONTROL.search(name):
            self.fail("one_line")
        return name


class TextField(_StrictString):
    """Free text, kept as it was sent; empty by default."""

    def __init__(self, **kwargs) -> None:
        kwargs.setdefault("max_length", LONGEST_TEXT)
        if not kwargs.get("required"):
            kwargs.setdefault("required", False)
        kwargs.setdefault("allow_blank", True)
        super().__init__(trim_whitespace=False, **kwargs)

    def run_validation(self, data=serializers.empty):
        if isinstance(data, str) and not self.allow_blank and not data.strip():
            self.fail("blank")
        return super().run_validation(data)


class ReasonField(TextField):
    """Why: one or two sentences."""

    def __init__(self, **kwargs) -> None:
        kwargs.setdefault("max_length", LONGEST_REASON)
        super().__init__(**kwargs)


class IdField(_StrictString):
    """An id, or the first six or more characters of one."""

    def __init__(self, **kwargs) -> None:
        kwargs.setdefault("max_length", 36)
        super().__init__(**kwargs)


class SessionField(TextField):
    """The conversation in which an agent works, by whatever name its host gives it."""

    def __init__(self, **kwargs) -> None:
        kwargs.setdefault("max_length", LONGEST_SESSION)
        kwargs.setdefault("allow_null", True)
        super().__init__(**kwargs)


class WholeNumberField(serializers.IntegerField):
    """A whole number; true and 4.5 are refused, "4" and 4.0 are taken as the reference does."""

    def to_internal_value(self, data):
        if isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)
