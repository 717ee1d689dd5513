"""The page as it is served: its paths, its headers, its files. What it does in a browser is shown by tests/web."""

import gzip
import re
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
from api_support import Api, running_api
from http_wire import HttpWire


@pytest.fixture(scope="module", params=["", "/tools/mail"])
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Api, str]]:
    """A server, and what stands before its paths."""
    root: str = request.param
    with running_api(tmp_path_factory.mktemp("page"), *([f"--webroot={root}"] if root else [])) as api:
        yield api, root


def files_of(html: str) -> list[str]:
    return re.findall(r'(?:href|src)="([^"]*page/[^"]+)"', html)


@pytest.mark.parametrize("path", ["/", "/view/1795517748.M80710P16407Q1.vm", "/api/v1/"])
def test_all_files_that_it_names_are_there_and_never_change(page: tuple[Api, str], path: str) -> None:
    api, root = page
    files = files_of(api.get(root + path).text)
    assert len(files) > 10
    for file in files:
        # From wherever the page is shown: behind a proxy there may be more before its path.
        assert not file.startswith(("/", "http"))
        reply = api.get(urljoin(root + path, file))
        assert reply.status_code == 200, file
        assert reply.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        kind = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}[file.rpartition(".")[2]]
        assert reply.headers["Content-Type"].startswith(kind)


def test_the_page_itself_is_asked_for_again_each_time(page: tuple[Api, str]) -> None:
    api, root = page
    reply = api.get(f"{root}/")
    assert reply.headers["Cache-Control"] == "no-cache"
    again = api.ask("GET", f"{root}/", headers={"If-None-Match": reply.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/", "/view/abc", "/api/v1/"])
def test_nothing_runs_in_it_but_its_own_files(page: tuple[Api, str], path: str) -> None:
    api, root = page
    reply = api.get(root + path)
    policy = dict(part.split(" ", 1) for part in reply.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["form-action"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["img-src"] == "'self' data: blob:"
    assert policy["frame-src"] == "'self' blob:"
    assert policy["media-src"] == "'self'"
    assert "<style" not in reply.text
    assert re.findall(r"<script[^>]*>(?!</script>)", reply.text) == []
    assert re.findall(r'\s(?:style|on\w+)="', reply.text) == []


def test_files_come_compressed_to_clients_that_accept_that(page: tuple[Api, str]) -> None:
    api, root = page
    script = next(file for file in files_of(api.get(f"{root}/").text) if file.endswith("mail_list.js"))
    plain = api.ask("GET", f"{root}/{script}", headers={"Accept-Encoding": "identity"})
    with HttpWire.connect(api.port) as wire:
        reply = wire.ask(f"GET {root}/{script} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n".encode())
    assert reply.headers["content-encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(reply.body) == plain.content


def test_the_first_view_is_small(page: tuple[Api, str]) -> None:
    api, root = page
    paths = [f"{root}/", *(f"{root}/{file}" for file in files_of(api.get(f"{root}/").text))]
    assert sum(len(gzip.compress(api.get(path).content)) for path in paths) < 60_000


@pytest.mark.parametrize("path", ["/view/%3Cscript%3E", "/page/0000000000000000/app.js", "/page/x/y/z", "/app.js"])
def test_what_is_not_a_part_of_it_is_404(page: tuple[Api, str], path: str) -> None:
    api, root = page
    api.expect_rejected(404, "GET", root + path)


def test_without_the_slash_it_leads_there(page: tuple[Api, str]) -> None:
    api, root = page
    if root:
        assert api.get(root).headers["Location"] == f"{root}/"
        api.expect_rejected(404, "GET", "/")


@pytest.mark.parametrize("accept", ["application/json", "application/vnd.oai.openapi+json;q=0.9, application/json"])
def test_a_program_that_wants_json_is_led_to_the_document(page: tuple[Api, str], accept: str) -> None:
    api, root = page
    path = f"{root}/api/v1/"
    reply = api.ask("GET", path, headers={"Accept": accept})
    assert reply.status_code == 302
    assert "Accept" in reply.headers["Vary"]
    assert api.get_json(urljoin(path, reply.headers["Location"]))["openapi"] == "3.1.0"
    for other in ("*/*", "text/html,application/json;q=0.9"):
        assert "<html" in api.ask("GET", path, headers={"Accept": other}).text


@pytest.mark.parametrize("path", ["/api/", "/api/v1"])
def test_shorter_paths_lead_to_the_page_of_the_api(page: tuple[Api, str], path: str) -> None:
    api, root = page
    reply = api.get(root + path)
    assert (reply.status_code, urljoin(root + path, reply.headers["Location"])) == (302, f"{root}/api/v1/")
