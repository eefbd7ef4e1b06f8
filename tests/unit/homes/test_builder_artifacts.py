import zipfile
from pathlib import Path

import pytest

from laststop.build.order import BuildInput
from laststop.errors import UsageError
from laststop.homes.embedded.builder import tree
from laststop.homes.embedded.builder.tree import tree_below
from unit.homes.builder_workbench import Workbench, of, own_lines_of


@pytest.fixture
def bench(tmp_path):
    return Workbench(tmp_path)


MAKE = "mkdir -p dist/img && echo hi > dist/index.html && echo png > dist/img/a.png && cd /"


def names_of(result, at=0):
    with zipfile.ZipFile(result.artifacts[at].archive) as archive:
        return archive.namelist()


def built(bench, artifacts, *commands, outputs=("site",), **more):
    _, result, _ = bench.build(of(*(commands or (MAKE,)), artifacts=artifacts), outputs=outputs, **more)
    return result


def refused(bench, artifacts, *commands, **more):
    result = built(bench, artifacts, *commands, **more)
    assert result.artifacts == ()
    assert (result.failure.code, result.failure.phase) == ("CLIENT_ERROR", "UPLOAD_ARTIFACTS")
    return result.failure.message


@pytest.mark.parametrize(
    "base", ["dist", "./dist/", "d*", "$CODEBUILD_SRC_DIR/dist", "${OUT}", "dist/../dist", "$PLAIN"]
)
def test_the_base_directory_is_relative_to_the_source_wherever_commands_went(bench, base):
    commands = (MAKE, "OUT=dist; PLAIN=$(cd $CODEBUILD_SRC_DIR/dist && pwd)")
    result = built(bench, {"files": ["**/*"], "base-directory": base}, *commands)
    assert result.succeeded, result.failure
    assert names_of(result) == ["img/a.png", "index.html"]
    assert result.artifacts[0].name == "site"
    assert result.artifacts[0].size_bytes == Path(result.artifacts[0].archive).stat().st_size


def test_without_a_base_directory_it_is_the_whole_source(bench):
    assert names_of(built(bench, {"files": ["**/*"], "exclude-paths": ["buildspec.yml"]})) == [
        "dist/img/a.png",
        "dist/index.html",
    ]


def test_paths_can_be_discarded(bench):
    assert names_of(built(bench, {"files": ["dist/**/*"], "discard-paths": "yes"})) == ["a.png", "index.html"]


def test_equal_files_make_equal_bytes(bench):
    spec = {"files": ["**/*"], "base-directory": "dist"}
    first = built(bench, spec, MAKE, "chmod +x $CODEBUILD_SRC_DIR/dist/index.html")
    again = built(
        bench, spec, MAKE, "cd $CODEBUILD_SRC_DIR/dist; chmod +x index.html; touch -d 2001-01-01 img/a.png"
    )
    archives = [Path(result.artifacts[0].archive) for result in (first, again)]
    assert archives[0].read_bytes() == archives[1].read_bytes()
    with zipfile.ZipFile(archives[0]) as archive:
        modes = {info.filename: info.external_attr >> 16 & 0o777 for info in archive.infolist()}
    assert modes == {"img/a.png": 0o644, "index.html": 0o755}


def test_two_outputs_take_their_secondary_entries(bench):
    spec = {
        "files": ["unused"],
        "secondary-artifacts": {
            "docs": {"files": ["index.html"], "base-directory": "dist"},
            "site": {"files": ["dist/img/*"]},
        },
    }
    result = built(bench, spec, outputs=("site", "docs"))
    assert [artifact.name for artifact in result.artifacts] == ["site", "docs"]
    assert [names_of(result, at) for at in (0, 1)] == [["dist/img/a.png"], ["index.html"]]


def test_a_base_directory_may_lie_in_another_input(bench):
    docs = BuildInput(name="docs", archive=bench.zip("docs", {"out/a.html": "x"}))
    spec = {"files": ["**/*"], "base-directory": "$CODEBUILD_SRC_DIR_docs/out"}
    assert names_of(built(bench, spec, "true", more_inputs=(docs,))) == ["a.html"]


def test_nothing_writes_any_more_while_files_are_zipped(bench):
    order, result, _ = bench.build(
        of("while :; do echo x >> grows; done &", "sleep 0.05", artifacts={"files": ["grows"]}),
        outputs=("site",),
    )
    with zipfile.ZipFile(result.artifacts[0].archive) as archive:
        assert archive.read("grows") == Path(order.workspace, "src", "grows").read_bytes()


def test_a_missing_block_or_entry_is_said(bench):
    _, result, _ = bench.commands(MAKE, outputs=("site",))
    assert "promises 'site', and the buildspec has no artifacts block" in result.failure.message
    assert "no entry for 'docs', 'site'" in refused(bench, {"files": ["**/*"]}, outputs=("docs", "site"))


def test_nothing_to_ship_is_a_failure(bench):
    spec = {"files": ["**/*"], "base-directory": "dist"}
    assert "'dist' when the build ends" in refused(bench, spec, "true")
    assert "no matching artifact paths found: '**/*' in dist, which holds 0 files" in refused(
        bench, spec, "mkdir dist"
    )
    assert "which holds 1 files" in refused(bench, {"files": ["*.html"]}, "true")
    assert "there is no directory 'd*'" in refused(bench, {"files": ["*"], "base-directory": "d*"}, "true")


@pytest.mark.parametrize("base", ["..", "../work", "/etc", "$HOME", "dist/../../.."])
def test_nothing_outside_the_sources_is_shipped(bench, base):
    message = refused(bench, {"files": ["**/*"], "base-directory": base})
    assert "leads out of the source directory" in message or "not inside the build's sources" in message


def test_a_variable_nobody_set_is_said(bench):
    message = refused(bench, {"files": ["**/*"], "base-directory": "$OUT/dist"})
    assert message.startswith("artifacts.base-directory: '$OUT/dist' uses $OUT, which is not set")


def test_links_are_followed_inside_the_sources_only(bench):
    links = "cd dist; ln -s index.html home.html; ln -s img pics; ln -s /etc/hostname out; ln -s /etc etc; ln -s . self; ln -s nope gone; mkfifo pipe"
    order, result, _ = bench.build(
        of("mkdir -p dist/img; echo hi > dist/index.html; echo x > dist/img/a", links,
           artifacts={"files": ["**/*"], "base-directory": "dist", "enable-symlinks": "yes"}),
        outputs=("site",),
    )  # fmt: skip
    assert result.succeeded, result.failure
    assert names_of(result) == ["home.html", "img/a", "index.html", "pics/a"]
    said = "\n".join(own_lines_of(order))
    for reason in (
        "dist/out is a link that leads out of the build's sources",
        "dist/etc is a link that leads out",
        "dist/self is a link to a directory it lies in",
        "dist/gone is a link to nothing",
        "dist/pipe is neither a file nor a directory",
        "enable-symlinks is ignored",
    ):
        assert reason in said


def test_a_base_directory_that_is_a_link_to_the_outside_is_not_followed(bench):
    assert "there is no directory 'dist'" in refused(
        bench, {"files": ["**/*"], "base-directory": "dist"}, "ln -s /etc dist"
    )


def test_a_name_no_archive_may_hold_is_said(bench):
    assert "backslash" in refused(
        bench, {"files": ["**/*"], "base-directory": "dist"}, MAKE, 'touch "$CODEBUILD_SRC_DIR/dist/a\\b"'
    )


def test_a_failing_build_tries_to_zip_but_gives_nothing(bench):
    order, result, _ = bench.build(of(MAKE, "false", artifacts={"files": ["dist/**/*"]}), outputs=("site",))
    assert result.artifacts == ()
    assert any(line.startswith("artifact site: 2 files") for line in own_lines_of(order))


def test_links_that_lead_to_each_other_come_to_an_end(tmp_path):
    for name, other in (("a", "b"), ("b", "a")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("x")
        (tmp_path / name / "other").symlink_to(f"../{other}")
    found = tree_below(tmp_path, "", (tmp_path,))
    assert {"a/file", "b/file", "a/other/file", "b/other/file"} <= set(found.files)
    assert len(found.files) < 10


def test_a_deep_or_endless_tree_is_no_crash(tmp_path, monkeypatch):
    deep = tmp_path
    for _ in range(300):
        deep = deep / "d"
    deep.mkdir(parents=True)
    assert len(tree_below(tmp_path, "", (tmp_path,)).directories) == 301
    monkeypatch.setattr(tree, "MAX_FILES", 10)
    with pytest.raises(UsageError, match="more than 10 files"):
        tree_below(tmp_path, "", (tmp_path,))
