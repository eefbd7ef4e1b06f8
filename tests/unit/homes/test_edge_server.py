import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from laststop.errors import ConflictError, DeniedError, TransientError, UsageError
from laststop.homes.embedded.edge import registry as registry_module
from laststop.homes.embedded.edge.registry import Registration, living, register
from laststop.homes.embedded.edge.server import EdgeServer
from laststop.homes.embedded.edge.site_reader import WHOLE_BYTES
from laststop.homes.embedded.edge_client import EdgeClient
from laststop.words.digests import digest_of
from unit.homes.edge_fakes import FakeOrigin

OLD, NEW = b"<p>old</p>", b"<p>new</p>"


@pytest.fixture
def origin():
    made = FakeOrigin()
    made.ship("r1", {"index.html": OLD, "a b/ü.html": OLD, "docs/index.html": OLD})
    yield made
    made.gate.set()


@pytest.fixture
def registry(tmp_path):
    return tmp_path / "edges"


@contextmanager
def serving(origin, registry, **options):
    settings = {"host": "127.0.0.1", "port": 0, "default_ttl_seconds": 300, "registry": registry, **options}
    server = EdgeServer(origin, **settings)
    url = server.start()
    try:
        yield url
    finally:
        server.stop()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One edge for the tests that only read from it."""
    origin = FakeOrigin()
    origin.ship("r1", {"index.html": OLD, "a b/ü.html": NEW, "big.bin": b"b" * (WHOLE_BYTES + 5)})
    registry = tmp_path_factory.mktemp("edges")
    with serving(origin, registry) as url:
        yield url, EdgeClient(registry)


def say(url, raw):
    """What the server answers to these bytes, until it closes."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
        connection.sendall(raw)
        return connection.makefile("rb").read()


def test_a_reader_gets_the_page(shared):
    url, client = shared
    page = client.fetch(url, "/")
    again = client.fetch(url, "/?x=1")
    assert (page.status, page.body, page.digest, page.size_bytes) == (200, OLD, digest_of(OLD), len(OLD))
    assert again.headers["x-cache"] == "Hit"
    assert again.headers["age"].isdigit()
    assert again.headers["content-type"] == "text/html; charset=utf-8"
    assert "server" not in again.headers
    assert client.fetch(url, "/a b/ü.html").body == client.fetch(url, "/a%20b/%C3%BC.html").body == NEW


def test_heads_and_304s_keep_the_connection_in_step(shared):
    url, _ = shared
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
    etag = f'"{digest_of(OLD)}"'
    try:
        for method, headers, status, body in (
            ("HEAD", {}, 200, b""),
            ("GET", {"If-None-Match": etag}, 304, b""),
            ("HEAD", {"If-None-Match": etag}, 304, b""),
            ("GET", {"Range": "bytes=1-2"}, 206, OLD[1:3]),
            ("HEAD", {}, 200, b""),
            ("GET", {}, 200, OLD),
        ):
            connection.request(method, "/", headers=headers)
            response = connection.getresponse()
            assert (response.status, response.read()) == (status, body)
            if (method, status) == ("HEAD", 200):
                assert response.headers["content-length"] == str(len(OLD))
    finally:
        connection.close()


def test_a_large_file_arrives_whole_and_only_its_beginning_is_kept_by_the_client(shared):
    url, client = shared
    content = b"b" * (WHOLE_BYTES + 5)
    fetched = client.fetch(url, "/big.bin", limit_bytes=10)
    assert (fetched.body, fetched.size_bytes) == (content[:10], len(content))
    assert fetched.digest == digest_of(content)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET /../../etc/passwd HTTP/1.1", b"400"),
        (b"GET /..%2f..%2fetc/passwd HTTP/1.1", b"400"),
        (b"GET /%00 HTTP/1.1", b"400"),
        (b"GET /\xff\xfe HTTP/1.1", b"400"),
        (b"GET / HTTP/9.9", b"400"),
        (b"GET", b"400"),
        (b"\x16\x03\x01\x02\x00", b"400"),
        (b"POST / HTTP/1.1", b"405"),
        (b"GET http://evil.example/ HTTP/1.1", b"200"),
        (b"GET /" + b"a" * 5000 + b" HTTP/1.1", b"414"),
        (b"GET /\\..\\..\\etc HTTP/1.1", b"404"),
    ],
)
def test_hostile_requests_get_an_answer_and_no_file(shared, line, status):
    url, _ = shared
    reply = say(url, line + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert reply.split(b" ", 2)[1] == status
    assert b"root:" not in reply


def test_a_page_that_rebinds_its_name_is_refused(shared):
    url, _ = shared
    assert b" 421 " in say(url, b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n").split(b"\r\n", 1)[0]
    assert b" 400 " in say(url, b"GET / HTTP/1.1\r\n\r\n").split(b"\r\n", 1)[0]


def test_an_allowed_host_passes(origin, registry):
    with serving(origin, registry, allowed_hosts=("pages.example",)) as url:
        assert say(url, b"GET / HTTP/1.1\r\nHost: pages.example\r\nConnection: close\r\n\r\n").endswith(OLD)


def test_a_taken_port_is_a_conflict_that_names_it_and_leaves_nothing(origin, registry):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConflictError, match=str(port)) as raised:
            EdgeServer(origin, host="127.0.0.1", port=port, default_ttl_seconds=1, registry=registry).start()
    assert "--edge-port" in raised.value.hint
    assert living(registry) == ()


@pytest.mark.parametrize(("host", "port"), [("no such host", 0), ("192.0.2.1", 0), ("127.0.0.1", 70_000)])
def test_an_address_that_cannot_be_bound_is_named(origin, registry, host, port):
    with pytest.raises(UsageError) as raised:
        EdgeServer(origin, host=host, port=port, default_ttl_seconds=1, registry=registry).start()
    assert raised.value.place == f"{host}:{port}"


def test_an_unusable_registry_is_named_and_frees_the_port(origin, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(TransientError) as raised:
        EdgeServer(origin, host="127.0.0.1", port=0, default_ttl_seconds=1, registry=blocked / "x").start()
    assert str(blocked) in raised.value.place


def test_an_edge_can_be_stopped_twice_and_started_again(origin, registry):
    server = EdgeServer(origin, host="127.0.0.1", port=0, default_ttl_seconds=300, registry=registry)
    server.stop()
    url = server.start()
    client = EdgeClient(registry)
    assert server.start() == url
    assert client.urls() == (url,)
    server.stop()
    server.stop()
    assert client.urls() == ()
    assert list(registry.iterdir()) == []
    with pytest.raises(TransientError):
        client.fetch(url, "/")
    again = server.start()
    try:
        assert client.fetch(again, "/").body == OLD
    finally:
        server.stop()


def test_serve_forever_ends_when_somebody_stops_the_edge(origin, registry):
    server = EdgeServer(origin, host="127.0.0.1", port=0, default_ttl_seconds=300, registry=registry)
    thread = threading.Thread(target=server.serve_forever)
    server.start()
    thread.start()
    server.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_a_purge_reaches_every_edge_before_it_returns(origin, registry):
    client = EdgeClient(registry, timeout_seconds=5)
    assert client.purge(("/*",), "nobody") == 0
    with serving(origin, registry) as first, serving(origin, registry) as second:
        assert set(client.urls()) == {first, second}
        for url in (first, second):
            client.fetch(url, "/")
        origin.ship("r2", {"index.html": NEW})
        assert [client.fetch(url, "/").body for url in (first, second)] == [OLD, OLD]
        assert client.purge(("/", "/index.html"), "run-1") == 2
        pages = [client.fetch(url, "/") for url in (first, second)]
    assert [(page.body, page.headers["x-cache"]) for page in pages] == [(NEW, "Miss")] * 2


def test_a_purge_is_not_answered_with_a_page_from_before_it_while_a_fill_hangs(origin, registry):
    origin.block(OLD)
    client = EdgeClient(registry)
    with serving(origin, registry) as url:
        replies = []
        reader = threading.Thread(target=lambda: replies.append(client.fetch(url, "/").body))
        reader.start()
        assert origin.entered.wait(5)
        origin.ship("r2", {"index.html": NEW})
        client.purge(("/",), "run-1")
        replies.append(client.fetch(url, "/").body)
        origin.gate.set()
        reader.join(5)
        replies.append(client.fetch(url, "/").body)
    assert replies == [NEW, NEW, NEW]


def test_a_reference_used_again_does_no_new_work_and_refuses_other_paths(origin, registry):
    client = EdgeClient(registry)
    with serving(origin, registry) as url:
        client.purge(("/", "/a*"), "run-1")
        client.fetch(url, "/")
        assert client.purge(("/a*", "/"), "run-1") == 1
        assert client.fetch(url, "/").headers["x-cache"] == "Hit"
        with pytest.raises(ConflictError, match="run-1"):
            client.purge(("/",), "run-1")


def test_a_bad_path_is_refused_by_name_and_clears_nothing(origin, registry):
    client = EdgeClient(registry)
    with serving(origin, registry) as url:
        client.fetch(url, "/")
        with pytest.raises(UsageError) as raised:
            client.purge(("/", "nonsense"), "run-1")
        assert raised.value.place == "paths[1]"
        assert client.fetch(url, "/").headers["x-cache"] == "Hit"
        assert client.purge(("/",), "run-1") == 1


def test_the_registration_is_private_and_its_door_wants_the_token(origin, registry):
    with serving(origin, registry) as url:
        (path,) = registry.iterdir()
        (edge,) = living(registry)
        assert path.stat().st_mode & 0o777 == 0o600
        assert (edge.pid, edge.url) == (os.getpid(), url)
        assert edge.control_url != url

        def status(method, target, token, body=b"{}"):
            parts = urlsplit(edge.control_url)
            connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
            try:
                headers = {"Authorization": token} if token else {}
                connection.request(method, target, body, headers)
                response = connection.getresponse()
                assert "code" in json.loads(response.read())
                return response.status
            finally:
                connection.close()

        good = f"Bearer {edge.token}"
        assert status("POST", "/purge", "") == 401
        assert status("POST", "/purge", "Bearer wrong") == 401
        assert status("POST", "/purge", edge.token) == 401
        assert status("POST", "/other", good) == 404
        assert status("PUT", "/purge", good) == 405
        assert status("POST", "/purge", good) == 400
        assert status("POST", "/purge", good, b"not json") == 400
        assert status("POST", "/purge", good, b'{"reference":"r","paths":[1]}') == 400
        assert b" 405 " in say(url, b"POST /purge HTTP/1.1\r\nHost: localhost\r\n\r\n")


def test_a_registration_with_a_foreign_token_is_denied(origin, registry):
    with serving(origin, registry):
        (edge,) = living(registry)
        forged = Registration(pid=1, url=edge.url, control_url=edge.control_url, token="forged")
        held = register(registry, forged)
        try:
            with pytest.raises(DeniedError):
                EdgeClient(registry).purge(("/",), "r")
        finally:
            held.release()


KILLED = """
import pathlib, sys
from laststop.homes.embedded.edge.registry import Registration, register
held = register(pathlib.Path(sys.argv[1]), Registration(pid=1, url="http://127.0.0.1:1", \
control_url="http://127.0.0.1:1", token="t"))
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def a_process_that_registered(registry):
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(registry)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        try:
            assert process.stdout.readline() == b"ready\n"
            yield process
        finally:
            process.kill()


def test_the_file_of_a_killed_edge_is_ignored_and_removed(registry):
    with a_process_that_registered(registry) as process:
        assert len(living(registry)) == 1
        process.kill()
        process.wait()
        assert living(registry) == ()
    assert list(registry.iterdir()) == []
    assert EdgeClient(registry).purge(("/",), "r") == 0


def test_a_living_edge_that_does_not_answer_is_worth_another_try(registry):
    with a_process_that_registered(registry), pytest.raises(TransientError) as raised:
        EdgeClient(registry, timeout_seconds=0.2).purge(("/",), "r")
    assert "http://127.0.0.1:1" in str(raised.value)


def test_an_edge_that_dies_during_the_purge_is_no_failure(origin, registry):
    with a_process_that_registered(registry) as process, serving(origin, registry):
        killer = threading.Timer(0.3, process.kill)
        killer.start()
        assert EdgeClient(registry, timeout_seconds=5).purge(("/",), "r") == 1
        killer.join()


def test_a_living_edge_with_an_unreadable_file_stops_the_purge(registry):
    edge = Registration(pid=1, url="http://127.0.0.1:1", control_url="http://127.0.0.1:2", token="t")
    held = register(registry, edge)
    try:
        (path,) = registry.iterdir()
        path.write_text("{")
        with pytest.raises(TransientError) as raised:
            EdgeClient(registry).purge(("/",), "r")
        assert raised.value.place == str(path)
    finally:
        held.release()


def test_what_a_kill_left_unfinished_is_removed_later(registry, monkeypatch):
    registry.mkdir()
    (registry / "1-1.new").write_text("{")
    (registry / "notes.txt").write_text("not ours")
    assert living(registry) == ()
    assert (registry / "1-1.new").exists()
    monkeypatch.setattr(registry_module, "_UNFINISHED_SECONDS", -1)
    assert living(registry) == ()
    assert [path.name for path in registry.iterdir()] == ["notes.txt"]


@contextmanager
def a_peer(reply):
    """A server that sends these bytes to whoever connects, then closes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(reply)

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(5)


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ],
)
def test_a_peer_that_lies_or_breaks_off_gives_no_page(tmp_path, reply):
    with a_peer(reply) as url, pytest.raises(TransientError) as raised:
        EdgeClient(tmp_path, timeout_seconds=2).fetch(url, "/a")
    assert raised.value.place == url + "/a"


def test_a_silent_peer_times_out(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TransientError):
            EdgeClient(tmp_path, timeout_seconds=0.1).fetch(url, "/")


def test_a_fetch_follows_no_redirect_and_joins_repeated_headers(tmp_path):
    reply = b"HTTP/1.1 308 Moved\r\nLocation: http://evil.example/\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 0\r\n\r\n"
    with a_peer(reply) as url:
        fetched = EdgeClient(tmp_path).fetch(url, "/")
    assert (fetched.status, fetched.headers["x-a"]) == (308, "1, 2")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("ftp://x", "/"),
        ("http://", "/"),
        ("http://x:99999", "/"),
        ("http://x/y", "/"),
        ("http://x", "y"),
        ("", "/"),
    ],
)
def test_what_is_no_address_is_refused(tmp_path, url, path):
    with pytest.raises(UsageError):
        EdgeClient(tmp_path).fetch(url, path)


def test_a_large_file_that_breaks_off_breaks_off_for_the_reader_too(origin, registry):
    content = b"b" * (WHOLE_BYTES + 5)
    origin.ship("r1", {"big.bin": content})

    def lose_the_rest():
        if len(origin.reads) == 3:
            origin.blobs[digest_of(content)] = b""

    origin.on_read = lose_the_rest
    with serving(origin, registry) as url, pytest.raises(TransientError):
        EdgeClient(registry).fetch(url, "/big.bin")


FOREVER = """
import pathlib, sys
from laststop.homes.embedded.edge.server import EdgeServer
class Nothing:
    def release(self): return None
EdgeServer(Nothing(), host="127.0.0.1", port=0, default_ttl_seconds=1, registry=pathlib.Path(sys.argv[1])).serve_forever()
print("ended")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_an_edge_of_its_own_in_order(registry, number):
    process = subprocess.Popen([sys.executable, "-c", FOREVER, str(registry)], stdout=subprocess.PIPE)
    with process:
        try:
            client = EdgeClient(registry)
            while not (urls := client.urls()):
                assert process.poll() is None
            assert client.fetch(urls[0], "/").status == 503
            process.send_signal(number)
            assert process.communicate(timeout=10)[0] == b"ended\n"
            assert process.returncode == 0
        finally:
            process.kill()
    assert list(registry.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_comes_while_an_edge_starts_ends_it_in_order(registry, number):
    early = FOREVER.replace("serve_forever()", f"serve_forever(lambda _: os.kill(os.getpid(), {number:d}))")
    words = [sys.executable, "-c", f"import os{early}", str(registry)]
    ended = subprocess.run(words, capture_output=True, timeout=20, check=False)
    assert (ended.returncode, ended.stdout) == (0, b"ended\n"), ended.stderr
    assert list(registry.iterdir()) == []
