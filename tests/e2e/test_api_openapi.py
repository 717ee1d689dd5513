"""The OpenAPI document: valid, and kept, as schemathesis finds by asking for all it describes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_support import Api, make_mail, running_api
from server import PATIENCE_S

# No check of what is refused: paging and the like fall back to what is usual, as Mailpit's do.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"

# They answer in their own time.
ENDLESS = ("/api/events", "/api/v1/events", "/api/v1/wait")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(tmp_path_factory.mktemp("api-openapi")) as api:
        for number in range(3):
            api.put(make_mail(f"mail {number}", html="<p>x</p>"))
        yield api


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
