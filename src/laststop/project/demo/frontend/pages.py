"""From values to HTML. Every foreign text goes through `escape`; templates receive safe parts only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from string import Template
from typing import Any

from documents import Algorithm
from marking import kept, marked
from names import algorithm_page, type_page

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
SHOWN = frozenset(
    (
        *("title", "summary", "from_vendor", "to_vendor", "released_on", "tests_passed"),
        *("changes", "limits", "example_from", "example_to"),
    )
)
CURRENT = ' aria-current="true"'
EMPTY_LINE = "Nothing released here yet. The first version whose tests pass appears by itself."
LATEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One type as the page shows it; `line` is its colour, 1 to 6."""

    type: str
    title: str
    lead: str
    line: int
    generation: int
    algorithms: tuple[Algorithm, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """All pages of one build."""

    site: Mapping[str, Any]
    sections: list[Section]
    templates: Mapping[str, str]
    icons: Mapping[str, str]
    assets: Mapping[str, str]

    def index(self) -> str:
        """The entry page."""
        everything = [algorithm for section in self.sections for algorithm in section.algorithms]
        main = self._fill(
            "index",
            headline="<br>".join(map(escape, self.site["headline"])),
            lead=escape(self.site["lead"]),
            numbers=self._numbers(everything),
            featured=self._featured(everything),
            lines="\n".join(self._line(section) for section in self.sections),
            changes=self._changes(everything),
        )
        title = f"{self.site['name']}: {' '.join(self.site['headline'])}"
        return self._page(title=title, description=self.site["lead"], main=main, up="", line=0)

    def type(self, section: Section) -> str:
        """The page of one type."""
        main = self._fill(
            "type",
            home="index.html",
            title=escape(section.title),
            lead=escape(section.lead),
            type=escape(section.type),
            generation=str(section.generation),
            icon=self._icon(section),
            stations=self._stations(section, level=2),
            changes=self._changes(section.algorithms),
        )
        title = f"{section.title} · {self.site['name']}"
        return self._page(title=title, description=section.lead, main=main, up="", line=section.line)

    def algorithm(self, section: Section, algorithm: Algorithm) -> str:
        """The page of one algorithm's active version."""
        main = self._fill(
            "algorithm",
            home="../index.html",
            type_page=f"../{type_page(section.type)}",
            type_title=escape(section.title),
            title=escape(algorithm.title),
            name=escape(algorithm.name),
            version=escape(algorithm.version),
            summary=_paragraph(algorithm.text("summary"), "lead"),
            facts=self._facts(algorithm),
            example=self._example(algorithm, level=2),
            changes=_titled_list(f"New in {algorithm.version}", algorithm.lines("changes")),
            limits=_titled_list("Left to you", algorithm.lines("limits")),
        )
        title = f"{algorithm.title} {algorithm.version} · {self.site['name']}"
        return self._page(
            title=title, description=algorithm.text("summary"), main=main, up="../", line=section.line
        )

    def _page(self, *, title: str, description: str, main: str, up: str, line: int) -> str:
        links = [
            f'<li><a class="line-{section.line}" href="{up}{escape(type_page(section.type))}"'
            f"{CURRENT if section.line == line else ''}>{escape(section.title)}</a></li>"
            for section in self.sections
        ]
        return self._fill(
            "layout",
            title=escape(title),
            description=escape(description),
            name=escape(self.site["name"]),
            up=up,
            style=up + self.assets["style.css"],
            mark=up + self.assets["mark.svg"],
            mark_drawing=self.icons["mark"],
            line=f"line-{line}" if line else "no-line",
            links="".join(links),
            main=main,
        )

    def _line(self, section: Section) -> str:
        return self._fill(
            "line",
            line=str(section.line),
            page=escape(type_page(section.type)),
            title=escape(section.title),
            lead=escape(section.lead),
            icon=self._icon(section),
            stations=self._stations(section, level=3),
        )

    def _stations(self, section: Section, *, level: int) -> str:
        if not section.algorithms:
            return f'<p class="empty">{EMPTY_LINE}</p>'
        items = [
            self._fill(
                "station",
                level=str(level),
                page=escape(algorithm_page(section.type, algorithm.name)),
                title=escape(algorithm.title),
                name=escape(algorithm.name),
                version=escape(algorithm.version),
                summary=_paragraph(algorithm.text("summary"), "summary"),
                route=_route(algorithm),
            )
            for algorithm in section.algorithms
        ]
        return '<ol class="stations">' + "".join(items) + "</ol>"

    def _icon(self, section: Section) -> str:
        return self.icons.get(section.type, self.icons["other"])

    def _numbers(self, algorithms: list[Algorithm]) -> str:
        days = [algorithm.released for algorithm in algorithms if algorithm.released]
        tests = sum(algorithm.number("tests_passed") for algorithm in algorithms)
        numbers = [
            ("algorithms", str(len(algorithms))),
            ("tests passed", f"{tests:,}".replace(",", "\u202f") if tests else ""),
            ("last change", _day(max(days)) if days else ""),
        ]
        return "".join(f"<div><dt>{label}</dt><dd>{value}</dd></div>" for label, value in numbers if value)

    def _featured(self, algorithms: list[Algorithm]) -> str:
        examples = (self._example(algorithm, level=0) for algorithm in _newest_first(algorithms))
        return next(filter(None, examples), self._fill("nothing"))

    def _example(self, algorithm: Algorithm, *, level: int) -> str:
        """Both sides of a translation; what occurs on both is marked."""
        before, after = algorithm.text("example_from"), algorithm.text("example_to")
        if not before or not after:
            return ""
        both = kept(before, after)
        section = next(section for section in self.sections if section.type == algorithm.type)
        caption = f"{escape(algorithm.name)} <b>{escape(algorithm.version)}</b>"
        if not level:
            page = escape(algorithm_page(algorithm.type, algorithm.name))
            caption = f'<a href="{page}">{caption}</a>'
        return self._fill(
            "example",
            line=str(section.line),
            heading=f'<h{level} class="section">In, and out</h{level}>' if level else "",
            wide="wide" if level else "",
            caption=caption,
            from_vendor=escape(algorithm.text("from_vendor") or "before"),
            to_vendor=escape(algorithm.text("to_vendor") or "after"),
            before=marked(before, both),
            after=marked(after, both),
        )

    def _facts(self, algorithm: Algorithm) -> str:
        facts = [
            ("Version", algorithm.version),
            ("From", algorithm.text("from_vendor")),
            ("To", algorithm.text("to_vendor")),
            ("Released", _day(algorithm.released) if algorithm.released else ""),
            ("Tests passed", algorithm.text("tests_passed")),
        ]
        facts += [
            (key.replace("_", " "), algorithm.text(key) or ", ".join(algorithm.lines(key)))
            for key in sorted(algorithm.attributes.keys() - SHOWN)
        ]
        return "".join(
            f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>" for label, value in facts if value
        )

    def _changes(self, algorithms: Iterable[Algorithm]) -> str:
        items = [
            self._fill(
                "change",
                day=each.released.isoformat(),
                day_text=_day(each.released),
                line=str(next(section.line for section in self.sections if section.type == each.type)),
                page=escape(algorithm_page(each.type, each.name)),
                title=escape(each.title),
                version=escape(each.version),
                text=escape(" ".join(each.lines("changes"))),
            )
            for each in _newest_first(algorithms)
            if each.released
        ]
        if not items:
            return '<p class="empty">Changes are listed here by the day of their release.</p>'
        return '<ol class="changes">' + "".join(items[:LATEST]) + "</ol>"

    def _fill(self, template: str, **parts: str) -> str:
        return Template(self.templates[template]).substitute(parts)


def _newest_first(algorithms: Iterable[Algorithm]) -> list[Algorithm]:
    by_name = sorted(algorithms, key=lambda each: (each.type, each.name))
    return sorted(by_name, key=lambda each: each.released or date.min, reverse=True)


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _paragraph(text: str, name: str) -> str:
    return f'<p class="{name}">{escape(text)}</p>' if text else ""


def _titled_list(title: str, lines: tuple[str, ...]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    if not items:
        return ""
    return f'<section><h2 class="section">{escape(title)}</h2><ul class="notes">{items}</ul></section>'


def _route(algorithm: Algorithm) -> str:
    ends = [escape(algorithm.text(key)) for key in ("from_vendor", "to_vendor")]
    if not all(ends):
        return ""
    return f'<p class="route">{ends[0]} <span class="to" aria-label="to">→</span> {ends[1]}</p>'
