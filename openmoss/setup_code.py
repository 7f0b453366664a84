"""The code that opens the setup of a fresh server; only who can read the server's output has it."""

import base64

from django.utils.crypto import constant_time_compare, salted_hmac

LENGTH = 16


def setup_code() -> str:
    """Return the code: 80 bits that follow from the secret key, so that every process knows them."""
    # Nothing to store and nothing to expire: it opens nothing once somebody can sign in.
    digest = salted_hmac("openmoss.setup", "the first person", algorithm="sha256").digest()
    return base64.b32encode(digest).decode()[:LENGTH].lower()


def fits(given: str) -> bool:
    """Say whether this is the code, however it was typed."""
    return constant_time_compare("".join(given.split()).replace("-", "").lower(), setup_code())
