"""Fetching through an address that is not the site's own, and trusting only the site's certificate."""

import shutil
import ssl
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from laststop.errors import TransientError, UsageError
from laststop.homes.shared.page_fetch import fetch_page
from laststop.words.digests import digest_of


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A file with a key and a certificate for edge.test."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    asked = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=edge.test"
    named = "-addext subjectAltName=DNS:edge.test -keyout key.pem -out certificate.pem"
    command = ["openssl", *asked.split(), *named.split()]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=30)
    return folder


class Handler(BaseHTTPRequestHandler):
    seen: list = []

    def do_GET(self):
        type(self).seen.append((self.path, dict(self.headers)))
        content = b"page"
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Cache", "Hit from cloudfront")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args) -> None:
        """Quiet."""


@contextmanager
def server(certificate=None):
    """A site on a loopback port, with TLS if there is a certificate; gives `host:port`."""
    Handler.seen = []
    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate / "certificate.pem", certificate / "key.pem")
        serving.socket = context.wrap_socket(serving.socket, server_side=True)
    thread = threading.Thread(target=serving.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{serving.server_port}"
    finally:
        serving.shutdown()
        thread.join()
        serving.server_close()


def fetch(url, *, connect_to="", **headers):
    return fetch_page(url, "/", timeout_seconds=5, connect_to=connect_to, headers=headers)


def test_it_goes_where_it_is_told_and_asks_for_the_site():
    with server() as address:
        found = fetch("http://edge.test", connect_to=address, **{"X-Open": "sesame", "User-Agent": "other"})
    ((path, headers),) = Handler.seen
    assert (found.status, found.digest, found.headers["x-cache"]) == (
        200,
        digest_of(b"page"),
        "Hit from cloudfront",
    )
    assert (path, headers["Host"], headers["X-Open"], headers["User-Agent"]) == (
        "/",
        "edge.test",
        "sesame",
        "laststop-probe",
    )


def test_with_tls_the_certificate_must_be_the_sites(certificate, monkeypatch):
    with server(certificate) as address:
        with pytest.raises(TransientError, match="certificate"):
            fetch("https://edge.test", connect_to=address)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "certificate.pem"))
        assert fetch("https://edge.test", connect_to=address).body == b"page"
        with pytest.raises(TransientError, match="certificate"):
            fetch("https://other.test", connect_to=address)


def test_nobody_there_is_try_again():
    with pytest.raises(TransientError):
        fetch("http://edge.test", connect_to="127.0.0.1:9")


@pytest.mark.parametrize(
    ("url", "connect_to"),
    [
        ("ftp://edge.test", ""),
        ("edge.test", ""),
        ("http://edge.test/page", ""),
        ("http://edge.test", "host:99999999"),
    ],
)
def test_an_address_that_is_none_is_refused(url, connect_to):
    with pytest.raises(UsageError):
        fetch(url, connect_to=connect_to)
