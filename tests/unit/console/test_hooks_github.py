import hashlib
import hmac
import json
from urllib.parse import urlencode

import pytest

from laststop.console.access import Access
from laststop.console.app import make_app
from laststop.console.desk import Webhook
from laststop.console.guard import BODY_LIMIT_BYTES
from laststop.homes.embedded.deliveries import KEPT, Deliveries
from laststop.homes.embedded.pull_requests import PullRequestNews
from laststop.wiring.embedded import clock
from unit.console.console_workbench import ask

SECRET = "a secret that GitHub knows"
PUSH = {"ref": "refs/heads/main", "repository": {"full_name": "acme/frontend", "id": 1}, "commits": [{}]}


class Hooked:
    def __init__(self, bench, *, host="127.0.0.1", token=None) -> None:
        self.bench = bench
        self.looked: list[tuple[str, str]] = []
        self.asked: list[PullRequestNews] = []
        self.error: Exception | None = None
        self.host = host
        self.app = make_app(
            bench.home,
            pipeline=bench.pipeline.name,
            ring=bench.ring,
            access=Access(host=host, token=token),
            page_url=lambda: "",
            webhook=Webhook(secret=SECRET, look=self.look, pull_request=self.pull_request),
        )

    def look(self, repository: str, branch: str) -> bool:
        if self.error is not None:
            raise self.error
        self.looked.append((repository, branch))
        return (repository, branch) == ("acme/frontend", "main")

    def pull_request(self, news: PullRequestNews) -> bool:
        if self.error is not None:
            raise self.error
        self.asked.append(news)
        return news.target == "main"

    def deliver(
        self,
        payload=PUSH,
        *,
        event="push",
        delivery="d-1",
        secret=SECRET,
        headers=None,
        body=None,
        kind="application/json",
    ):
        body = json.dumps(payload).encode() if body is None else body
        given = {
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": delivery,
            "X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
            "Content-Type": kind,
            **(headers or {}),
        }
        pairs = [(name, value) for name, value in given.items() if value is not None]
        return ask(self.app, "POST", "/hooks/github", body=body, headers=pairs, host=self.host)


@pytest.fixture
def hooked(bench):
    return Hooked(bench)


def test_a_push_leads_to_one_look_and_rings(hooked):
    answer = hooked.deliver()
    assert answer.status == 202
    assert answer.json == {"repository": "acme/frontend", "branch": "main"}
    assert hooked.looked == [("acme/frontend", "main")]
    assert hooked.bench.rings == 1


def test_the_form_that_github_sends_by_default_is_read_too(hooked):
    body = urlencode({"payload": json.dumps(PUSH)}).encode()
    assert hooked.deliver(body=body, kind="application/x-www-form-urlencoded").status == 202
    assert hooked.looked == [("acme/frontend", "main")]


def test_a_copy_of_a_delivery_does_nothing_also_after_a_restart(hooked):
    hooked.deliver()
    assert hooked.deliver().status == 204
    assert hooked.deliver(delivery="d-2").status == 204  # the signature does not cover the id
    assert Hooked(hooked.bench).deliver().status == 204
    assert len(hooked.looked) == 1
    assert hooked.bench.rings == 1


def test_another_push_is_no_copy(hooked):
    hooked.deliver()
    assert hooked.deliver({**PUSH, "after": "0b2c"}, delivery="d-2").status == 202


def test_a_look_that_breaks_may_be_delivered_again(hooked):
    hooked.error = ValueError("cut short")
    with pytest.raises(ValueError, match="cut short"):
        hooked.deliver()
    hooked.error = None
    assert hooked.deliver().status == 202


@pytest.mark.parametrize(
    ("payload", "event"),
    [
        (PUSH, "ping"),
        (PUSH, "issues"),
        ({**PUSH, "ref": "refs/notes/n"}, "push"),
        ({**PUSH, "ref": "main"}, "push"),
        ({**PUSH, "deleted": True}, "push"),
    ],
)
def test_what_is_no_push_to_a_branch_or_tag_is_not_looked_at(hooked, payload, event):
    assert hooked.deliver(payload, event=event).status == 204
    assert hooked.looked == []


@pytest.mark.parametrize("change", [{"ref": "refs/heads/other"}, {"repository": {"full_name": "acme/other"}}])
def test_a_branch_that_nothing_reads_rings_nobody_and_is_not_remembered(hooked, change):
    assert hooked.deliver({**PUSH, **change}).status == 204
    assert hooked.bench.rings == 0
    assert not Deliveries(hooked.bench.home.store, clock).known("d-1", b"")


def test_a_branch_with_a_slash_is_one_name(hooked):
    hooked.deliver({**PUSH, "ref": "refs/heads/feature/fonts"})
    assert hooked.looked == [("acme/frontend", "feature/fonts")]


@pytest.mark.parametrize(
    "signature",
    [None, "", "sha256=", "sha256=" + "0" * 64, "sha1=" + "0" * 40, "0" * 64, "sha256=\xe9"],
)
def test_what_is_not_signed_with_our_secret_is_refused_before_it_is_read(hooked, signature):
    answer = hooked.deliver(body=b"no JSON at all", headers={"X-Hub-Signature-256": signature})
    assert answer.status == 403
    assert answer.error["code"] == "WrongSignature"
    assert hooked.looked == []


def test_a_body_changed_on_its_way_is_refused(hooked):
    signed = "sha256=" + hmac.new(SECRET.encode(), b"{}", hashlib.sha256).hexdigest()
    assert hooked.deliver(headers={"X-Hub-Signature-256": signed}).status == 403


@pytest.mark.parametrize(
    ("body", "headers", "place"),
    [
        (b"", {}, "body"),
        (b"{}", {}, "body"),
        (b"[]", {}, "body"),
        (b'{"ref": 1}', {}, "body"),
        (b"\xff\xfe", {}, "body"),
        (b'{"ref": ' + b"[" * 100_000, {}, "body"),
        (b"payload=x", {"Content-Type": "application/x-www-form-urlencoded"}, "body"),
        (b"\xff=1", {"Content-Type": "application/x-www-form-urlencoded"}, "body"),
        (b"a=1&" * 500, {"Content-Type": "application/x-www-form-urlencoded"}, "body"),
        (b"{}", {"X-GitHub-Delivery": None}, "X-GitHub-Delivery"),
        (b"{}", {"X-GitHub-Delivery": "x" * 65}, "X-GitHub-Delivery"),
        (b"{}", {"X-GitHub-Delivery": "a b"}, "X-GitHub-Delivery"),
        (b"{}", {"X-GitHub-Event": None}, "X-GitHub-Event"),
    ],
)
def test_what_is_signed_and_no_webhook_is_named(hooked, body, headers, place):
    answer = hooked.deliver(body=body, headers=headers)
    assert answer.status == 400
    assert answer.error["place"] == place


def test_a_body_that_is_too_large_is_refused_unread(hooked):
    assert hooked.deliver(body=b"x" * (BODY_LIMIT_BYTES + 1)).status == 413


def test_without_a_secret_there_is_no_webhook(bench):
    answer = ask(bench.app(), "POST", "/hooks/github", body=b"{}")
    assert answer.status == 404
    assert "LASTSTOP_GITHUB_SECRET" in answer.error["hint"]


def test_beyond_the_loopback_the_signature_takes_the_place_of_the_token(bench):
    hooked = Hooked(bench, host="10.0.0.5", token="owner-of-32-characters-or-so-xxx")
    assert hooked.deliver().status == 202
    assert hooked.deliver(secret="guessed").status == 403
    assert ask(hooked.app, "GET", "/hooks/github", host="10.0.0.5").status == 405
    assert ask(hooked.app, "POST", "/hooks/github/", host="10.0.0.5").status == 401


def test_the_secret_stands_in_no_repr():
    assert SECRET not in repr(Webhook(secret=SECRET, look=lambda _, __: True))


def test_only_the_newest_deliveries_are_kept(bench):
    deliveries = Deliveries(bench.home.store, clock)
    for number in range(KEPT + 3):
        deliveries.remember(f"d-{number}", str(number).encode())
    assert not deliveries.known("d-2", b"2")
    assert deliveries.known("d-3", b"3")
    with bench.home.store.view() as view:
        assert view.connection.execute("SELECT count(*) FROM hook_delivery").fetchone() == (KEPT,)


def pull_request(action="opened", base="main", **more):
    return {
        "action": action,
        "repository": {"full_name": "acme/frontend"},
        "pull_request": {
            "number": 17,
            "head": {"ref": "feature", "sha": "a" * 40, "repo": {}},
            "base": {"ref": base, "sha": "b" * 40},
        },
        **more,
    }


def test_a_tag_is_looked_for_without_naming_a_branch(hooked):
    hooked.deliver({**PUSH, "ref": "refs/tags/v1"})
    assert hooked.looked == [("acme/frontend", "")]


@pytest.mark.parametrize(
    ("action", "event"), [("opened", "OPEN"), ("synchronize", "UPDATED"), ("closed", "CLOSED")]
)
def test_a_pull_request_is_noted_and_rings(hooked, action, event):
    answer = hooked.deliver(pull_request(action), event="pull_request")
    assert answer.status == 202
    assert answer.json == {"repository": "acme/frontend", "branch": "main"}
    assert hooked.asked == [
        PullRequestNews(
            repository="acme/frontend",
            number=17,
            event=event,
            commit="a" * 40,
            target="main",
            base="b" * 40,
            origin="feature",
        )
    ]
    assert hooked.bench.rings == 1


def test_other_events_of_pull_requests_are_ignored(hooked):
    for action in ("labeled", "reopened", "edited"):
        assert hooked.deliver(pull_request(action), event="pull_request", delivery=action).status == 204
    assert hooked.asked == []


def test_a_pull_request_that_nobody_asks_for_does_not_count_as_dealt_with(hooked):
    for delivery in ("d-1", "d-2"):
        answer = hooked.deliver(pull_request(base="old"), event="pull_request", delivery=delivery)
        assert answer.status == 204
    assert len(hooked.asked) == 2
    assert hooked.bench.rings == 0


def test_what_is_no_pull_request_is_refused(hooked):
    answer = hooked.deliver({"action": "opened"}, event="pull_request")
    assert answer.status == 400
    assert "is no pull request of GitHub" in answer.text
