import base64

import pytest

from laststop.console.access import Access, check_binding, same_origin
from laststop.console.guard import BODY_LIMIT_BYTES, SECURITY_HEADERS
from laststop.errors import DeniedError, UsageError
from unit.console.console_workbench import ask

TOKEN = "s3cret-of-32-characters-or-so-xx"
BEARER = [("Authorization", f"Bearer {TOKEN}")]


def basic(user: str, password: str):
    return [("Authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode())]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8700", 200),
        ("localhost:8700", 200),
        ("LOCALHOST", 200),
        ("[::1]:8700", 200),
        ("localhost:1234", 200),  # a forwarded port
        ("evil.example", 421),
        ("127.0.0.1.evil.example:8700", 421),
        ("localhost.", 421),
        ("127.0.0.1@evil.example", 421),
        ("192.168.1.7:8700", 421),
        ("", 421),
        (None, 421),
    ],
)
def test_on_loopback_only_its_own_names_are_answered(bench, host, status):
    assert ask(bench.app(), "GET", "/healthz", host=host).status == status


def test_two_host_headers_are_refused(bench):
    assert ask(bench.app(), "GET", "/", headers=[("Host", "localhost")]).status == 421


def test_an_allowed_host_is_answered(bench):
    app = bench.app(allowed_hosts=("console.example",))
    assert ask(app, "GET", "/", host="console.example").status == 200
    assert ask(app, "GET", "/", host="other.example").status == 421


def test_bound_to_every_address_the_one_reached_counts_and_a_rebound_name_does_not(bench):
    app = bench.app(host="0.0.0.0", token=TOKEN)
    reached = {"reached": "10.0.0.5", "headers": BEARER}
    assert ask(app, "GET", "/", host="10.0.0.5:8700", **reached).status == 200
    assert ask(app, "GET", "/", host="10.0.0.6:8700", **reached).status == 421
    assert ask(app, "GET", "/", host="rebound.example:8700", **reached).status == 421


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("POST", [], 201),
        ("POST", [("Origin", "http://127.0.0.1:8700")], 201),
        ("POST", [("Origin", "https://127.0.0.1:8700")], 201),  # a proxy speaks TLS before us
        ("POST", [("Origin", "http://127.0.0.1:8701")], 403),  # the edge, or anything else on this machine
        ("POST", [("Origin", "http://localhost:8700")], 403),
        ("POST", [("Origin", "http://evil.example")], 403),
        ("POST", [("Origin", "null")], 403),
        ("POST", [("Origin", "")], 403),
        ("POST", [("Sec-Fetch-Site", "same-origin")], 201),
        ("POST", [("Sec-Fetch-Site", "none")], 201),
        ("POST", [("Sec-Fetch-Site", "cross-site")], 403),
        ("POST", [("Sec-Fetch-Site", "same-site")], 403),
        ("GET", [("Sec-Fetch-Site", "cross-site")], 200),  # a link in a message leads here
        ("GET", [("Origin", "http://evil.example")], 403),
        ("GET", [("Origin", "http://127.0.0.1:8700")], 200),
    ],
)
def test_a_page_of_another_site_can_lead_here_and_do_nothing_else(bench, method, headers, status):
    answer = ask(bench.app(), method, "/api/v1/runs", headers=headers)
    assert answer.status == status
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_refused_write_changes_nothing(bench):
    ask(bench.app(), "POST", "/runs", headers=[("Origin", "http://evil.example")])
    assert bench.state().runs == {}
    assert bench.rings == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([], 401),
        (BEARER, 200),
        ([("Authorization", f"bearer  {TOKEN}")], 200),
        ([("Authorization", f"Bearer {TOKEN}x")], 401),
        ([("Authorization", "Bearer ")], 401),
        ([("Authorization", TOKEN)], 401),
        (basic("anybody", TOKEN), 200),
        (basic("", TOKEN), 200),
        (basic(TOKEN, ""), 401),
        (basic("anybody", "other"), 401),
        ([("Authorization", "Basic !!!")], 401),
        ([("Authorization", "Basic /w==")], 401),
        ([("Authorization", "Bearer t\xf6ken")], 401),
    ],
)
@pytest.mark.parametrize("path", ["/", "/api/v1/runs", "/static/console.css", "/nowhere"])
def test_beyond_loopback_everything_asks_for_the_token(bench, headers, status, path):
    app = bench.app(host="10.0.0.5", token=TOKEN)
    answer = ask(app, "GET", path, headers=headers, host="10.0.0.5:8700")
    assert answer.status == (404 if (path, status) == ("/nowhere", 200) else status)
    if status == 401:
        schemes = [value.split()[0] for name, value in answer.every_header if name == "www-authenticate"]
        assert schemes == ["Basic", "Bearer"]
        assert bench.home.project.name not in answer.text
        assert TOKEN not in answer.text


def test_health_asks_for_no_token_and_still_for_a_host(bench):
    app = bench.app(host="10.0.0.5", token=TOKEN)
    assert ask(app, "GET", "/healthz", host="10.0.0.5").status == 200
    assert ask(app, "GET", "/healthz", host="evil.example").status == 421
    assert ask(app, "GET", "/healthz/", host="10.0.0.5").status == 401


def test_a_token_on_loopback_is_asked_for_only_where_a_proxy_may_stand_in_front(bench):
    assert ask(bench.app(token=TOKEN), "GET", "/").status == 200
    assert ask(bench.app(token=TOKEN, allowed_hosts=("console.example",)), "GET", "/").status == 401


def test_an_open_console_without_a_token_admits_nobody():
    assert not Access(host="0.0.0.0").admits("Bearer ")
    assert not Access(host="0.0.0.0", token="").admits("Bearer ")


def test_the_token_stands_in_no_repr():
    assert TOKEN not in repr(Access(host="0.0.0.0", token=TOKEN))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_needs_no_token(host):
    check_binding(host, None)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "console.example", ""])
def test_any_other_address_needs_one(host):
    with pytest.raises(DeniedError, match="open to the network") as refused:
        check_binding(host, None)
    assert "LASTSTOP_TOKEN" in refused.value.hint
    check_binding(host, TOKEN)


@pytest.mark.parametrize(
    "token", ["short", "with blanks in it all over", "línea-de-más-de-dieciséis", "x" * 20 + "\n"]
)
def test_a_token_that_cannot_guard_is_refused(token):
    with pytest.raises(UsageError) as refused:
        check_binding("0.0.0.0", token)
    assert token not in str(refused.value)


def test_the_default_port_may_be_left_out_of_an_origin():
    assert same_origin("http://console.example", "console.example:80")
    assert same_origin("https://console.example:443", "console.example")
    assert not same_origin("https://console.example", "console.example:80")
    assert not same_origin("ftp://console.example", "console.example")


@pytest.mark.parametrize("path", ["/", "/api/v1/runs", "/nowhere", "/static/live.js", "/healthz"])
@pytest.mark.parametrize("host", ["localhost", "evil.example"])
def test_every_answer_carries_the_security_headers(bench, path, host):
    headers = ask(bench.app(), "GET", path, host=host).headers
    assert {name: headers.get(name.lower()) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert "'unsafe" not in headers["content-security-policy"]


def test_a_large_body_is_refused_before_it_is_read_and_while_it_is(bench):
    app = bench.app()
    path = "/api/v1/catalog/a/1"
    announced = ask(app, "PUT", path, headers=[("Content-Length", str(BODY_LIMIT_BYTES + 1))])
    assert announced.status == 413
    assert announced.error["place"] == "body"
    assert announced.headers["connection"] == "close"
    unannounced = ask(app, "PUT", path, body=b" " * (BODY_LIMIT_BYTES + 1))
    assert unannounced.status == 413


@pytest.mark.parametrize("raw", [b"/api/v1/catalog/a%2Fb/1", b"/api/v1/catalog/a%2fb/1", b"/versions/%ff/1"])
def test_a_path_that_hides_a_slash_or_is_no_utf8_is_refused(bench, raw):
    assert ask(bench.app(), "PUT" if b"api" in raw else "GET", "/", raw=raw).status == 400
