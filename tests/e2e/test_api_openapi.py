"""The OpenAPI document: valid, complete and true, by openapi-spec-validator, jsonschema and schemathesis."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from api_support import Api, make_mail, running_api
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from server import PATIENCE_S

# No check of what is rejected: paging and the like fall back to what is usual, as Mailpit's do.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[2] / "src/api/openapi.json").read_text(encoding="utf-8"))
OPERATIONS = [
    pytest.param(operation, id=operation["operationId"])
    for verbs in DOCUMENT["paths"].values()
    for operation in verbs.values()
]

# What can be shown in the document; images, archives and the like cannot.
SHOWN = ("application/json", "text/", "application/mbox", "message/rfc822")

# They answer in their own time.
ENDLESS = ("/api/events", "/api/v1/events", "/api/v1/wait")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(tmp_path_factory.mktemp("api-openapi")) as api:
        for number in range(3):
            api.put(make_mail(f"mail {number}", html="<p>x</p>"))
        yield api


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """What a `$ref` leads to, or the node itself."""
    while "$ref" in node:
        found: Any = DOCUMENT
        for name in node["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        node = found
    return node


def examples_of(media: dict[str, Any]) -> list[Any]:
    """The examples of a media type."""
    named = [resolve(example)["value"] for example in media.get("examples", {}).values()]
    return named + ([media["example"]] if "example" in media else [])


def errors_of(example: object, schema: dict[str, Any]) -> list[str]:
    """How an example breaks its schema."""
    rooted = {**schema, "components": DOCUMENT["components"]}
    validator = Draft202012Validator(rooted, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [error.message for error in validator.iter_errors(example)]


def test_it_is_valid_openapi() -> None:
    errors = [f"{list(error.path)}: {error.message}" for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()]
    assert errors == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_is_described(operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert len(operation["description"]) > len("Not available.")
    assert set(operation["tags"]) <= {tag["name"] for tag in DOCUMENT["tags"]}
    for response in operation["responses"].values():
        assert resolve(response)["description"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_parameter_is_described_and_its_examples_are_valid(operation: dict[str, Any]) -> None:
    for parameter in map(resolve, operation.get("parameters", [])):
        assert parameter["description"], parameter["name"]
        for example in parameter["schema"].get("examples", []):
            assert errors_of(example, parameter["schema"]) == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_body_has_an_example_which_its_schema_allows(operation: dict[str, Any]) -> None:
    bodies = [*([operation["requestBody"]] if "requestBody" in operation else []), *operation["responses"].values()]
    for body in map(resolve, bodies):
        for media_type, media in body.get("content", {}).items():
            examples = examples_of(media)
            assert examples or not media_type.startswith(SHOWN), media_type
            for example in examples:
                assert errors_of(example, media["schema"]) == []


def test_every_member_is_described() -> None:
    def undescribed(schema: dict[str, Any], path: str) -> Iterator[str]:
        for name, member in schema.get("properties", {}).items():
            if "description" not in member:
                yield f"{path}.{name}"
            yield from undescribed(member, f"{path}.{name}")
        for inner in [*([schema["items"]] if "items" in schema else []), *schema.get("allOf", [])]:
            yield from undescribed(inner, path)

    found = [line for name, schema in DOCUMENT["components"]["schemas"].items() for line in undescribed(schema, name)]
    assert found == []


def test_the_server_is_the_one_that_serves_the_document(api: Api) -> None:
    [server] = DOCUMENT["servers"]
    for root in (api.url, f"{api.url}/mail"):
        for name in ("openapi.json", "swagger.json"):
            assert urljoin(f"{root}/api/v1/{name}", server["url"]) == f"{root}/"


def test_it_is_the_same_where_mailpit_has_it(api: Api) -> None:
    document = api.get_json("/api/v1/openapi.json")
    assert document["openapi"] == "3.1.0"
    assert document == api.get_json("/api/v1/swagger.json")


def test_all_that_is_described_is_so(api: Api, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"),
            "run",
            f"{api.url}/api/v1/openapi.json",
            f"--checks={CHECKS}",
            "--phases=examples,coverage,fuzzing",
            "--max-examples=8",
            "--seed=1",
            *(f"--exclude-path={path}" for path in ENDLESS),
            "--exclude-path-regex=^/mailhog/",  # which are there without it, too
            "--suppress-health-check=all",
            "--generation-database=none",
            f"--request-timeout={PATIENCE_S:.0f}",
            "--no-color",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=10 * PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert api.get("/livez").status_code == 200
