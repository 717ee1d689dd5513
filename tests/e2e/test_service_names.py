"""A server that clients in another network reach by the name of its service, as containers do."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from http_wire import SERVING
from networks import Network, two_networks
from programs import run_program
from server import Launcher

NAMES = ["dsmtpd", "dsmtpd.apps.svc.cluster.local", "host.docker.internal", "mail.example.com"]


@pytest.fixture
def networks(tmp_path: Path) -> Iterator[tuple[Network, Network]]:
    with two_networks(tmp_path, *NAMES) as networks:
        yield networks


def visit(network: Network, host: str) -> Any:
    script = str(Path(__file__).with_name("visit_by_name.py"))
    return json.loads(run_program([*network.wrapper, sys.executable, script, host]))


def test_page_api_and_websocket_are_reached_by_service_name(
    launcher: Launcher, networks: tuple[Network, Network], tmp_path: Path
) -> None:
    here, elsewhere = networks
    server = launcher.start(
        f"--directory={tmp_path / 'mail'}",
        wrapper=here.wrapper,
        env={"DSMTPD_INTERFACE": "::", "DSMTPD_HTTP": "[::]:8025"},
        defaults=False,
    )
    server.wait_for_log(SERVING)
    for total, host in enumerate(NAMES[:3], start=1):
        assert visit(elsewhere, host) == {
            "page": 200,
            "total": total,
            "heard": "from afar",
            "marked": 200,
            "foreign": 403,
        }
    # A name that somebody may own could be a page that points here (DNS rebinding).
    assert visit(elsewhere, NAMES[3]) == {"page": 403}
