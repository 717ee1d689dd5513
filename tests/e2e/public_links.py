"""Run by test_links.py in a network namespace: a public address of this machine, and links that lead on from there.

Prints as JSON what dsmtpd tells of each link, and how many connections came to private addresses.
"""

import json
import socket
import sys
import threading
from pathlib import Path

from api_support import make_mail, running_api
from programs import run_program

PUBLIC, PRIVATE, LOOPBACK = "93.184.216.34", "192.168.77.1", "127.0.0.2"
PORT = 8080
LEADS_TO = {
    "/direct": None,
    "/to-itself": f"http://{PUBLIC}:{PORT}/direct",
    "/to-loopback": f"http://{LOOPBACK}:{PORT}/direct",
    "/to-private": f"http://{PRIVATE}:{PORT}/direct",
}


def serve(listener: socket.socket, counts: dict[str, int], address: str) -> None:
    while True:
        connection, _ = listener.accept()
        counts[address] += 1
        with connection:
            path = connection.recv(65536).decode().split(" ", 2)[1]
            target = LEADS_TO[path]
            status = f"302 Found\r\nLocation: {target}" if target else "200 OK"
            connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())


def main() -> None:
    run_program(["ip", "link", "set", "lo", "up"])
    for address in (PUBLIC, PRIVATE):
        run_program(["ip", "address", "add", f"{address}/32", "dev", "lo"])
    counts = dict.fromkeys((PUBLIC, PRIVATE, LOOPBACK), 0)
    for address in counts:
        listener = socket.create_server((address, PORT))
        threading.Thread(target=serve, args=(listener, counts, address), daemon=True).start()
    with running_api(Path(sys.argv[1]), "--fetch-links=public") as api:
        html = "".join(f'<a href="http://{PUBLIC}:{PORT}{path}">link</a>' for path in LEADS_TO)
        mail_id = api.put(make_mail(html=html))
        told = api.get_json(f"/api/v1/message/{mail_id}/link-check", follow="true")
    results: dict[str, object] = {
        path: [link["StatusCode"], link["Status"]] for path, link in zip(LEADS_TO, told["Links"], strict=True)
    }
    asking = Path(sys.argv[1]) / "ask"
    asking.mkdir()
    with running_api(asking, "--fetch-links=ask") as api:
        mail_id = api.put(make_mail(html=f'<a href="http://{PUBLIC}:{PORT}/direct">link</a>'))
        for consent, name in (("false", "without consent"), ("true", "with consent")):
            reply = api.ask("POST", f"/api/v1/message/{mail_id}/link-check", params={"consent": consent})
            [link] = reply.json()["Links"]
            results[name] = [link["StatusCode"], link["Status"]]
    print(json.dumps({**results, "n_private": counts[PRIVATE] + counts[LOOPBACK]}))


if __name__ == "__main__":
    main()
