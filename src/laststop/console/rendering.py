"""Pages from templates: everything is escaped, and a name that is missing is an error."""

import re
from datetime import UTC
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from laststop import __version__
from laststop.console.asks import action_words
from laststop.console.status import mark_of
from laststop.words.bill import Bill, Revision
from laststop.words.instants import Instant, instant_text, parse_instant

_UUID = re.compile(r"\b([0-9a-f]{8})(-[0-9a-f]{4}){3}-[0-9a-f]{12}(-[0-9a-f]{12})?\b")
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")
_CONTROLS = dict.fromkeys((*range(9), *range(11, 32), 127))
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_KIB = 1024
SHORT = 8


class Pages:
    """The console's templates, compiled once."""

    def __init__(self, project: str) -> None:
        """`project` stands at the head of every page."""
        environment = Environment(
            loader=PackageLoader("laststop.console"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters |= {
            "short": short,
            "told": told,
            "when": when,
            "took": took,
            "mark": mark_of,
            "revision": revision_text,
            "bill": bill_text,
            "segment": segment,
            "instant": parse_instant,
            "iso": instant_text,
            "plain": plain,
            "size": size,
            "action": action_words,
        }
        environment.globals |= {"project": project, "release_of_laststop": __version__}
        self._environment = environment

    def page(self, name: str, /, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A template with its values; never cached, so that it is never old."""
        text = self._environment.get_template(name).render(**values)
        return HTMLResponse(text, status_code=status, headers={"Cache-Control": "no-store"})


def short(identity: str) -> str:
    """The beginning of an id, as people say it."""
    return identity[:SHORT]


def told(text: str) -> Markup:
    """A sentence with every run's id shortened and leading to its run."""

    def link(found: re.Match[str]) -> str:
        return f'<a href="/runs/{found[0][:36]}">{found[1]}</a>'

    return Markup(_UUID.sub(link, str(escape(text))))  # noqa: S704 - escaped before anything is added


def when(at: Instant, now: Instant) -> Markup:
    """A time of day in UTC, with the date when it is another day; its age is in the title."""
    at = at.astimezone(UTC)
    day = "" if at.date() == now.date() else f"{at.day} {at:%b} " if at.year == now.year else f"{at.date()} "
    return Markup('<time datetime="{}" title="{} ago">{}{:%H:%M:%S} UTC</time>').format(
        instant_text(at), took((now - at).total_seconds()), day, at
    )


def took(seconds: float) -> str:
    """A length of time in its largest units: `40 ms`, `1.4 s`, `3 min 04 s`, `2 h 05 min`, `3 d 4 h`."""
    seconds = max(seconds, 0.0)
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < _MINUTE:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004
    whole = int(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"


def revision_text(revision: Revision) -> str:
    """A document's generation, or the beginning of a commit's id."""
    return f"generation {revision.generation}" if revision.generation is not None else short(revision.id)


def bill_text(bill: Bill | None) -> str:
    """A bill in one line: `frontend 4f2a9c12 · routing 7`."""
    if bill is None:
        return "sources not read yet"
    return " · ".join(
        f"{each.action} {each.generation if each.generation is not None else short(each.id)}"
        for each in bill.revisions
    )


def plain(text: str) -> str:
    """A line of a log without what only a terminal understands."""
    return _ESCAPES.sub("", text).translate(_CONTROLS)


def size(count_bytes: int) -> str:
    """Bytes in the unit that reads best: `912 B`, `3.4 KiB`, `1.2 MiB`."""
    if count_bytes < _KIB:
        return f"{count_bytes} B"
    if count_bytes < _KIB * _KIB:
        return f"{count_bytes / _KIB:.1f} KiB"
    return f"{count_bytes / _KIB / _KIB:.1f} MiB"


def segment(name: str) -> str:
    """A name as one segment of a path."""
    return quote(name, safe="")
