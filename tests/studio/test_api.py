"""schemathesis over the HTTP API: whatever is sent, never a server error, always as described."""

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance,
]  # fmt: skip
HEADERS = {"host": "127.0.0.1", "origin": "http://127.0.0.1"}
PATHS = ("/api/consent", "/api/again", "/api/sheet", "/api/song")


GOOD, BAD = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
CASES = [(path, GOOD) for path in PATHS] + [
    (path, BAD) for path in PATHS if path != "/api/sheet"
]  # takes nothing


@pytest.mark.parametrize(("path", "mode"), CASES)
def test_the_api_is_as_described(app: FastAPI, path: str, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", app, headers=HEADERS)
    operation = next(found.ok() for found in schema.get_all_operations() if found.ok().path == path)
    bookings = app.state.studio.bookings

    @settings(max_examples=30, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def described(case: schemathesis.Case) -> None:
        case.headers = {**dict(case.headers or {}), **HEADERS}
        case.call_and_validate(cookies={"limelight": bookings.visit()}, checks=CHECKS)

    described()


def test_the_schema_tells_of_everything_but_the_pages(app: FastAPI) -> None:
    assert set(app.openapi()["paths"]) == set(PATHS)
