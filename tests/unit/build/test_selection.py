import pytest

from laststop.build.buildspec import ArtifactSet, Buildspec
from laststop.build.selection import expand, fixed_prefix, matching, select, sets_for, variables_of
from laststop.errors import UsageError

TREE = (
    ".hidden",
    "dist/.well-known/x",
    "dist/app.js",
    "dist/app.js.map",
    "dist/img/a.png",
    "dist/img/deep/b.png",
    "dist/index.html",
    "other/index.html",
    "readme.md",
)


def chosen(files=("**/*",), bases=("",), **more):
    found = select(TREE, ArtifactSet(files=files, **more), bases, place="artifacts")
    return {file.name: file.path for file in found}


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("**/*", list(TREE)),
        ("*", [".hidden", "readme.md"]),
        ("dist/*", ["dist/app.js", "dist/app.js.map", "dist/index.html"]),
        ("dist/**/*.png", ["dist/img/a.png", "dist/img/deep/b.png"]),
        ("**/index.html", ["dist/index.html", "other/index.html"]),
        ("./readme.md", ["readme.md"]),
        ("dist/app.j?", ["dist/app.js"]),
        ("dist/img/[ab].png", ["dist/img/a.png"]),
    ],
)
def test_globs_match_as_in_codebuild(pattern, names):
    assert list(chosen(files=(pattern,))) == names


def test_braces_and_case_are_taken_as_they_stand():
    assert matching(["a.js", "b.css", "{a,b}.js"], ["{a,b}.js"]) == ("{a,b}.js",)
    assert matching(["A.js"], ["a.js"]) == ()


def test_names_are_relative_to_the_base_directory():
    found = chosen(bases=("dist",), base_directory="dist")
    assert found["img/a.png"] == "dist/img/a.png"
    assert ".well-known/x" in found
    assert "readme.md" not in found


def test_excluded_paths_are_relative_to_the_base_directory_too():
    found = chosen(bases=("dist",), base_directory="dist", exclude_paths=("**/*.map", "img/**/*"))
    assert set(found) == {".well-known/x", "app.js", "index.html"}


def test_several_base_directories_are_laid_over_each_other():
    assert chosen(files=("*.js", "img/*"), bases=("dist", "other"), base_directory="*") == {
        "app.js": "dist/app.js",
        "img/a.png": "dist/img/a.png",
    }
    with pytest.raises(UsageError, match=r"would both be 'index\.html'"):
        chosen(bases=("dist", "other"), base_directory="*")


def test_discarded_paths_leave_the_names_unless_two_are_alike():
    assert chosen(files=("dist/**/*.png",), discard_paths=True) == {
        "a.png": "dist/img/a.png",
        "b.png": "dist/img/deep/b.png",
    }
    with pytest.raises(UsageError, match=r"would both be 'index\.html'") as caught:
        chosen(files=("**/index.html",), discard_paths=True)
    assert caught.value.place == "artifacts"


def test_nothing_matched_is_an_error_that_helps():
    with pytest.raises(UsageError, match="no matching artifact paths found: 'dist'") as caught:
        chosen(files=("dist",))
    assert "'dist/**/*'" in caught.value.hint
    with pytest.raises(UsageError, match="holds 0 files"):
        select((), ArtifactSet(files=("**/*",), base_directory="out"), ("out",), place="artifacts")


def spec(*secondary):
    top = ArtifactSet(files=("top",))
    return Buildspec(
        phases=(), artifacts=top, secondary_artifacts={name: ArtifactSet(files=(name,)) for name in secondary}
    )


def test_one_output_takes_the_top_level_set():
    assert sets_for(spec("site"), ["site"])["site"].files == ("top",)


def test_two_outputs_take_the_entries_of_their_names():
    found = sets_for(spec("docs", "site", "more"), ["site", "docs"])
    assert {name: chosen.files for name, chosen in found.items()} == {"site": ("site",), "docs": ("docs",)}


def test_an_output_without_an_entry_is_refused():
    with pytest.raises(UsageError, match="no entry for 'docs'; found: doc") as caught:
        sets_for(spec("doc", "site"), ["site", "docs"])
    assert caught.value.place == "artifacts.secondary-artifacts"
    with pytest.raises(UsageError, match="no artifacts block"):
        sets_for(Buildspec(phases=()), ["site"])


def test_no_output_needs_no_artifacts_block():
    assert sets_for(Buildspec(phases=()), []) == {}


@pytest.mark.parametrize(
    ("pattern", "prefix"),
    [("dist/*", "dist"), ("a/b/c.txt", "a/b"), ("./a/**/b", "a"), ("*/a", ""), ("a", ""), ("a/b*/c/d", "a")],
)
def test_the_fixed_prefix_is_all_that_need_be_read(pattern, prefix):
    assert fixed_prefix(pattern) == prefix


def test_variables_are_filled_in():
    assert variables_of("$A/${B_1}/$A-x") == ("A", "B_1")
    assert expand("$A/${B_1}", {"A": "x", "B_1": "$A"}, place="p") == "x/$A"
    with pytest.raises(UsageError, match=r"\$NOPE, which is not set"):
        expand("${NOPE}/dist", {}, place="artifacts.base-directory")
