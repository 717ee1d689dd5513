"""Whoever else is there, a client is served. Prints how fast; `make load` does it for longer and shows the figures."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import crowd
import pytest
from hostile_support import PeakMemory
from server import Launcher

SECONDS = float(os.environ.get("LOAD_SECONDS", "1"))
N_MANY = 10_000
N_SOME = 500

# More than at the start: 64 MiB for 10,000 idle connections (docs/performance.md, "Goals"), and as much for the
# messages that wait for the index while others send as fast as they can (docs/storage.md, "The backlog").
CROWD_MIB = 64
MEMORY_MIB = CROWD_MIB + 64

Crowd = Callable[[int, int], AbstractContextManager[None]]

CROWDS: dict[str, tuple[Crowd, int]] = {
    "nobody else": (crowd.nobody, 0),
    "10,000 idle": (crowd.idle, N_MANY),
    "500 dripping": (crowd.dripping, N_SOME),
    "a flood of connections": (crowd.coming_and_going, 1),
    "500 half-open handshakes": (crowd.half_open_tls, N_SOME),
    "50 that do not read": (crowd.deaf, 50),
}


@pytest.mark.parametrize("name", CROWDS)
def test_others_are_served_in_the_meantime(launcher: Launcher, tmp_path: Path, name: str) -> None:
    enter, n_wanted = CROWDS[name]
    n_clients = crowd.most_connections(n_wanted)
    options = ["--max-connections=20000", "--sync=none"]
    if enter is crowd.half_open_tls:
        options += ["--tls=auto", "--smtps=0", f"--state-directory={tmp_path / 'state'}"]
    server = launcher.start(*options)
    crowd_port = server.smtps_port if enter is crowd.half_open_tls else server.port
    memory = PeakMemory(server)
    probe = crowd.Probe(server.port)
    with enter(crowd_port, n_clients):
        assert memory.growth_mib < CROWD_MIB
        with crowd.busy(server.port):
            probe.run(SECONDS)
    print(f"\n{name}: {probe.describe()}; {memory.growth_mib:.1f} MiB more memory")
    assert len(server.messages()) > len(probe.times_s)
    assert memory.growth_mib < MEMORY_MIB
