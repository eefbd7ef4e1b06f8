import http.client
import json
import socket
import time
from urllib.parse import urlsplit

import pytest

from laststop.console.guard import BODY_LIMIT_BYTES, SECURITY_HEADERS
from laststop.console.server import ConsoleServer
from laststop.errors import ConflictError, TransientError, UsageError


@pytest.fixture
def served(bench):
    server = ConsoleServer(bench.app(), host="127.0.0.1", port=0)
    yield urlsplit(server.start()).port
    server.stop()


def talk(port, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers
    finally:
        connection.close()


def test_it_serves_pages_and_takes_versions(served, bench):
    status, body, headers = talk(served, "GET", "/")
    assert status == 200
    assert b"Nothing is live yet" in body
    assert "server" not in headers
    status, body, _ = talk(served, "PUT", "/api/v1/catalog/B%C3%BCcher/1%2B2", b'{"type": "routing"}')
    assert status == 201
    assert json.loads(body)["algorithm"] == "Bücher"
    assert talk(served, "PUT", "/api/v1/catalog/a%2Fb/1", b'{"type": "routing"}')[0] == 400
    assert talk(served, "HEAD", "/")[:2] == (200, b"")


def test_a_body_without_an_announced_length_is_cut_off_at_the_limit(served):
    piece = b"x" * 65536
    connection = http.client.HTTPConnection("127.0.0.1", served, timeout=10)
    connection.putrequest("PUT", "/api/v1/catalog/a/1")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    for _ in range(BODY_LIMIT_BYTES // len(piece)):
        connection.send(b"%x\r\n%b\r\n" % (len(piece), piece))
    connection.send(b"1\r\nx\r\n")  # one byte too many, and no end: nothing more is sent to a closed door
    answer = connection.getresponse()
    assert answer.status == 413
    assert json.loads(answer.read())["error"]["code"] == "TooLarge"
    connection.close()


def test_another_host_or_origin_is_refused(served):
    assert talk(served, "GET", "/", headers={"Host": "evil.example"})[0] == 421
    assert talk(served, "POST", "/runs", headers={"Origin": "http://evil.example"})[0] == 403
    own = f"http://127.0.0.1:{served}"
    assert talk(served, "POST", "/runs", headers={"Origin": own})[0] == 303


def test_a_taken_port_is_a_conflict_that_names_it_and_the_way_out(served, bench):
    with pytest.raises(ConflictError, match=f"port {served} is in use") as refused:
        ConsoleServer(bench.app(), host="127.0.0.1", port=served).start()
    assert "--port" in refused.value.hint


def test_an_address_that_is_not_ours_is_the_users_mistake(bench):
    with pytest.raises(UsageError, match="cannot listen"):
        ConsoleServer(bench.app(), host="192.0.2.1", port=0).start()
    with pytest.raises(UsageError, match="is no port"):
        ConsoleServer(bench.app(), host="127.0.0.1", port=70_000).start()


def test_it_starts_and_stops_as_often_as_it_is_told(bench):
    server = ConsoleServer(bench.app(), host="127.0.0.1", port=0)
    server.stop()
    url = server.start()
    assert server.start() == url
    server.stop()
    server.stop()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", urlsplit(url).port)) != 0
    again = urlsplit(server.start()).port
    assert talk(again, "GET", "/healthz")[0] == 200
    server.stop()


def test_a_client_that_leaves_in_the_middle_of_a_body_changes_nothing(served, bench):
    with socket.create_connection(("127.0.0.1", served)) as client:
        client.sendall(
            b"PUT /api/v1/catalog/a/1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"
            b'{"type": "routing"}'
        )
    assert json.loads(talk(served, "GET", "/api/v1/catalog")[1]) == []


def test_a_bug_is_logged_and_the_client_is_told_no_more_than_that_it_was_one(served, bench, caplog):
    bench.page_url = ValueError("the secret reason")
    status, body, headers = talk(served, "GET", "/")
    assert status == 500
    assert b"bug in laststop" in body
    assert b"the secret reason" not in body
    assert {name: headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    until = time.monotonic() + 5
    while "the secret reason" not in caplog.text and time.monotonic() < until:
        time.sleep(0.01)  # the answer goes out before the log is written
    assert "the secret reason" in caplog.text


def test_a_store_that_fails_for_now_is_answered_as_such(served, bench):
    bench.page_url = TransientError("the store is locked", retry_after_seconds=7)
    status, body, headers = talk(served, "GET", "/")
    assert (status, headers["retry-after"]) == (503, "7")
    assert b"the store is locked" in body
