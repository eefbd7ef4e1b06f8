"""Test cases from the file formats that CodeBuild reads for tests.

Source: AWS CodeBuild user guide, "Build specification reference", `file-format` of a report group; the
formats themselves as their tools write them, 2026.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from laststop.build.reports.report import (
    MESSAGE_CHARACTERS_MAX,
    NAME_CHARACTERS_MAX,
    CaseStatus,
    TestCase,
)
from laststop.build.reports.xml_tree import Element, parse_xml
from laststop.errors import UsageError

COVERAGE_FORMATS: Final = ("CLOVERXML", "COBERTURAXML", "JACOCOXML", "SIMPLECOV")
"""Formats CodeBuild reads that say nothing of tests; they are accepted, and not shown."""

_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What a terminal would act on."""
_CLOCK: Final = re.compile(r"(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)")


def cases_of(format_: str, content: bytes) -> tuple[TestCase, ...]:
    """The test cases of one file.

    Raises: UsageError for a file that is not of its format.
    """
    return tuple(_bounded(case) for case in _READERS[format_](content))


def _junit(content: bytes) -> Iterator[TestCase]:
    """`testsuites` of `testsuite` of `testcase`; suites may be nested, a root may be missing."""
    root = parse_xml(content)
    if root.name not in ("testsuites", "testsuite"):
        raise UsageError(f"is no JUnit report: its root is <{root.name}>")
    for suite in root.walk():
        if suite.name not in ("testsuite", "testsuites"):
            continue
        for case in suite.of("testcase"):
            status, told = _junit_status(case)
            yield TestCase(
                suite=case.get("classname") or suite.get("name"),
                name=case.get("name"),
                status=status,
                seconds=_seconds(case.get("time")),
                message=told,
            )


def _junit_status(case: Element) -> tuple[CaseStatus, str]:
    statuses: tuple[tuple[str, CaseStatus], ...] = (
        ("error", "ERROR"),
        ("failure", "FAILED"),
        ("skipped", "SKIPPED"),
    )
    for name, status in statuses:
        found = case.first(name)
        if found is not None:
            return status, _joined(found.get("message"), found.text)
    return "SUCCEEDED", ""


def _nunit3(content: bytes) -> Iterator[TestCase]:
    """`test-run` of nested `test-suite` of `test-case` with `result`."""
    words: dict[str, CaseStatus] = {"Passed": "SUCCEEDED", "Failed": "FAILED", "Skipped": "SKIPPED"}
    for case in _all(content, "NUnit 3", ("test-run",), "test-case"):
        broken = case.get("label") == "Error"
        failure = case.first("failure", "message") or case.first("reason", "message")
        yield TestCase(
            suite=case.get("classname"),
            name=case.get("name"),
            status="ERROR" if broken else words.get(case.get("result"), "UNKNOWN"),
            seconds=_seconds(case.get("duration")),
            message=failure.text if failure else "",
        )


def _nunit(content: bytes) -> Iterator[TestCase]:
    """NUnit 2: `test-results` of nested `test-suite` of `test-case` with `executed` and `success`."""
    words: dict[str, CaseStatus] = {
        "Success": "SUCCEEDED",
        "Failure": "FAILED",
        "Error": "ERROR",
        "Ignored": "SKIPPED",
        "Skipped": "SKIPPED",
    }
    for case in _all(content, "NUnit", ("test-results",), "test-case"):
        suite, _, name = case.get("name").rpartition(".")
        failure = case.first("failure", "message") or case.first("reason", "message")
        yield TestCase(
            suite=suite,
            name=name,
            status=words.get(case.get("result"), "UNKNOWN"),
            seconds=_seconds(case.get("time")),
            message=failure.text if failure else "",
        )


def _testng(content: bytes) -> Iterator[TestCase]:
    """`testng-results` of `suite`, `test`, `class`, `test-method`; configuration methods are no tests."""
    words: dict[str, CaseStatus] = {"PASS": "SUCCEEDED", "FAIL": "FAILED", "SKIP": "SKIPPED"}
    root = _rooted(content, "TestNG", ("testng-results",))
    for group in root.walk():
        for case in group.of("test-method") if group.name == "class" else ():
            if case.get("is-config") == "true":
                continue
            told = case.first("exception", "message") or case.first("exception", "full-stacktrace")
            yield TestCase(
                suite=group.get("name"),
                name=case.get("name"),
                status=words.get(case.get("status"), "UNKNOWN"),
                seconds=_seconds(case.get("duration-ms")) / 1000,
                message=told.text if told else "",
            )


def _trx(content: bytes) -> Iterator[TestCase]:
    """Visual Studio's `TestRun`: results, and definitions that tell their classes."""
    words: dict[str, CaseStatus] = {
        "Passed": "SUCCEEDED",
        "Failed": "FAILED",
        "Error": "ERROR",
        "Timeout": "ERROR",
        "Aborted": "ERROR",
        "NotExecuted": "SKIPPED",
    }
    every = _rooted(content, "TRX", ("TestRun",)).walk()
    classes = {
        test.get("id"): method.get("className")
        for test in every
        if test.name == "UnitTest" and (method := test.first("TestMethod")) is not None
    }
    for case in every:
        if case.name == "UnitTestResult":
            told = case.first("Output", "ErrorInfo", "Message")
            yield TestCase(
                suite=classes.get(case.get("testId"), ""),
                name=case.get("testName"),
                status=words.get(case.get("outcome"), "UNKNOWN"),
                seconds=_clock_seconds(case.get("duration")),
                message=told.text if told else "",
            )


class _CucumberResult(msgspec.Struct, frozen=True, kw_only=True):
    """Units: `duration` in nanoseconds."""

    status: str = ""
    duration: float = 0
    error_message: str = ""


class _CucumberStep(msgspec.Struct, frozen=True, kw_only=True):
    result: _CucumberResult = _CucumberResult()


class _CucumberElement(msgspec.Struct, frozen=True, kw_only=True):
    name: str = ""
    type: str = "scenario"
    steps: tuple[_CucumberStep, ...] = ()


class _CucumberFeature(msgspec.Struct, frozen=True, kw_only=True):
    name: str = ""
    elements: tuple[_CucumberElement, ...] = ()


def _cucumber(content: bytes) -> Iterator[TestCase]:
    """A list of features; a scenario stands as its worst step does."""
    try:
        features = msgspec.json.decode(content, type=tuple[_CucumberFeature, ...])
    except (msgspec.DecodeError, RecursionError) as error:
        raise UsageError(f"is no Cucumber report: {error}") from error
    for feature in features:
        for scenario in feature.elements:
            if scenario.type == "background":
                continue
            results = [step.result for step in scenario.steps]
            states = {result.status for result in results}
            status: CaseStatus = "SUCCEEDED" if states <= {"passed"} else "UNKNOWN"
            if states & {"skipped", "pending", "undefined"}:
                status = "SKIPPED"
            if states & {"failed", "ambiguous"}:
                status = "FAILED"
            yield TestCase(
                suite=feature.name,
                name=scenario.name,
                status=status,
                seconds=sum(result.duration for result in results) / 1e9,
                message=next((result.error_message for result in results if result.error_message), ""),
            )


_READERS: Final[dict[str, Callable[[bytes], Iterator[TestCase]]]] = {
    "JUNITXML": _junit,
    "NUNITXML": _nunit,
    "NUNIT3XML": _nunit3,
    "TESTNGXML": _testng,
    "VISUALSTUDIOTRX": _trx,
    "CUCUMBERJSON": _cucumber,
}
TEST_FORMATS: Final = tuple(_READERS)
"""The formats that are read."""


def _rooted(content: bytes, what: str, roots: tuple[str, ...]) -> Element:
    root = parse_xml(content)
    if root.name not in roots:
        raise UsageError(f"is no {what} report: its root is <{root.name}>")
    return root


def _all(content: bytes, what: str, roots: tuple[str, ...], name: str) -> list[Element]:
    return [element for element in _rooted(content, what, roots).walk() if element.name == name]


def _joined(message: str, text: str) -> str:
    """What a failure says: its message, and its text where that says more."""
    text = text.strip()
    return text if message in text else f"{message}\n{text}".strip()


def _seconds(text: str) -> float:
    """A number of seconds; 0 for what is none, or cannot be a time."""
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return 0.0
    return value if 0 <= value < 1e9 else 0.0  # noqa: PLR2004 - no test takes thirty years


def _clock_seconds(text: str) -> float:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return 0.0
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def _plain(text: str) -> str:
    return " ".join(_CONTROLS.sub("", text).split())


def _bounded(case: TestCase) -> TestCase:
    changes: dict[str, Any] = {
        "suite": _plain(case.suite)[:NAME_CHARACTERS_MAX],
        "name": _plain(case.name)[:NAME_CHARACTERS_MAX],
        "seconds": round(case.seconds, 3),
        "message": _CONTROLS.sub("", case.message).strip()[:MESSAGE_CHARACTERS_MAX],
    }
    return msgspec.structs.replace(case, **changes)
