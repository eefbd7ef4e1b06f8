import base64
from datetime import UTC, datetime, timedelta

import pytest

from laststop.errors import NotFoundError, TransientError, UsageError
from laststop.homes.embedded.store.database import Database
from laststop.homes.embedded.store.journal import Store
from laststop.homes.embedded.tokens import Scope, Tokens
from unit.console.console_workbench import ask

OWNER = "owner-of-32-characters-or-so-xxx"
OPEN = {"host": "10.0.0.5", "token": OWNER}
HERE = "10.0.0.5:8700"
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def tokens(bench, clock):
    return Tokens(bench.home.store, clock)


def bearer(text):
    return [("Authorization", f"Bearer {text}")]


def test_a_token_opens_only_with_its_own_secret(tokens):
    made, other = tokens.new("ci", Scope.RELEASE), tokens.new("ci", Scope.RELEASE)
    assert tokens.admit(made.text).id == made.token.id
    assert made.text.startswith(f"lst_{made.token.id}_")
    swapped = f"lst_{made.token.id}_{other.text.rpartition('_')[2]}"
    for wrong in (
        swapped,
        made.text[:-1],
        made.text + "0",
        made.text.upper(),
        "",
        "lst__",
        "lst_00000000_" + "0" * 64,
    ):
        assert tokens.admit(wrong) is None


def test_no_secret_is_kept_nor_told_again(bench, tokens):
    made = tokens.new("ci", Scope.RELEASE)
    secret = made.text.rpartition("_")[2]
    assert secret not in repr(made)
    assert secret not in repr(tokens.all())
    with bench.home.store.view() as view:
        kept = view.connection.execute("SELECT * FROM token").fetchall()
    assert secret not in repr(kept)
    for file in bench.home.folders.root.glob("laststop.db*"):
        assert secret.encode() not in file.read_bytes()


def test_tokens_are_no_facts(bench, tokens):
    with bench.home.store.view() as view:
        before = view.newest()
    tokens.revoke(tokens.new("ci", Scope.READ).token.id)
    with bench.home.store.view() as view:
        assert view.newest() == before


def test_an_expired_token_opens_nothing_from_its_very_instant_on(tokens, clock):
    made = tokens.new("ci", Scope.READ, expires_days=1)
    clock.now = START + timedelta(days=1) - timedelta(milliseconds=1)
    assert tokens.admit(made.text)
    clock.now = START + timedelta(days=1)
    assert tokens.admit(made.text) is None


def test_a_revoked_token_opens_nothing_and_the_first_revocation_stands(tokens, clock):
    made = tokens.new("ci", Scope.ADMIN)
    assert tokens.revoke(made.token.id).revoked_at == START
    clock.now += timedelta(hours=1)
    assert tokens.revoke(made.text).revoked_at == START  # pasted whole
    assert tokens.admit(made.text) is None
    with pytest.raises(NotFoundError, match="00000000"):
        tokens.revoke("00000000")


def test_a_revocation_by_another_process_counts_at_once(bench, tokens, clock):
    made = tokens.new("ci", Scope.READ)
    assert tokens.admit(made.text)
    elsewhere = Store(bench.home.folders.store)
    Tokens(elsewhere, clock).revoke(made.token.id)
    elsewhere.close()
    assert tokens.admit(made.text) is None


def test_its_last_use_is_noted_once_a_minute(tokens, clock):
    made = tokens.new("ci", Scope.READ)
    used = []
    for seconds in (10, 40, 75):
        clock.now = START + timedelta(seconds=seconds)
        tokens.admit(made.text)
        used.append((tokens.all()[0].last_used_at - START).seconds)
    assert used == [10, 10, 75]


def test_a_full_disk_keeps_nobody_out(tokens, monkeypatch):
    made = tokens.new("ci", Scope.READ)

    def full(self):
        raise TransientError("the disk is full")

    monkeypatch.setattr(Database, "writing", full)
    assert tokens.admit(made.text)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "\x1b[2J", "x" * 81])
def test_a_name_that_no_list_can_show_is_refused(tokens, name):
    with pytest.raises(UsageError):
        tokens.new(name, Scope.READ)


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_a_life_that_is_none_is_refused(tokens, days):
    with pytest.raises(UsageError):
        tokens.new("ci", Scope.READ, expires_days=days)


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", "/", "read"),
        ("GET", "/api/v1/runs", "read"),
        ("GET", "/api/v1/catalog", "read"),
        ("GET", "/metrics", "read"),
        ("GET", "/api/v1/openapi.json", "read"),
        ("HEAD", "/api/v1/events", "read"),
        ("PUT", "/api/v1/catalog/bgp-policy/2.1.0", "release"),
        ("POST", "/api/v1/runs", "release"),
        ("POST", "/runs", "release"),
        ("POST", "/api/v1/releases/previous/rollback", "admin"),
        ("POST", "/api/v1/releases/lift", "admin"),
        ("POST", "/releases/lift", "admin"),
        ("GET", "/api/v1/tokens", "admin"),
        ("POST", "/api/v1/tokens", "admin"),
        ("DELETE", "/api/v1/tokens/00000000", "admin"),
    ],
)
def test_each_scope_does_what_it_says_and_no_more(bench, tokens, method, path, needed):
    app = bench.app(**OPEN)
    tokens = Tokens(bench.home.store, lambda: datetime.now(UTC))
    for scope in Scope:
        shown = bearer(tokens.new(f"a {scope} token", scope).text)
        answer = ask(app, method, path, headers=shown, host=HERE)
        if scope.allows(Scope(needed)):
            assert answer.status not in (401, 403), answer.text
        else:
            assert answer.status == 403
            assert needed in answer.text
    assert ask(app, method, path, headers=bearer("lst_00000000_" + "0" * 64), host=HERE).status == 401
    assert ask(app, method, path, headers=bearer(OWNER), host=HERE).status not in (401, 403)


def test_what_a_scope_forbids_is_not_done(bench):
    tokens = Tokens(bench.home.store, lambda: datetime.now(UTC))
    shown = bearer(tokens.new("viewer", Scope.READ).text)
    ask(bench.app(**OPEN), "POST", "/api/v1/runs", headers=shown, host=HERE)
    assert bench.state().runs == {}
    assert bench.rings == 0


def test_a_browser_takes_a_token_as_password(bench):
    tokens = Tokens(bench.home.store, lambda: datetime.now(UTC))
    pair = base64.b64encode(f"ada:{tokens.new('ada', Scope.READ).text}".encode()).decode()
    answer = ask(bench.app(**OPEN), "GET", "/", headers=[("Authorization", f"Basic {pair}")], host=HERE)
    assert answer.status == 200


def test_behind_a_proxy_the_first_token_closes_the_door_and_revoking_it_does_not_open_it_again(bench):
    app = bench.app(allowed_hosts=("console.example",))
    tokens = Tokens(bench.home.store, lambda: datetime.now(UTC))
    assert ask(app, "GET", "/", host="console.example").status == 200
    made = tokens.new("ci", Scope.READ)
    assert ask(app, "GET", "/", host="console.example").status == 401
    assert ask(app, "GET", "/", host="console.example", headers=bearer(made.text)).status == 200
    tokens.revoke(made.token.id)
    assert ask(app, "GET", "/", host="console.example", headers=bearer(made.text)).status == 401


def test_on_the_loopback_no_token_is_looked_at(bench):
    assert ask(bench.app(), "POST", "/api/v1/runs", headers=bearer("nonsense")).status == 201


def test_tokens_are_made_listed_and_revoked_over_http(bench):
    app = bench.app()
    made = ask(app, "POST", "/api/v1/tokens", body=b'{"name": "ci", "scope": "release", "expires_days": 90}')
    assert made.status == 201
    assert made.headers["cache-control"] == "no-store"
    text = made.json["token"]
    [listed] = ask(app, "GET", "/api/v1/tokens").json
    assert (listed["name"], listed["scope"], listed["usable"]) == ("ci", "release", True)
    assert "token" not in listed
    assert ask(bench.app(**OPEN), "GET", "/api/v1/runs", headers=bearer(text), host=HERE).status == 200
    gone = ask(app, "DELETE", f"/api/v1/tokens/{listed['id']}")
    assert (gone.status, gone.json["usable"]) == (200, False)
    assert ask(bench.app(**OPEN), "GET", "/api/v1/runs", headers=bearer(text), host=HERE).status == 401
    assert ask(app, "DELETE", "/api/v1/tokens/ffffffff").status == 404


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"name": ""}', b'{"name": "x", "scope": "root"}', b'{"name": "x", "expires_days": 0}'],
)
def test_a_token_that_cannot_be_made_is_refused(bench, body):
    assert ask(bench.app(), "POST", "/api/v1/tokens", body=body).status == 400
    assert ask(bench.app(), "GET", "/api/v1/tokens").json == []
