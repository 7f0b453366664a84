"""JSON as it may reach the database: valid UTF-8, no NUL, no lone surrogate, no number beyond 64 bits."""

import json
import math

import yaml
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

MAX_DEPTH = 20
MAX_INTEGER = 2**63 - 1


class StrictJSONParser(BaseParser):
    """Parse a JSON object whatever the Content-Type says, as old agents send none."""

    media_type = "*/*"

    def parse(self, stream, media_type=None, parser_context=None) -> dict:
        request = parser_context["request"]._request
        try:
            value = json.loads(request.body.decode("utf-8"), parse_constant=_refuse_constant)
        except UnicodeDecodeError:
            raise ParseError("The body is not valid UTF-8.") from None
        except json.JSONDecodeError as error:
            raise ParseError(
                f"The body is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}."
            ) from None
        except (ValueError, RecursionError):
            raise ParseError("The body holds a number or a nesting that no field can take.") from None
        if not isinstance(value, dict):
            raise ParseError("The body must be a JSON object.")
        check(value)
        return value


def check(value, depth: int = 0) -> None:
    """Raise ParseError for anything that a database or a reader could not take."""
    if depth > MAX_DEPTH:
        raise ParseError(f"The body is nested deeper than {MAX_DEPTH} levels.")
    if isinstance(value, str):
        if "\x00" in value:
            raise ParseError("The body holds a NUL character.")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ParseError("The body holds half a character (a lone surrogate).") from None
    elif isinstance(value, bool):
        return
    elif isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise ParseError("The body holds an integer beyond 64 bits.")
    elif isinstance(value, float):
        if not math.isfinite(value):  # 1e999 is valid JSON
            raise ParseError("The body holds a number beyond 64 bits.")
    elif isinstance(value, dict):
        for key, inner in value.items():
            check(key, depth + 1)
            check(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            check(inner, depth + 1)


def _refuse_constant(name: str):
    raise ValueError(name)


class YAMLParser(BaseParser):
    """Parse a YAML mapping where the Content-Type says so; numbers and dates stay text."""

    media_type = "application/yaml"

    def parse(self, stream, media_type=None, parser_context=None) -> dict:
        request = parser_context["request"]._request
        try:
            value = yaml.load(request.body.decode("utf-8"), Loader=_PlainLoader)
        except UnicodeDecodeError:
            raise ParseError("The body is not valid UTF-8.") from None
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            raise ParseError(f"The body is not valid YAML: {' '.join(str(error).split())[:300]}") from None
        if not isinstance(value, dict):
            raise ParseError("The body must be a YAML mapping.")
        check(value)
        return value


class _PlainLoader(yaml.SafeLoader):
    """YAML without surprises: `version: 1.10` is a text, and nothing can be repeated by reference."""

    def compose_node(self, parent, index):
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("Anchors and aliases are not taken; write the text again.")
        return super().compose_node(parent, index)


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.endswith((":bool", ":null"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
