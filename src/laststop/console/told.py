"""A message as its readers see it: the clerk's own words, laid out as Slack lays them out."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Literal

import msgspec

from laststop.homes.embedded.store.journal import View
from laststop.homes.embedded.store.statements import load
from laststop.words.ids import RunId
from laststop.words.instants import Instant, parse_instant

_SQL = load("console.sql")
_NOTICES = load("notices.sql")
_LOG = "  | "
_LINK = re.compile(r"https?://[^\s<>]+\Z")

Kind = Literal["headline", "words", "item", "log", "link"]


class Paragraph(msgspec.Struct, frozen=True, kw_only=True):
    """Some lines of a message that stand together."""

    kind: Kind
    text: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The message of one run; `revision` counts how often it was written."""

    run: RunId
    status: str
    revision: int
    text: str
    written_at: Instant
    ordinal: int

    @property
    def paragraphs(self) -> tuple[Paragraph, ...]:
        """All of its words, in order."""
        return paragraphs(self.text)


def told_of(view: View, run: RunId, status: str) -> Told | None:
    """The message of a run; None while people are told nothing."""
    row = view.connection.execute(_NOTICES["message"], (run,)).fetchone()
    if row is None:
        return None
    revision, text, written_at = row[:3]
    return Told(
        run=run, status=status, revision=revision, text=text, written_at=parse_instant(written_at), ordinal=0
    )


def messages(view: View, limit: int, before: int) -> tuple[Told, ...]:
    """Messages of the newest runs first; `before` an ordinal, to page on."""
    return tuple(
        Told(
            run=RunId(run),
            status=status,
            revision=revision,
            text=text,
            written_at=parse_instant(written_at),
            ordinal=ordinal,
        )
        for run, status, revision, text, written_at, ordinal in view.connection.execute(
            _SQL["messages"], (before, limit)
        )
    )


def paragraphs(text: str) -> tuple[Paragraph, ...]:
    """The first line is the headline; lines of a log stay together."""
    return tuple(_paragraphs(text))


def _paragraphs(text: str) -> Iterator[Paragraph]:
    head, *rest = text.split("\n")
    yield Paragraph(kind="headline", text=head)
    for kind, lines in groupby(rest, _kind):
        if kind == "log":
            yield Paragraph(kind=kind, text="\n".join(line.removeprefix(_LOG) for line in lines))
        else:
            yield from (Paragraph(kind=kind, text=line.strip()) for line in lines if line.strip())


def _kind(line: str) -> Kind:
    if line.startswith(_LOG):
        return "log"
    if line.startswith("  "):
        return "item"
    return "link" if _LINK.match(line) else "words"
