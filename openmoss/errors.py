"""What the services refuse, said so that a reader who will try again knows how to go on."""


class Refusal(Exception):
    """Carry the reason of a refusal: one sentence, a hint how to go on, and the fields at fault."""

    code = "refused"

    def __init__(self, detail: str, *, hint: str = "", fields: dict[str, list[str]] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.hint = hint
        self.fields = fields or {}


class Invalid(Refusal):
    """A value that can never be right, whatever the state of the work."""

    code = "invalid"

    @classmethod
    def field(cls, name: str, why: str, *, hint: str = "") -> "Invalid":
        """Refuse one field, for example `Invalid.field("score", "Give 1 to 5.")`."""
        return cls(f"{name}: {why}", hint=hint, fields={name: [why]})


class Forbidden(Refusal):
    """The wrong role, or work that is somebody else's."""

    code = "forbidden"


class WrongToken(Forbidden):
    """A token or a code that nobody here gave out; who sends many of them is guessing."""


class NotFound(Refusal):
    """An id that names nothing."""

    code = "not_found"


class Conflict(Refusal):
    """A call that came too late or out of turn."""

    code = "conflict"


class TooFast(Refusal):
    """Too many tries; `retry_after` is in seconds."""

    code = "too_fast"

    def __init__(self, detail: str, *, retry_after: int, hint: str = "") -> None:
        super().__init__(detail, hint=hint)
        self.retry_after = retry_after
