"""What must be true of a home: every field of it that a scenario names."""

from collections.abc import Iterator

import msgspec

from scenarios.home import Standing


class Expectation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`deploys` and `builds` count since the expectation before; texts are looked for anywhere in their place.

    `page` names whole types: an algorithm that is not listed must not be shown. `told` is looked for in the
    message of the newest run that has one.
    """

    page: dict[str, dict[str, str]] = {}
    shows: list[str] = []
    hides: list[str] = []
    verdicts: dict[str, str] = {}
    reasons: dict[str, str] = {}
    newest_run: str = ""
    no_run_is: list[str] = []
    stage: str = ""
    told: list[str] = []
    held: str | None = None
    proven: bool | None = None
    deploys: int | None = None
    builds: int | None = None
    at_most_builds: int | None = None

    def misses(self, now: Standing, before: Standing) -> list[str]:
        """What is not so, in words."""
        return [
            *self._of_pages(now),
            *self._of_changes(now),
            *self._of_runs(now),
            *self._of_site(now),
            *self._of_counts(now.deploys - before.deploys, now.builds - before.builds),
        ]

    def _of_pages(self, now: Standing) -> Iterator[str]:
        if (self.page or self.shows) and not now.pages:
            yield "no edge answers"
        for page in now.pages:
            for type_, shown in self.page.items():
                if page.get(type_) != shown:
                    yield f"{type_} shows {page.get(type_)}, not {shown}"
        for text in now.texts:
            yield from (f"the page lacks {part!r}" for part in self.shows if part not in text)
            yield from (f"the page has {part!r}" for part in self.hides if part in text)

    def _of_changes(self, now: Standing) -> Iterator[str]:
        for change, verdict in self.verdicts.items():
            found = now.verdicts.get(change, "none")
            if found != verdict:
                yield f"{change} is {found} ({now.reasons.get(change, '')}), not {verdict}"
        for change, reason in self.reasons.items():
            if reason not in now.reasons.get(change, ""):
                yield f"{change}: {now.reasons.get(change, '')!r} does not say {reason!r}"

    def _of_runs(self, now: Standing) -> Iterator[str]:
        newest = now.runs[-1] if now.runs else "none"
        if self.newest_run and newest != self.newest_run:
            yield f"the newest run is {newest}, not {self.newest_run}"
        yield from (f"a run is {status}" for status in self.no_run_is if status in now.runs)
        if self.stage and now.stage != self.stage:
            yield f"the newest run is at {now.stage}, not at {self.stage}"
        message = now.messages[-1] if now.messages else ""
        yield from (f"the message lacks {part!r}: {message}" for part in self.told if part not in message)

    def _of_site(self, now: Standing) -> Iterator[str]:
        if self.held is not None and (self.held not in now.held if self.held else now.held):
            yield f"held: {now.held!r}, not {self.held!r}"
        if self.proven is not None and now.proven is not self.proven:
            yield f"proven: {now.proven}"

    def _of_counts(self, deploys: int, builds: int) -> Iterator[str]:
        if self.deploys is not None and deploys != self.deploys:
            yield f"{deploys} deploys, not {self.deploys}"
        if self.builds is not None and builds != self.builds:
            yield f"{builds} builds, not {self.builds}"
        if self.at_most_builds is not None and builds > self.at_most_builds:
            yield f"{builds} builds, more than {self.at_most_builds}"
