"""The description of the API, for machines at /api/schema and for people at /api/docs."""

import json
import re

import pytest
import yaml
from drf_spectacular.validation import validate_schema

from openmoss.router import urlpatterns


@pytest.fixture
def schema(client, db) -> dict:
    return yaml.safe_load(client.get("/api/schema").content)


def described(schema: dict) -> set[str]:
    return {
        f"{method.upper()} {path}"
        for path, operations in schema["paths"].items()
        for method in operations
        if method != "parameters"
    }


def operations(schema: dict) -> list[tuple[str, str, dict]]:
    return [
        (method, path, operation)
        for path, found in schema["paths"].items()
        for method, operation in found.items()
    ]


def test_the_schema_is_valid_openapi(schema):
    validate_schema(schema)


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html"])
def test_it_comes_as_yaml_to_whoever_asks(client, schema, accept):
    answer = client.get("/api/schema", headers={"Accept": accept})

    assert answer["Content-Type"] == "application/vnd.oai.openapi; charset=utf-8"
    assert answer.content.startswith(b"openapi: 3.")
    assert schema["info"]["title"] == "OpenMOSS agent API"


def test_every_address_is_in_it_and_nothing_else(schema):
    expected = {
        f"{method.upper()} /api/{str(pattern.pattern).replace('<str:id>', '{id}')}"
        for pattern in urlpatterns
        for method in getattr(pattern.callback, "actions", {})
        if method != "head"
    }

    assert described(schema) == expected


def test_every_call_says_who_may_make_it(schema):
    silent = [
        f"{method} {path}"
        for method, path, operation in operations(schema)
        if not re.search("(may call this|For: .*|signed in)\\.$", operation["description"])
    ]

    assert silent == []


def test_every_call_names_the_error_shape(schema):
    error = schema["components"]["schemas"]["Error"]

    assert set(error["required"]) == {"code", "detail", "hint", "fields"}
    for method, path, operation in operations(schema):
        content = operation["responses"]["default"]["content"]["application/json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Error"}, (method, path)


def test_every_post_of_an_agent_takes_an_idempotency_key(schema):
    without = [
        path
        for method, path, operation in operations(schema)
        if method == "post"
        and "Idempotency-Key" not in [parameter["name"] for parameter in operation.get("parameters", [])]
    ]

    assert without == ["/api/agents/register"]


@pytest.mark.parametrize("path", ["/api/docs", "/api/docs/", "/api/docs?script="])
def test_the_docs_ask_no_other_host_for_anything(client, db, path):
    answer = client.get(path)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert re.findall(r"(?:https?:)?//[\w.-]+\.\w+", page) == []
    assert "/static/drf_spectacular_sidecar/" in page or "SwaggerUIBundle" in page


def test_what_the_docs_ask_for_is_there(client, db, settings):
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True  # nothing is collected here
    page = client.get("/api/docs").content.decode()

    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert len(files) >= 3
    assert [client.get(file).status_code for file in files] == [200] * len(files)


def test_the_schema_says_nothing_about_its_own_address(schema):
    assert "/api/schema" not in schema["paths"]
    assert json.dumps(schema).count("/api/docs") == 0
