import json
import subprocess
import sys
import threading
import time

import pytest

from laststop.cli import bulk
from laststop.cli.bulk import LINE_BYTES_MAX, STEP_LINES
from laststop.cli.catalog_home import StoredCatalog
from laststop.words.facts_notices import SweepEnded
from unit.cli.cli_workbench import Cli
from unit.homes.home_workbench import COMPLETE, EPOCH


@pytest.fixture
def cli(tmp_path, capsys):
    return Cli(tmp_path / "project", capsys)


def line(number=1, **more) -> str:
    item = {"algorithm": f"a{number % 50}", "version": f"1.{number}", "type": "routing", "phase": COMPLETE}
    return json.dumps({**item, **more})


def file_of(cli, *lines, name="versions.ndjson"):
    path = cli.folder / name
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass") + b"\n")
    return str(path)


def rows(cli) -> dict[str, str]:
    home = cli.home()
    with home.store.view() as view:
        found = view.connection.execute("SELECT algorithm || ' ' || version, phase FROM version").fetchall()
    return dict(found)


def test_every_line_is_a_version_with_its_attributes(cli):
    path = file_of(
        cli,
        line(1, title="one", n=3, deep={"a": [1]}),
        "",
        '{"algorithm": "bgp", "version": "1.0", "type": "firewall"}',
        "   ",
    )
    done = cli.ok("catalog", "import", path, "--json")
    assert done.json == {"lines": 2, "changed": 2}
    assert rows(cli) == {"a1 1.1": COMPLETE, "bgp 1.0": "UPLOADED"}
    with cli.home().versions() as versions:
        assert versions.get("a1", "1.1").attributes == {"title": "one", "n": 3, "deep": {"a": [1]}}


def test_importing_again_changes_nothing(cli):
    path = file_of(cli, *(line(n) for n in range(5)))
    assert cli.ok("catalog", "import", path, "--json").json == {"lines": 5, "changed": 5}
    before = len(cli.home().facts())
    done = cli.ok("catalog", "import", path)
    assert "5 lines: 0 written, 5 stood so already" in done.err
    assert len(cli.home().facts()) == before


def test_an_empty_file_is_no_error(cli):
    assert cli.ok("catalog", "import", file_of(cli, "", ""), "--json").json == {"lines": 0, "changed": 0}


BROKEN = {
    "no JSON": ("{half", 2, "is no JSON object"),
    "no object": ("[1, 2]", 2, "is no JSON object"),
    "no UTF-8": ('{"algorithm": "\udcff"}', 2, "is no JSON object"),
    "no name": ('{"version": "1.0", "type": "routing"}', 2, '"algorithm" is missing'),
    "no version": ('{"algorithm": "a", "type": "routing"}', 2, '"version" is missing'),
    "a number for a name": ('{"algorithm": 7, "version": "1.0"}', 2, '"algorithm" must be text'),
    "null for a type": ('{"algorithm": "a", "version": "1.0", "type": null}', 2, '"type" must be text'),
    "an empty name": (line(1, algorithm=""), 2, "is empty"),
    "half a surrogate pair": (r'{"algorithm": "\ud800", "version": "1", "type": "routing"}', 2, "line 57"),
    "an unknown type": (line(57, type="routng"), 2, 'did you mean "routing"?'),
    "no type": ('{"algorithm": "new", "version": "1.0"}', 2, "needs a type"),
    "another type than an earlier line": (line(1, type="firewall"), 2, "cannot become"),
    "a column for an attribute": (line(1, pin="x"), 2, "column"),
    "a number no table keeps": (
        '{"algorithm": "a", "version": "1", "type": "routing", "n": 1e300}',
        2,
        "attributes.n",
    ),
}


@pytest.mark.parametrize(("broken", "code", "part"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_line_57_is_named_and_nothing_is_written(cli, broken, code, part):
    lines = [line(n) for n in range(1, 57)] + [broken] + [line(n) for n in range(58, 70)]
    done = cli("catalog", "import", file_of(cli, *lines))
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith("laststop: line 57")
    assert part in done.err
    assert rows(cli) == {}


def test_a_line_without_end_is_refused_before_it_fills_the_memory(cli, monkeypatch):
    monkeypatch.setattr(bulk, "LINE_BYTES_MAX", 1000)
    done = cli("catalog", "import", file_of(cli, line(1), line(2, title="x" * 2000)))
    assert done.code == 2
    assert "line 2: is longer than 1000 bytes" in done.err
    assert rows(cli) == {}
    assert LINE_BYTES_MAX > 262_144 * 6, "the largest attributes, every character escaped, fit"


def test_a_later_line_may_rely_on_an_earlier_one(cli):
    path = file_of(
        cli, line(1, phase="UPLOADED"), '{"algorithm": "a1", "version": "1.1", "phase": "RETIRED"}'
    )
    assert cli.ok("catalog", "import", path, "--json").json == {"lines": 2, "changed": 2}
    assert rows(cli) == {"a1 1.1": "RETIRED"}


def test_a_conflict_with_what_stands_is_found_before_anything_is_written(cli):
    cli.ok("catalog", "put", "a3", "1.3", "--type", "firewall")
    done = cli("catalog", "import", file_of(cli, *(line(n) for n in range(1, 6))))
    assert done.code == 2
    assert "line 3: a3 1.3: is of type" in done.err
    assert len(rows(cli)) == 1


def test_a_file_that_is_not_there_or_is_a_folder_is_not_found(cli):
    for path in ("moon.ndjson", str(cli.folder)):
        done = cli("catalog", "import", path)
        assert done.code == 2
        assert "use - to read standard input" in done.err


def test_standard_input_is_read_like_a_file(cli):
    content = "\n".join(line(n) for n in range(10)).encode()
    done = cli.process("catalog", "import", "-", "--json", stdin=content)
    assert (done.code, json.loads(done.out)) == (0, {"lines": 10, "changed": 10})
    broken = cli.process("catalog", "import", "-", stdin=content + b"\n{half")
    assert broken.code == 2
    assert "line 11" in broken.err
    assert len(rows(cli)) == 10


def test_an_interrupted_import_says_where_to_go_on_and_goes_on_there(cli, monkeypatch):
    monkeypatch.setattr(bulk, "STEP_LINES", 10)
    path = file_of(cli, *(line(n) for n in range(1, 36)))
    real, steps = StoredCatalog.put_all, iter(range(100))

    def interrupted(home, step):
        if next(steps) == 2:
            raise KeyboardInterrupt
        return real(home, step)

    with monkeypatch.context() as patch:
        patch.setattr(StoredCatalog, "put_all", interrupted)
        done = cli("catalog", "import", path)
    assert done.code == 130
    assert "everything before line 21 is written, go on with --from-line 21" in done.err
    assert len(rows(cli)) == 20
    assert cli.ok("catalog", "import", path, "--from-line", "21", "--json").json == {
        "lines": 15,
        "changed": 15,
    }
    assert len(rows(cli)) == 35


def test_a_kill_leaves_whole_steps(cli):
    path = file_of(cli, *(line(n) for n in range(STEP_LINES * 6)))
    process = subprocess.Popen(
        [sys.executable, "-m", "laststop", "catalog", "import", path],
        cwd=cli.folder,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while len(rows(cli)) == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait()
    written = len(rows(cli))
    assert written > 0
    assert written % STEP_LINES == 0
    assert cli.ok("catalog", "import", path, "--json").json["changed"] == STEP_LINES * 6 - written


def test_others_write_while_an_import_runs(cli):
    """The promise is 100 ms; the machine of a test is busy, hence the factor."""
    path = file_of(cli, *(line(n) for n in range(STEP_LINES * 5)))
    home = cli.home()
    process = subprocess.Popen(
        [sys.executable, "-m", "laststop", "catalog", "import", path],
        cwd=cli.folder,
        stderr=subprocess.DEVNULL,
    )
    waited, ended = [], threading.Event()

    def write():
        while not ended.is_set():
            began = time.monotonic()
            home.append(SweepEnded(at=EPOCH, algorithms=0))
            waited.append(time.monotonic() - began)
            time.sleep(0.005)

    writer = threading.Thread(target=write)
    writer.start()
    assert process.wait(60) == 0
    ended.set()
    writer.join()
    assert len(rows(cli)) == STEP_LINES * 5
    assert len(waited) > 10
    assert sorted(waited)[int(len(waited) * 0.9)] < 0.1 * 5
    assert max(waited) < 0.1 * 20


PEAK = """
import resource, sys
from laststop.cli.app import run
code = run(["catalog", "import", sys.argv[1]])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
sys.exit(code)
"""


def test_memory_does_not_grow_with_the_file(cli):
    peaks = []
    for count in (500, 20_000):
        path = file_of(cli, *(line(n, title="x" * 100) for n in range(count)), name=f"{count}.ndjson")
        done = subprocess.run(
            [sys.executable, "-c", PEAK, path], cwd=cli.folder, capture_output=True, text=True, check=True
        )
        peaks.append(int(done.stdout))
    assert peaks[1] - peaks[0] < 25, f"{peaks} MiB"
