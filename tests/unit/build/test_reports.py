import json

import pytest

from laststop.build.reports.formats import TEST_FORMATS, cases_of
from laststop.build.reports.report import CASES_MAX, TestCase, report_of
from laststop.build.reports.xml_tree import DEPTH_MAX, ELEMENTS_MAX, parse_xml
from laststop.errors import UsageError

JUNIT = b"""<?xml version="1.0"?>
<testsuites><testsuite name="outer" tests="9">
  <testcase classname="a.B" name="good" time="0.25"/>
  <testcase name="bad" time="1,000.5"><failure message="1 != 2">assert 1 != 2
  trace</failure></testcase>
  <testcase classname="a.B" name="broken"><error message="boom"/></testcase>
  <testcase classname="a.B" name="left out" time="soon"><skipped message="later"/></testcase>
  <testsuite name="inner"><testcase name="deep"/></testsuite>
</testsuite></testsuites>"""

FILES = {
    "JUNITXML": JUNIT,
    "NUNITXML": b"""<test-results name="x.dll"><test-suite><results>
      <test-case name="a.B.good" executed="True" result="Success" time="0.25"/>
      <test-case name="a.B.bad" result="Failure"><failure><message>1 != 2</message></failure></test-case>
      <test-case name="a.B.broken" result="Error"><failure><message>boom</message></failure></test-case>
      <test-case name="a.B.left out" result="Ignored"><reason><message>later</message></reason></test-case>
    </results></test-suite></test-results>""",
    "NUNIT3XML": b"""<test-run><test-suite><test-suite>
      <test-case name="good" classname="a.B" result="Passed" duration="0.25"/>
      <test-case name="bad" classname="a.B" result="Failed"><failure><message>1 != 2</message></failure></test-case>
      <test-case name="broken" classname="a.B" result="Failed" label="Error"><failure><message>boom</message></failure></test-case>
      <test-case name="left out" classname="a.B" result="Skipped"><reason><message>later</message></reason></test-case>
    </test-suite></test-suite></test-run>""",
    "TESTNGXML": b"""<testng-results><suite><test><class name="a.B">
      <test-method name="setUp" is-config="true" status="PASS" duration-ms="9"/>
      <test-method name="good" status="PASS" duration-ms="250"/>
      <test-method name="bad" status="FAIL"><exception><message>1 != 2</message></exception></test-method>
      <test-method name="left out" status="SKIP"/>
    </class></test></suite></testng-results>""",
    "VISUALSTUDIOTRX": b"""<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results>
      <UnitTestResult testId="1" testName="good" outcome="Passed" duration="00:00:00.25"/>
      <UnitTestResult testId="1" testName="bad" outcome="Failed"><Output><ErrorInfo><Message>1 != 2</Message></ErrorInfo></Output></UnitTestResult>
      <UnitTestResult testId="1" testName="broken" outcome="Timeout"/>
      <UnitTestResult testId="1" testName="left out" outcome="NotExecuted"/>
    </Results><TestDefinitions><UnitTest id="1"><TestMethod className="a.B"/></UnitTest></TestDefinitions></TestRun>""",
    "CUCUMBERJSON": json.dumps(
        [
            {
                "name": "a.B",
                "elements": [
                    {"name": "before", "type": "background", "steps": []},
                    {"name": "good", "steps": [{"result": {"status": "passed", "duration": 250_000_000}}]},
                    {
                        "name": "bad",
                        "steps": [
                            {"result": {"status": "failed", "error_message": "1 != 2"}},
                            {"result": {"status": "skipped"}},
                        ],
                    },
                    {"name": "left out", "steps": [{"result": {"status": "undefined"}}]},
                ],
            }
        ]
    ).encode(),
}


@pytest.mark.parametrize("format_", TEST_FORMATS)
def test_every_format_tells_suite_name_status_time_and_message(format_):
    cases = {case.name: case for case in cases_of(format_, FILES[format_])}
    assert cases["good"] == TestCase(suite="a.B", name="good", status="SUCCEEDED", seconds=0.25)
    assert (cases["bad"].status, cases["bad"].message.splitlines()[0][-6:]) == ("FAILED", "1 != 2")
    assert cases["left out"].status == "SKIPPED"
    assert "setUp" not in cases
    assert "before" not in cases
    if "broken" in cases:
        assert cases["broken"].status == "ERROR"


def test_a_junit_case_without_class_is_of_its_suite_and_nested_suites_are_read():
    cases = cases_of("JUNITXML", JUNIT)
    assert [(case.suite, case.name) for case in cases if case.suite != "a.B"] == [
        ("outer", "bad"),
        ("inner", "deep"),
    ]
    assert cases[1].seconds == 1000.5
    assert cases[1].message == "assert 1 != 2\n  trace"


@pytest.mark.parametrize("format_", TEST_FORMATS)
@pytest.mark.parametrize(
    "content",
    [b"", b"<a>", b"\xff\xfe", b"not at all", b"<html/>", b"[1, 2]", b'{"a": 1}', b"\0" * 100],
    ids=["empty", "cut", "bom", "text", "other", "list", "object", "zeros"],
)
def test_a_file_that_is_not_of_its_format_is_refused(format_, content):
    with pytest.raises(UsageError, match="is no"):
        cases_of(format_, content)


def test_entities_are_never_expanded_and_no_file_is_fetched():
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuites>&b;</testsuites>'
    fetch = b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><testsuites/>'
    for content in (bomb, fetch):
        with pytest.raises(UsageError, match="declares a document type"):
            parse_xml(content)


def test_depth_and_number_of_elements_are_bounded():
    deep = b"<a>" * (DEPTH_MAX + 1) + b"</a>" * (DEPTH_MAX + 1)
    many = b"<a>" + b"<b/>" * ELEMENTS_MAX + b"</a>"
    for content in (deep, many):
        with pytest.raises(UsageError, match="holds more than"):
            parse_xml(content)


def test_long_texts_are_cut():
    (case,) = cases_of(
        "JUNITXML",
        b'<testsuite><testcase name="%s"><failure>%s</failure></testcase></testsuite>'
        % (b"n" * 900, b"m" * 9000),
    )
    assert (len(case.name), len(case.message)) == (300, 2000)


def test_a_report_counts_everything_and_keeps_bad_cases_first():
    good = TestCase(suite="s", name="good", status="SUCCEEDED", seconds=0.001)
    bad = TestCase(suite="s", name="bad", status="FAILED")
    report = report_of("unit", "JUNITXML", [good] * CASES_MAX + [bad], files=1)
    assert (report.total, report.succeeded, report.failed) == (CASES_MAX + 1, CASES_MAX, 1)
    assert len(report.cases) == CASES_MAX
    assert report.cases[0] == bad
    assert report.bad == (bad,)
    assert report.seconds == pytest.approx(10)


def test_what_a_terminal_would_act_on_is_left_out():
    told = json.dumps([{"name": "a\n b", "elements": [{"name": "x\x1b[31m", "steps": []}]}]).encode()
    (case,) = cases_of("CUCUMBERJSON", told)
    assert (case.suite, case.name) == ("a b", "x[31m")
