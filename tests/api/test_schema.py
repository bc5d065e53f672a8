from __future__ import annotations

import json
import re
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.test import Client

from tests.api_client import Api
from tests.cast import Cast


def schema_of(*options: str) -> Any:
    out = StringIO()
    call_command("spectacular", "--format", "openapi-json", *options, stdout=out)
    return json.loads(out.getvalue())


def test_the_schema_is_valid_and_without_warnings() -> None:
    schema = schema_of("--validate", "--fail-on-warn")
    assert set(schema["components"]["securitySchemes"]) == {"token", "session"}
    assert schema["paths"]["/api/v1/tokens/"]["post"].get("security", [{}]) == [{}], "nobody is signed in yet"


def test_every_operation_says_what_it_does() -> None:
    for path, operations in schema_of()["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description"), f"{method} {path}"
            assert "default" in operation["responses"]
            keys = [parameter["name"] for parameter in operation.get("parameters", [])]
            assert ("Idempotency-Key" in keys) == (method == "post" and path != "/api/v1/tokens/")


def test_the_schema_is_served(cast: Cast) -> None:
    answer = Client(headers={"Accept": "application/json"}).get("/api/v1/schema/")
    assert answer.status_code == 200
    assert "/api/v1/briefs/{id}/" in answer.json()["paths"]


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere(db: None) -> None:
    answer = Client(headers={"Accept": "text/html"}).get("/api/v1/docs/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script>", page)
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert all(source.startswith("/") for source in sources), sources


def test_lists_are_described_with_their_filters(cast: Cast) -> None:
    paths = Client(headers={"Accept": "application/json"}).get("/api/v1/schema/").json()["paths"]
    names = {parameter["name"] for parameter in paths["/api/v1/reviews/"]["get"]["parameters"]}
    assert names >= {"status", "brief", "cursor", "page_size"}
    for name in names - {"cursor", "page_size"}:
        value = {"status": "PENDING", "language": "en", "channel": "email"}.get(name, "1")
        assert Api(cast.reviewer).get("reviews/", **{name: value}).status_code == 200, name
