"""What facts of verdicts, messages and bulletins do to their tables."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

import msgspec

from laststop.homes.embedded.store.statements import load
from laststop.words import facts_notices as n
from laststop.words.fact import Fact
from laststop.words.instants import instant_text

_SQL = load("projection_notices.sql")

Execute = Callable[..., sqlite3.Cursor]


def forget_messages(execute: Execute, runs: str) -> None:
    """Let go of what was told of runs, given as a JSON array, and of where it stands."""
    execute(_SQL["forget_messages"], (runs,))
    execute(_SQL["forget_told"], (runs,))


def _settled(execute: Execute, _: int, fact: n.VerdictSettled) -> None:
    execute(
        _SQL["settle_verdict"],
        (fact.verdict.value, fact.reason, fact.run, instant_text(fact.at), json.dumps(fact.changes)),
    )


def _message(execute: Execute, seq: int, fact: n.MessageWritten) -> None:
    story = msgspec.json.encode(fact.story).decode()
    execute(_SQL["write_message"], (fact.run, fact.revision, fact.text, instant_text(fact.at), story, seq))


def _opened(execute: Execute, seq: int, fact: n.BulletinOpened) -> None:
    execute(_SQL["open_bulletin"], (fact.bulletin, seq))


def _troubled(execute: Execute, _: int, fact: n.BulletinTroubled) -> None:
    execute(_SQL["trouble"], (fact.reason, fact.hint, instant_text(fact.at), fact.bulletin))


def _mended(execute: Execute, _: int, fact: n.BulletinMended) -> None:
    execute(_SQL["trouble"], ("", "", None, fact.bulletin))


def _sending(execute: Execute, _: int, fact: n.MessageSending) -> None:
    execute(_SQL["sending"], (fact.run, fact.bulletin, fact.part, instant_text(fact.at)))


def _sent(execute: Execute, _: int, fact: n.MessageSent) -> None:
    values = (fact.run, fact.bulletin, fact.part, fact.revision, fact.handle, instant_text(fact.at))
    execute(_SQL["sent"], values)


NOTICES: dict[type[Fact], Callable[[Execute, int, Any], None]] = {
    n.VerdictSettled: _settled,
    n.MessageWritten: _message,
    n.MessageSending: _sending,
    n.MessageSent: _sent,
    n.BulletinOpened: _opened,
    n.BulletinTroubled: _troubled,
    n.BulletinMended: _mended,
}
