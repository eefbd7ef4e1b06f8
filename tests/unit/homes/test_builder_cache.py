import tarfile
from pathlib import Path

import pytest

from laststop.homes.embedded.builder import cache as cache_module
from unit.homes.builder_workbench import Workbench, of, own_lines_of

FETCH = "if [ -e deps/lib ]; then echo cached $(cat deps/lib); else mkdir -p deps; echo one > deps/lib; fi"


@pytest.fixture
def bench(tmp_path):
    return Workbench(tmp_path)


def caching(*commands, **cache):
    return of(*(commands or (FETCH,)), cache={"paths": ["deps/**/*"], **cache})


def said(order):
    return [line.removeprefix("cache: ") for line in own_lines_of(order) if line.startswith("cache: ")]


def test_the_second_build_finds_what_the_first_kept(bench):
    first, _, output = bench.build(caching())
    assert output == []
    assert said(first) == ["nothing saved under 'default'", "saved 1 files under 'default'"]
    second, _, output = bench.build(caching())
    assert output == ["cached one"]
    assert said(second)[0] == "restored 'default'"


def test_a_directory_may_be_named_without_a_pattern_and_bits_and_times_are_kept(bench):
    make = "[ -e deps/tool ] || { mkdir deps; touch -d 2001-02-03 deps/tool; chmod 755 deps/tool; }; ls -l --time-style=+%Y deps | tail -1 | cut -c1-10,20-"
    bench.build(caching(make) | {"cache": {"paths": ["deps/"]}})
    order, _, output = bench.build(caching(make) | {"cache": {"paths": ["./deps"]}})
    assert said(order)[0] == "restored 'default'"
    assert output[0].startswith("-rwxr-xr-x")
    assert "2001" in output[0]


def test_a_failed_build_keeps_nothing(bench):
    bench.build(caching(FETCH, "false"))
    _, _, output = bench.build(caching())
    assert output == []


def test_keys_keep_caches_apart_and_fallbacks_find_the_newest(bench):
    key = {"key": "deps-$(codebuild-hash-files lock.json)-$LEVEL", "fallback-keys": ["nope", "deps-"]}
    spec = caching(**key) | {"env": {"variables": {"LEVEL": "1"}}}
    bench.build(spec, files={"lock.json": "1"})
    order, _, output = bench.build(spec, files={"lock.json": "1"})
    assert output == ["cached one"]
    order, _, output = bench.build(spec, files={"lock.json": "2"})
    assert output == ["cached one"]
    assert len({line.split("'")[1] for line in said(order)}) == 2
    _, _, output = bench.build(caching(key="other"))
    assert output == []


def test_the_key_is_settled_before_the_build_changes_the_files(bench):
    spec = caching(FETCH, "echo changed >> lock.json", key="$(codebuild-hash-files lock.json)")
    bench.build(spec, files={"lock.json": "1"})
    _, _, output = bench.build(spec, files={"lock.json": "1"})
    assert output == ["cached one"]


def test_a_cache_may_only_be_read_or_only_be_written(bench):
    order, _, _ = bench.build(caching(action="restore"))
    assert said(order) == ["nothing saved under 'default'"]
    order, _, _ = bench.build(caching(action="save"))
    assert said(order) == ["saved 1 files under 'default'"]
    _, _, output = bench.build(caching(action="save"))
    assert output == []


def test_paths_outside_the_sources_stay_where_they_are(bench):
    spec = of("true") | {"cache": {"paths": ["/opt/npm/**/*", "~/.cache", "../x"]}}
    order, result, _ = bench.build(spec)
    assert result.succeeded
    assert [line.split(" lies")[0] for line in said(order)] == ["/opt/npm/**/*", "~/.cache", "../x"]


def test_a_damaged_or_foreign_cache_is_passed_over(bench):
    bench.build(caching())
    archive = next(Path(bench.path / "cache").glob("*.tar"))
    archive.write_bytes(b"x" * 2000)
    order, result, _ = bench.build(caching(action="restore"))
    assert result.succeeded
    assert said(order)[0].startswith("not restored: ")
    link = tarfile.TarInfo("deps")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc"
    for member, name in ((tarfile.TarInfo("../escaped"), "../escaped"), (link, "deps")):
        with tarfile.open(archive, "w") as writing:
            writing.addfile(member)
        order, result, _ = bench.build(caching(action="restore"))
        assert result.succeeded
        assert f"no cache of ours: {name!r}" in said(order)[0]
        assert not (Path(order.workspace) / "escaped").exists()


def test_a_cache_that_cannot_be_kept_fails_no_build(bench):
    (bench.path / "cache").write_text("a file where a directory belongs")
    order, result, _ = bench.build(caching())
    assert result.succeeded
    assert said(order)[-1].startswith("not saved: ")
    order, result, _ = bench.build(caching(key="$NOT_SET"))
    assert result.succeeded
    assert "uses $NOT_SET, which is not set" in said(order)[0]


def test_only_the_newest_keys_are_kept(bench, monkeypatch):
    monkeypatch.setattr(cache_module, "MAX_CACHES", 2)
    for key in "abc":
        bench.build(caching(key=key))
    kept = sorted(path.read_text() for path in (bench.path / "cache").glob("*.key"))
    assert kept == ["b", "c"]
    assert len(list((bench.path / "cache").iterdir())) == 4
