"""Connections that are kept, closed by the peer, cut off, or dripped through."""

import socket
import threading
from contextlib import contextmanager

import pytest

from laststop.homes.aws import connection as connection_module
from laststop.homes.aws.connection import Connections, Unanswered

FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Amz-Crc32: 5\r\n\r\n{}"


@contextmanager
def peer(*scripts):
    """Each script serves one connection: a list of answers, one per request, then it is closed."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(5)
    asked: list[bytes] = []

    def serve() -> None:
        for script in scripts:
            try:
                accepted, _ = listening.accept()
            except OSError:
                return
            with accepted:
                accepted.settimeout(5)
                for answer in script:
                    request = b""
                    while not request.endswith(b"{}"):
                        piece = accepted.recv(65536)
                        if not piece:
                            break
                        request += piece
                    if not request:
                        break
                    asked.append(request)
                    accepted.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", asked
    finally:
        listening.close()
        thread.join(10)


def connections(url, timeout_seconds=2.0):
    return Connections(url, timeout_seconds=timeout_seconds)


def send(made):
    return made.send("POST", "/", {"Host": made.host, "X-One": "1"}, b"{}")


def test_a_connection_is_kept_for_the_next_request():
    with peer([FINE, FINE]) as (url, asked):
        made = connections(url)
        first, second = send(made), send(made)
        made.close()
    assert (first.status, first.body, first.headers["x-amz-crc32"]) == (200, b"{}", "5")
    assert second == first
    assert len(asked) == 2
    assert asked[0].count(b"Host:") == 1


def test_one_that_the_peer_closed_meanwhile_is_replaced_without_anybody_noticing():
    with peer([FINE], [FINE]) as (url, asked):
        made = connections(url)
        assert send(made).status == send(made).status == 200
        made.close()
    assert len(asked) == 2


def test_a_peer_that_says_close_is_taken_at_its_word():
    closing = FINE.replace(b"X-Amz-Crc32: 5", b"Connection: close")
    with peer([closing], [FINE]) as (url, _):
        made = connections(url)
        assert send(made).status == send(made).status == 200
        made.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["nothing", "cut off", "garbage", "broken chunks"],
)
def test_what_is_no_whole_answer_is_none(answer):
    with peer([answer]) as (url, _):
        made = connections(url)
        with pytest.raises(Unanswered):
            send(made)
        made.close()


def test_a_peer_that_says_nothing_is_waited_for_no_longer_than_the_timeout():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made = connections(f"http://127.0.0.1:{listening.getsockname()[1]}", timeout_seconds=0.2)
        with pytest.raises(Unanswered, match="timed out"):
            send(made)


def test_nobody_there_is_no_answer():
    with pytest.raises(Unanswered):
        send(connections("http://127.0.0.1:9"))


def test_an_endless_answer_is_given_up(monkeypatch):
    monkeypatch.setattr(connection_module, "_ANSWER_BYTES_MAX", 1000)
    with peer([b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000]) as (url, _):
        made = connections(url)
        with pytest.raises(Unanswered, match="longer than 1000"):
            send(made)


def test_an_answer_that_drips_is_given_up(monkeypatch):
    monkeypatch.setattr(connection_module, "_PATIENCE", 0)
    with peer([FINE]) as (url, _), pytest.raises(Unanswered, match="too slowly"):
        send(connections(url))


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://dynamodb.eu-west-1.amazonaws.com", "dynamodb.eu-west-1.amazonaws.com"),
        ("https://x:443", "x"),
        ("http://x:80", "x"),
        ("http://x:4566", "x:4566"),
        ("http://[::1]:4566", "[::1]:4566"),
    ],
)
def test_the_host_is_spelled_as_it_is_signed(url, host):
    assert connections(url).host == host
