"""Plays a scenario file against a home it knows nothing of."""

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import yaml

from scenarios.expectation import Expectation
from scenarios.home import Home, Standing

FOLDER = Path(__file__).parent
DEEDS = frozenset(name for name in vars(Home) if not name.startswith("_")) - {"observe"}
PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 0.05


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file: what it shows, and its steps, each a deed, `until` or `then`."""

    shows: str
    steps: list[str | dict[str, str | list[str] | dict[str, object]]]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a scenario: a deed with its words, or something that must be so."""

    name: str
    words: tuple[str, ...] = ()
    expected: Expectation = Expectation()

    @property
    def text(self) -> str:
        """As the file has it."""
        return " ".join((self.name, *self.words))


def names() -> list[str]:
    """The scenarios of this folder."""
    return sorted(path.stem for path in FOLDER.glob("*.yml"))


def steps_of(text: str) -> list[Step]:
    """The steps of a scenario; a deed with a list is done once for each entry."""
    plain = yaml.load(text, Loader=yaml.BaseLoader)
    scenario = msgspec.convert(plain, Scenario, strict=False)
    return [step for entry in scenario.steps for step in _steps(entry)]


def _steps(entry: str | dict[str, str | list[str] | dict[str, object]]) -> Iterator[Step]:
    ((name, value),) = ({entry: ""} if isinstance(entry, str) else entry).items()
    if name in ("then", "until"):
        yield Step(name=name, expected=msgspec.convert(value, Expectation, strict=False))
        return
    assert name in DEEDS, f"nobody can {name!r}; deeds are {sorted(DEEDS)}"
    for words in [value] if isinstance(value, str) else value:
        yield Step(name=name, words=_words(name, str(words)))


def _words(name: str, text: str) -> tuple[str, ...]:
    """A deed's words; what is told to people is one of them, blanks and all."""
    match name:
        case "push":
            return (text,)
        case "rollback":
            release, reason = text.split(None, 1)
            return release, reason
        case _:
            return tuple(text.split())


def play(text: str, home: Home) -> None:
    """Do every step; the first expectation that does not hold fails with all that is not so."""
    home.wait()
    before = home.observe()
    for number, step in enumerate(steps_of(text), start=1):
        if step.name in ("then", "until"):
            patience = PATIENCE_SECONDS if step.name == "until" else 0.0
            before = _expect(home, step.expected, before, f"step {number}", patience)
        else:
            getattr(home, step.name)(*step.words)


def _expect(home: Home, expected: Expectation, before: Standing, place: str, patience: float) -> Standing:
    ends = time.monotonic() + patience
    while misses := expected.misses(now := home.observe(), before):
        assert time.monotonic() < ends, f"{place}: {'; '.join(misses)}\n{_short(now)}"
        time.sleep(PAUSE_SECONDS)
    return now


def _short(now: Standing) -> Standing:
    """Without whole pages and old messages, so that a failure can be read."""
    return msgspec.structs.replace(now, texts=(), messages=now.messages[-1:])
