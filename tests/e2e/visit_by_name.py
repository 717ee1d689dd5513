"""A client in another container: `visit_by_name.py HOST` says as JSON what it gets from http://HOST:8025.

It asks for the page and the API, changes something as the page's script would, and hears through the WebSocket of a
message that it sends to HOST:1025. Where the first answer is no 200, that is all.
"""

import json
import smtplib
import sys

import requests
from server import PATIENCE_S
from websockets.sync.client import connect
from websockets.typing import Origin

SMTP_PORT, HTTP_PORT = 1025, 8025


def visit(host: str) -> dict[str, object]:
    origin = f"http://{host}:{HTTP_PORT}"
    page = requests.get(f"{origin}/", timeout=PATIENCE_S)
    if page.status_code != 200:
        return {"page": page.status_code}
    with connect(f"ws://{host}:{HTTP_PORT}/api/events", origin=Origin(origin), open_timeout=PATIENCE_S) as socket:
        with smtplib.SMTP(host, SMTP_PORT, timeout=PATIENCE_S) as smtp:
            smtp.sendmail("from@example.com", ["to@example.com"], b"Subject: from afar\r\n\r\ntext\r\n")
        events = iter(lambda: json.loads(socket.recv(PATIENCE_S)), None)
        heard = next(event["Data"]["Subject"] for event in events if event["Type"] == "new")
    listed = requests.get(f"{origin}/api/v1/messages", timeout=PATIENCE_S).json()
    marking = {"IDs": [listed["messages"][0]["ID"]], "Read": True}
    marked = requests.put(
        f"{origin}/api/v1/messages", json=marking, headers={"Origin": origin}, timeout=PATIENCE_S
    ).status_code
    foreign = requests.put(
        f"{origin}/api/v1/messages", json=marking, headers={"Origin": "http://other:8025"}, timeout=PATIENCE_S
    ).status_code
    return {"page": 200, "total": listed["total"], "heard": heard, "marked": marked, "foreign": foreign}


if __name__ == "__main__":
    json.dump(visit(sys.argv[1]), sys.stdout)
