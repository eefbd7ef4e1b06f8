"""One message per run at Slack, through the real slack_sdk, whatever Slack and the process do meanwhile."""

import json

import pytest

from laststop.homes.embedded.courier import MEND_SECONDS, Courier
from laststop.homes.embedded.store.replay import differences
from laststop.homes.embedded.told import troubles
from laststop.homes.shared.slack import SlackBulletin
from laststop.notices.clean import clean
from laststop.words.facts_site import Forgotten, ReleaseRefused
from laststop.words.failure import Failure
from unit.homes.home_workbench import Home, Killed
from unit.homes.slack_stand_in import slack_running

BROKEN = Failure(code="JobFailed", message="exit status 2", phase="BUILD", command="npm run build",
                 exit_status=2, lines=("src/main.ts(3,1): error TS2304: Cannot find name 'x'.", "npm ERR! code 2"))  # fmt: skip


@pytest.fixture
def slack():
    with slack_running() as (stand_in, api_url, _):
        stand_in.api_url = api_url
        yield stand_in


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path)
    made.said = []
    return made


def courier(home, slack, **changed):
    """A courier as a server that just started has it."""
    bulletin = SlackBulletin(
        token="xoxb-1-secret", channel="#releases", api_url=slack.api_url, timeout_seconds=1
    )
    made = Courier(store=home.store, bulletin=bulletin, clock=home.clock, say=home.said.append,
                   **{"hide": str, "chance": lambda: 1.0} | changed)  # fmt: skip
    made._open()
    return made


def newest(home):
    return home.run_rows()[-1].id


def trouble(home):
    with home.store.view() as view:
        found = troubles(view)
    return found[0] if found else None


def carry(home, carrying, seconds=0.0, rounds=1):
    for _ in range(rounds):
        home.clock.pass_by(seconds=seconds)
        carrying.once()


def test_a_run_is_posted_when_it_enters_build_and_edited_to_its_verdict(home, slack):
    carrying = courier(home, slack)
    home.executor.held |= {"build-site", "verify-live"}
    home.serve().work()
    carrying.once()
    assert [each["text"].split(": ")[1].split("\n")[0] for each in slack.messages] == ["under way, at Build"]
    home.executor.let_go("build-site")
    home.work()
    home.executor.let_go("verify-live")
    home.work()
    carrying.once()
    (message,) = slack.messages
    assert "live, seen at the edge" in message["text"]
    assert "✅" in message["blocks"][0]["text"]["text"]
    assert message["metadata"]["event_payload"]["run"] == newest(home)
    assert slack.methods() == ["chat.postMessage", "chat.update"]
    assert slack.tokens == {"Bearer xoxb-1-secret"}
    carrying.once()
    assert len(slack.calls) == 2, "nothing is sent while nothing changed"


def test_a_failure_and_the_recovery_from_it_call_the_owners_once_in_the_thread_and_the_channel(home, slack):
    home.clerk._owners = {"routing": "S0NETTEAM", "firewall": "@sec-team"}
    carrying = courier(home, slack)
    home.serve().work()
    home.broken = BROKEN
    home.put("bgp", "1.0")
    home.work()
    carry(home, carrying, rounds=3)
    failed = slack.posted()[-1]
    (call,) = slack.replies(failed)
    assert call["text"].startswith("<!subteam^S0NETTEAM> translations ")
    assert "Cannot find name" in call["text"]
    assert "laststop run retry" in call["text"]
    assert call["reply_broadcast"] in (True, "1", "true")
    home.broken = None
    home.put("bgp", "1.1")
    home.work()
    carry(home, carrying, rounds=3)
    (recovery,) = slack.replies(slack.posted()[-1])
    assert recovery["text"].startswith("<!subteam^S0NETTEAM> translations ")
    assert "works again" in recovery["text"]
    home.put("bgp", "1.2")
    home.work()
    carry(home, carrying)
    assert slack.replies(slack.posted()[-1]) == [], "a success after a success calls nobody"
    assert len(slack.posted()) == 4


def test_a_retry_that_fails_again_calls_again_and_one_that_works_is_the_recovery(home, slack):
    carrying = courier(home, slack)
    home.broken = BROKEN
    home.serve().work()
    carry(home, carrying)
    run = newest(home)
    ask = {"pipelineName": "translations", "stageName": "Build", "pipelineExecutionId": run,
           "retryMode": "FAILED_ACTIONS"}  # fmt: skip
    home.call("RetryStageExecution", **ask)
    home.work()
    carry(home, carrying)
    home.broken = None
    home.call("RetryStageExecution", **ask)
    home.work()
    carry(home, carrying)
    (message,) = slack.posted()
    assert [each["text"].split(" ", 2)[2].split("\n")[0] for each in slack.replies(message)] == [
        "failed at Build", "failed at Build", "works again: live, seen at the edge"]  # fmt: skip
    assert "attempt 2" in slack.replies(message)[1]["text"]


def test_the_failure_message_names_everything_a_reader_needs(home, slack):
    carrying = courier(home, slack)
    home.serve().work()
    home.broken = BROKEN
    home.push("c2")
    home.work()
    carry(home, carrying)
    shown = json.dumps(slack.posted()[-1]["blocks"])
    for needed in ("Build / build-site: exit status 2", "BUILD: npm run build (exit status 2)", "first cause: src/main.ts",
                   "npm ERR! code 2", "acme/frontend@main c1 -> c2", "the site serves run ", "laststop run retry"):  # fmt: skip
        assert needed in shown
    assert "rollback" not in shown, "the site does not show what failed"


def test_a_burst_and_restarts_between_leave_one_message_per_run_in_its_final_state(home, slack):
    home.serve().work()
    carrying = courier(home, slack)
    for number in range(12):
        home.put("bgp", f"1.{number}")
        for _ in range(number):
            home.step()
        if number % 3 == 0:
            carrying = courier(home, slack)
        carrying.once()
    home.work()
    carrying.once()
    told = [each["metadata"]["event_payload"]["run"] for each in slack.posted()]
    assert len(set(told)) == len(told)
    for each in slack.posted():
        text = home.message(each["metadata"]["event_payload"]["run"])[1]
        assert each["text"] == text.replace("&", "&amp;").replace(">", "&gt;")
    assert differences(home.store) == []


def test_a_run_that_came_to_nothing_is_not_posted_but_edited_if_it_was(home, slack):
    carrying = courier(home, slack)
    home.serve().work()
    quiet = newest(home)
    home.append(ReleaseRefused(at=home.clock(), run=quiet, outcome="overtaken", reason="run 2 was faster"))
    with home.store.transaction() as transaction:
        transaction.move_cursor("clerk", 0)
    home.work()
    carrying.once()
    assert slack.calls == []
    home.executor.held.add("build-site")
    home.put("bgp", "1.0")
    home.work()
    carrying.once()
    run = newest(home)
    home.append(ReleaseRefused(at=home.clock(), run=run, outcome="overtaken", reason="run 9 was faster"))
    home.executor.let_go("build-site")
    home.work()
    carrying.once()
    (message,) = slack.posted()
    assert "changed nothing, run 9 was faster" in message["text"]
    assert slack.replies() == []


def test_what_was_told_before_a_bulletin_is_opened_is_not_caught_up_with(home, slack):
    home.serve().work()
    carrying = courier(home, slack)
    carrying.once()
    assert slack.calls == []


@pytest.mark.parametrize("effect", ["before", "after"])
@pytest.mark.parametrize("method", ["post", "reply"])
def test_a_kill_around_a_post_or_a_reply_loses_nothing_and_doubles_nothing(
    home, slack, monkeypatch, method, effect
):
    carrying = courier(home, slack)
    home.broken = BROKEN
    home.serve().work()
    real = getattr(carrying._bulletin, method)

    def killed(*arguments):
        if effect == "after":
            real(*arguments)
        raise Killed

    monkeypatch.setattr(carrying._bulletin, method, killed)
    with pytest.raises(Killed):
        carrying.once()
    again = courier(home, slack)
    again.once()
    again.once()
    assert len(slack.posted()) == 1
    assert len(slack.replies()) == 1
    assert differences(home.store) == []


@pytest.mark.parametrize("effect", ["before", "after"])
@pytest.mark.parametrize("number", range(7))
def test_killed_at_any_step_the_next_server_leaves_one_message_and_one_call(
    home, slack, monkeypatch, number, effect
):
    """A failure takes seven steps: a post and a call, each noted before and after, and the end of both."""
    steps = iter(range(100))

    def counted(real):
        def step(*arguments, **named):
            if next(steps) != number:
                return real(*arguments, **named)
            if effect == "after":
                real(*arguments, **named)
            raise Killed

        return step

    carrying = courier(home, slack)
    home.broken = BROKEN
    home.serve().work()
    with monkeypatch.context() as patch:
        for holder, name in (
            (carrying._ledger, "sending"),
            (carrying._ledger, "sent"),
            (carrying._bulletin, "post"),
            (carrying._bulletin, "reply"),
        ):
            patch.setattr(holder, name, counted(getattr(holder, name)))
        with pytest.raises(Killed):
            carrying.once()
    courier(home, slack).once()
    assert len(slack.posted()) == 1
    assert len(slack.replies()) == 1
    assert courier(home, slack).once() is None
    assert differences(home.store) == []


def test_without_the_scope_to_look_it_is_posted_twice_rather_than_never(home, slack, monkeypatch):
    slack.denied_methods = {"conversations.history", "conversations.list"}
    carrying = courier(home, slack)
    home.serve().work()
    real = carrying._bulletin.post

    def killed(message):
        real(message)
        raise Killed

    monkeypatch.setattr(carrying._bulletin, "post", killed)
    with pytest.raises(Killed):
        carrying.once()
    courier(home, slack).once()
    assert len(slack.posted()) == 2


@pytest.mark.parametrize("answer", ["drop", "hang"])
def test_an_answer_that_never_comes_is_looked_for_before_posting_again(home, slack, answer):
    carrying = courier(home, slack)
    home.serve().work()
    slack.answers.append(answer)
    assert carrying.once() > 0
    carry(home, carrying, seconds=2)
    assert len(slack.posted()) == 1
    assert "conversations.history" in slack.methods()
    assert trouble(home) is None, "what passes by itself is no trouble"


def test_a_short_pause_that_slack_asks_for_is_waited_out_on_the_spot(home, slack):
    carrying = courier(home, slack)
    home.serve().work()
    slack.answers.append((429, {"Retry-After": "0"}, {"ok": False, "error": "ratelimited"}))
    carrying.once()
    assert len(slack.posted()) == 1
    assert slack.methods() == ["chat.postMessage"] * 2


def test_a_long_pause_is_kept_to_and_the_message_posted_once(home, slack):
    carrying = courier(home, slack)
    home.serve().work()
    slack.answers.append((429, {"Retry-After": "90"}, {"ok": False, "error": "ratelimited"}))
    assert 89 <= carrying.once() <= 90
    carry(home, carrying, seconds=60)
    assert slack.methods() == ["chat.postMessage"]
    carry(home, carrying, seconds=31)
    assert slack.methods() == ["chat.postMessage"] * 2, "a refusal leaves nothing in doubt"
    assert len(slack.posted()) == 1


@pytest.mark.parametrize("value", ["-1", "soon", "1e9", "999999999", "٣"])
def test_a_pause_that_makes_no_sense_is_not_kept_to(home, slack, value):
    carrying = courier(home, slack)
    home.serve().work()
    slack.answers.append(
        (429, {"Retry-After": value.encode("utf-8").decode("latin-1")}, {"ok": False, "error": "ratelimited"})
    )
    assert carrying.once() <= 3600
    carry(home, carrying, seconds=3601)
    assert len(slack.posted()) == 1


@pytest.mark.parametrize(
    "answer",
    [
        (500, {}, {"ok": False, "error": "internal_error"}),
        (503, {}, "<html>upstream</html>"),
        (200, {}, "<html>log in to the wifi</html>"),
        (200, {}, '{"ok": tr'),
        (200, {}, {"ok": False, "error": "fatal_error"}),
        (200, {"Content-Type": "text/plain; charset=klingon"}, {"ok": True}),
    ],
    ids=str,
)
def test_trouble_of_slacks_own_is_tried_again_and_told_only_when_it_lasts(home, slack, answer):
    carrying = courier(home, slack)
    home.serve().work()
    slack.answers.extend([answer] * 8)
    pauses = [carrying.once()]
    home.clock.pass_by(seconds=pauses[0])
    assert trouble(home) is None
    for _ in range(12):
        home.clock.pass_by(seconds=carrying.once() or 0)
    assert [f.kind for f in home.facts("bulletin.troubled", "bulletin.mended")][-1:] in (
        [],
        ["bulletin.mended"],
    )
    assert len(slack.posted()) == 1
    assert newest(home)
    assert [row.status for row in home.run_rows()] == ["Succeeded"]


@pytest.mark.parametrize(
    ("code", "step"),
    [
        ("invalid_auth", "LASTSTOP_SLACK_TOKEN"),
        ("account_inactive", "LASTSTOP_SLACK_TOKEN"),
        ("channel_not_found", "slack_channel"),
        ("not_in_channel", "/invite"),
        ("is_archived", "slack_channel"),
        ("missing_scope", "chat:write"),
        ("brand_new_refusal", "documentation"),
    ],
)
def test_a_lasting_refusal_is_noted_with_its_remedy_and_tried_again_now_and_then(home, slack, code, step):
    carrying = courier(home, slack)
    home.serve().work()
    slack.always = (200, {}, {"ok": False, "error": code, "needed": "chat:write"})
    assert carrying.once() > MEND_SECONDS - 1
    found = trouble(home)
    assert (found.bulletin, code in found.reason, step in found.hint) == ("slack", True, True)
    assert [row.status for row in home.run_rows()] == ["Succeeded"]
    assert len(home.said) == 1
    carry(home, carrying, seconds=60, rounds=5)
    assert len(slack.calls) == 1, "nobody hammers at a closed door"
    carry(home, carrying, seconds=MEND_SECONDS)
    assert len(slack.calls) == 2
    assert len(home.facts("bulletin.troubled")) == 1, "the same trouble is noted once"
    slack.always = None
    carry(home, carrying, seconds=MEND_SECONDS)
    assert len(slack.posted()) == 1
    assert trouble(home) is None
    assert differences(home.store) == []


def test_after_a_restart_with_other_settings_a_lasting_refusal_is_tried_at_once(home, slack):
    carrying = courier(home, slack)
    home.serve().work()
    slack.answers.append((200, {}, {"ok": False, "error": "invalid_auth"}))
    carrying.once()
    again = courier(home, slack)
    again.once()
    assert len(slack.posted()) == 1
    assert trouble(home) is None


def test_a_message_that_was_deleted_is_posted_anew(home, slack):
    carrying = courier(home, slack)
    home.executor.held.add("build-site")
    home.serve().work()
    carrying.once()
    slack.messages.clear()
    home.executor.let_go("build-site")
    home.work()
    carrying.once()
    assert "live, seen" in slack.posted()[0]["text"]


def test_a_layout_that_slack_refuses_is_sent_as_text(home, slack):
    carrying = courier(home, slack)
    home.serve().work()
    slack.answers.append((200, {}, {"ok": False, "error": "invalid_blocks"}))
    carrying.once()
    (message,) = slack.posted()
    assert "blocks" not in message
    assert "live, seen" in message["text"]


def test_one_message_that_is_refused_keeps_no_other_back(home, slack):
    carrying = courier(home, slack)
    home.serve().work()
    home.put("bgp", "1.0")
    home.work()
    slack.answers.extend([(200, {}, {"ok": False, "error": "msg_too_long"})] * 2)
    pause = carrying.once()
    assert len(slack.posted()) == 1
    assert pause > MEND_SECONDS - 1
    assert "msg_too_long" in trouble(home).reason
    carry(home, carrying, seconds=MEND_SECONDS)
    assert len(slack.posted()) == 2
    assert trouble(home) is None


def test_a_run_that_is_forgotten_while_its_message_is_on_its_way_stays_forgotten(home, slack, monkeypatch):
    carrying = courier(home, slack)
    home.serve().work()
    real = carrying._bulletin.post

    def forgetting(message):
        home.append(Forgotten(at=home.clock(), runs=(message.run,)))
        return real(message)

    monkeypatch.setattr(carrying._bulletin, "post", forgetting)
    carrying.once()
    assert home.table("told") == []
    assert carrying.once() is None


def test_secrets_are_masked_in_whatever_leaves(home, slack):
    secret = "hunter2hunter2"
    hide = lambda text: text.replace(secret, "***")  # noqa: E731
    home.clerk._hide = hide
    carrying = courier(home, slack, hide=hide)
    home.broken = Failure(code="JobFailed", message=f"could not log in with {secret}", phase="BUILD",
                          command=f"curl -u :{secret} x", exit_status=1, lines=(f"error: {secret} refused", "b" * 100_000 + secret))  # fmt: skip
    home.serve()
    home.push(f"c-{secret}")
    home.work()
    carrying.once()
    assert "***" in json.dumps(slack.calls)
    assert secret not in json.dumps(slack.calls)
    assert secret not in json.dumps([f.text for f in home.facts("message.written")])


def test_a_fault_of_our_own_is_said_and_does_not_end_the_courier(home, slack, monkeypatch):
    carrying = courier(home, slack)
    home.serve().work()
    monkeypatch.setattr(carrying._bulletin, "post", lambda _: 1 / 0)
    assert carrying.once() > 0
    assert "ZeroDivisionError" in trouble(home).reason
    assert "report" in trouble(home).hint


def test_the_thread_carries_when_it_is_rung_and_ends_when_it_is_told_to(home, slack):
    carrying = courier(home, slack)
    home.clerk._written = carrying.ring
    carrying.start()
    home.serve().work()
    for _ in range(300):
        if slack.posted():
            break
        slack.let_go.wait(0.02)
    carrying.stop()
    assert not carrying._thread.is_alive()
    assert len(slack.posted()) == 1


def test_cleaning_twice_is_cleaning_once(home):
    home.broken = BROKEN
    home.serve().work()
    with home.store.view() as view:
        row = home.run_rows()[-1]
        story = clean(home.clerk._story(view, row), str)
    assert clean(story, str) == story
