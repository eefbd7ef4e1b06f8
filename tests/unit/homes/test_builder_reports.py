"""Reports of real builds: found, read, masked, kept, and never in the way of the build."""

import pytest

from laststop.homes.embedded.builder.reports import FILE_BYTES_MAX
from laststop.homes.embedded.report_file import read_reports, write_reports
from unit.homes.builder_workbench import Workbench, of, own_lines_of

GOOD = '<testsuite name="s"><testcase name="one" time="1"/></testsuite>'
BAD = '<testsuite name="s"><testcase name="two"><failure message="because"/></testcase></testsuite>'


@pytest.fixture
def bench(tmp_path):
    return Workbench(tmp_path)


def group(**more):
    return {"unit": {"files": ["**/*.xml"], "base-directory": "out", **more}}


def test_a_report_is_read_also_when_its_tests_failed_the_build(bench):
    _, result, _ = bench.build(
        of("exit 1", reports=group()), files={"out/a.xml": GOOD, "out/deep/b.xml": BAD, "c.xml": BAD}
    )
    assert not result.succeeded
    (report,) = result.reports
    assert (report.group, report.files, report.succeeded, report.failed) == ("unit", 2, 1, 1)
    assert report.bad[0].message == "because"


def test_failed_tests_alone_fail_no_build(bench):
    order, result, _ = bench.build(of("true", reports=group()), files={"out/b.xml": BAD})
    assert result.succeeded
    assert "report unit: 1 tests, 1 of them bad" in own_lines_of(order)


def test_nothing_about_a_report_fails_a_build(bench):
    order, result, _ = bench.build(
        of(
            f"head -c {FILE_BYTES_MAX + 1} /dev/zero > out/large.xml; ln -s /etc/passwd out/link.xml",
            reports=group(),
        ),
        files={"out/broken.xml": "<testsuite>", "out/good.xml": GOOD},
    )
    assert result.succeeded
    (report,) = result.reports
    assert (report.total, report.files) == (1, 3)
    assert len(report.faults) == 2
    assert any("out/broken.xml is no XML" in line for line in own_lines_of(order))
    assert not any("passwd" in fault for fault in report.faults)


def test_no_file_and_no_folder_are_told(bench):
    for more in ({}, {"base-directory": "absent"}, {"base-directory": "../.."}):
        _, result, _ = bench.build(of("true", reports=group(**more)))
        assert result.succeeded
        assert result.reports[0].faults == ("no file matches **/*.xml",)


def test_secrets_in_a_report_are_masked(bench):
    text = BAD.replace("because", "token tell-nobody")
    _, result, _ = bench.build(
        of("true", reports=group()), files={"out/b.xml": text}, secrets=("tell-nobody",)
    )
    assert result.reports[0].bad[0].message == "token ***"


def test_coverage_is_accepted_and_not_shown(bench):
    order, result, _ = bench.build(
        of("true", reports=group(**{"file-format": "COBERTURAXML"})), files={"out/a.xml": "<coverage/>"}
    )
    assert result.reports == ()
    assert "report unit: COBERTURAXML is accepted, and not shown" in own_lines_of(order)


def test_a_build_that_never_began_has_no_reports(bench):
    _, result, _ = bench.build(of("true", reports={"unit": {"files": ["*.xml"], "file-format": "TAP"}}))
    assert (result.succeeded, result.reports) == (False, ())
    assert "'TAP' is not one of" in result.failure.message


def test_kept_reports_are_read_again_and_replaced(bench, tmp_path):
    _, result, _ = bench.build(of("true", reports=group()), files={"out/b.xml": BAD})
    path = tmp_path / "logs" / "a.reports.json"
    assert read_reports(path) == ()
    write_reports(path, result.reports)
    assert read_reports(path) == result.reports
    write_reports(path, ())
    assert read_reports(path) == ()
    path.write_bytes(b"torn")
    assert read_reports(path) == ()
