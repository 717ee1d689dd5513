"""The messages of tests/corpus give the values next to them, and what Python's email reads where it is right."""

from __future__ import annotations

from typing import Any

import pytest
from api_support import Api, Json
from corpus import Case, file_names, outline, parse_with_python, read_corpus

CASES = read_corpus()


@pytest.fixture(scope="module")
def ids(api: Api) -> dict[str, str]:
    """The ID of each message, by its name."""
    where = "/api/v1/messages?from=alice@example.com&to=bob@example.com"
    return {case.name: api.ask("POST", where, data=case.data).json()["ID"] for case in CASES}


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def plain(text: str) -> str:
    """A text with line ends LF, without white space at its end."""
    return text.replace("\r\n", "\n").rstrip()


def structure_lines(part: Json, depth: int = 0) -> list[str]:
    lines = ["  " * depth + part["ContentType"]]
    for child in part["Parts"]:
        lines += structure_lines(child, depth + 1)
    return lines


def structure_of(api: Api, mail_id: str) -> list[str]:
    return structure_lines(api.get_json(f"/api/v1/message/{mail_id}/structure")["Structure"])


def summary_values(message: Json) -> Json:
    """What a message's JSON says, under the keys of the corpus."""
    return {
        "subject": message["Subject"],
        "from": message["From"]["Address"],
        "from_name": message["From"]["Name"],
        "to": [address["Address"] for address in message["To"]],
        "cc": [address["Address"] for address in message["Cc"]],
        "date": message["Date"],
        "text": plain(message["Text"]),
        "html": message["HTML"].strip(),
        "attachments": [part["FileName"] for part in message["Attachments"]],
        "inline": [part["FileName"] for part in message["Inline"]],
    }


def test_values(api: Api, ids: dict[str, str], case: Case) -> None:
    mail_id = ids[case.name]
    path = f"/api/v1/message/{mail_id}"
    got = {
        **summary_values(api.message(mail_id)),
        "structure": structure_of(api, mail_id),
        "links": [link["URL"] for link in api.get_json(f"{path}/links")["Links"]],
        "codes": [f"{code['Kind']}:{code['Value']}" for code in api.get_json(f"{path}/codes")["Codes"]],
    }
    if "pictures" in case.expected:
        got["pictures"] = api.get(f"/view/{mail_id}.html", frame="1").text.count("data:image/")
    expected = {key: value for key, value in case.expected.items() if key in got}
    assert {key: got[key] for key in expected} == expected, case.expected["why"]


def test_searches_find_it(api: Api, ids: dict[str, str], case: Case) -> None:
    for query in case.expected.get("search", []):
        found = [message["ID"] for message in api.search(query, limit=1000)["messages"]]
        assert ids[case.name] in found, query


def test_findings(api: Api, ids: dict[str, str], case: Case) -> None:
    if "findings" not in case.expected:
        return
    told: list[Any] = api.get_json(f"/api/v1/message/{ids[case.name]}/checks")["Checks"]
    assert set(case.expected["findings"]) <= {check["Name"] for check in told}


def test_python_reads_the_same(api: Api, ids: dict[str, str], case: Case) -> None:
    if not case.compares_python:
        return
    message = api.message(ids[case.name])
    python = parse_with_python(case.data)
    assert structure_of(api, ids[case.name]) == outline(python)
    assert message["Subject"] == (python["Subject"] or "")
    assert set(file_names(python)) <= {part["FileName"] for part in message["Attachments"] + message["Inline"]}
    body = python.get_body(("plain",))
    if body is not None:
        assert plain(message["Text"]) == plain(body.get_content())
