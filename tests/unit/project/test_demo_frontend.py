"""The demo's page, built as the pipeline builds it: a process of its own that only knows its inputs."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

import pytest

import laststop

DEMO = Path(laststop.__file__).parent / "project" / "demo"
RELEASE_PHASES = {"PACKAGE_TESTS_COMPLETE", "PACKATE_TESTS_COMPLETE"}
CATALOG_COLUMNS = {"algorithm", "version", "type", "phase"}
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def document(type_name: str, generation: int = 1, **algorithms: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": type_name, "generation": generation, "algorithms": algorithms}


def entry(version: str = "1.0.0", **attributes: object) -> dict[str, Any]:
    return {"version": version, "attributes": attributes}


def released_documents() -> list[dict[str, Any]]:
    """The documents that the demo's own versions lead to, the last of each algorithm's lines winning."""
    documents = {name: document(name, 3) for name in ("routing", "firewall", "switching")}
    for line in (DEMO / "versions.ndjson").read_text().splitlines():
        row = json.loads(line)
        if row["phase"] in RELEASE_PHASES:
            attributes = {key: value for key, value in row.items() if key not in CATALOG_COLUMNS}
            documents[row["type"]]["algorithms"][row["algorithm"]] = entry(row["version"], **attributes)
    return list(documents.values())


class Site:
    """A copy of the repository with inputs beside it."""

    def __init__(self, folder: Path) -> None:
        self.inputs = folder / "inputs"
        self.repository = folder / "frontend"
        self.dist = self.repository / "dist"
        shutil.copytree(DEMO / "frontend", self.repository)

    def build(self, *documents: object, **environment: str) -> subprocess.CompletedProcess[str]:
        shutil.rmtree(self.inputs, ignore_errors=True)
        sources = {}
        for number, content in enumerate(documents):
            folder = self.inputs / str(number)
            folder.mkdir(parents=True)
            text = content if isinstance(content, str) else json.dumps(content)
            (folder / f"document-{number}.json").write_text(text)
            sources[f"CODEBUILD_SRC_DIR_input{number}"] = str(folder)
        return subprocess.run(
            [sys.executable, "-S", "-B", "build.py"],  # -S: the standard library and nothing else
            cwd=self.repository,
            env={"PATH": os.environ["PATH"], **sources, **environment},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def built(self, *documents: object) -> dict[str, bytes]:
        done = self.build(*documents)
        assert done.returncode == 0, done.stderr
        return self.files()

    def files(self) -> dict[str, bytes]:
        return {
            file.relative_to(self.dist).as_posix(): file.read_bytes()
            for file in self.dist.rglob("*")
            if file.is_file()
        }


class Page(HTMLParser):
    """What a browser would find on a page."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def links(self) -> list[str]:
        return [
            value for _, attributes in self.tags for key in ("href", "src") if (value := attributes.get(key))
        ]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def pages(files: Mapping[str, bytes]) -> dict[str, Page]:
    return {path: Page(content) for path, content in files.items() if path.endswith(".html")}


def test_there_is_a_page_for_the_whole_each_type_and_each_algorithm(site: Site) -> None:
    files = site.built(*released_documents())
    assert sorted(pages(files)) == sorted(
        [
            *("index.html", "routing.html", "firewall.html", "switching.html"),
            *(f"routing/{name}.html" for name in ("bgp-policy", "ospf-areas", "static-routes", "vrf-leak")),
            *(
                f"firewall/{name}.html"
                for name in ("acl-to-zone", "nat-rules", "object-groups", "service-map")
            ),
            *(
                f"switching/{name}.html"
                for name in ("vlan-map", "lacp-bundles", "stp-guard", "port-profiles")
            ),
        ]
    )
    shown = Page(files["index.html"]).text
    for released in released_documents():
        for name, active in released["algorithms"].items():
            assert name in shown
            assert active["attributes"]["title"] in shown
            assert active["version"] in Page(files[f"{released['type']}/{name}.html"]).text


def test_versions_json_says_which_version_of_each_algorithm_is_active(site: Site) -> None:
    files = site.built(document("routing", a=entry("2.0"), b=entry("1.0rc1")), document("firewall"))
    assert json.loads(files["versions.json"]) == {"routing": {"a": "2.0", "b": "1.0rc1"}, "firewall": {}}


def test_the_same_documents_give_the_same_bytes_whatever_their_order(tmp_path: Path) -> None:
    first, second = Site(tmp_path / "one"), Site(tmp_path / "two")
    documents = released_documents()
    turned = [
        {**each, "algorithms": dict(reversed(each["algorithms"].items()))} for each in reversed(documents)
    ]
    assert first.build(*documents, PYTHONHASHSEED="1").returncode == 0
    assert second.build(*turned, PYTHONHASHSEED="2", TZ="Pacific/Auckland", LC_ALL="C").returncode == 0
    assert first.files() == second.files()


def test_an_algorithm_page_changes_only_with_its_own_algorithm(site: Site) -> None:
    before = site.built(document("routing", 1, a=entry("1.0"), b=entry("1.0")))
    after = site.built(document("routing", 2, a=entry("1.1"), b=entry("1.0")))
    changed = {path for path in before if before[path] != after[path]}
    assert changed == {"index.html", "routing.html", "routing/a.html", "versions.json"}


def test_empty_documents_make_a_page_that_says_so(site: Site) -> None:
    files = site.built(document("routing"), document("firewall"), document("switching"))
    assert Page(files["index.html"]).text.count("Nothing released here yet.") == 3
    assert json.loads(files["versions.json"]) == {"routing": {}, "firewall": {}, "switching": {}}


def test_missing_and_odd_attributes_leave_gaps_and_break_nothing(site: Site) -> None:
    odd = {
        "title": 7,
        "summary": None,
        "changes": {"not": "a list"},
        "released_on": "soon",
        "tests_passed": "many",
        "example_from": ["x"],
        "reviewed": True,
        "owner_team": "net",
    }
    files = site.built(
        {"type": "routing", "generation": 1, "algorithms": {"bare": {"version": "1.0"}, "odd": entry(**odd)}}
    )
    text = Page(files["routing/odd.html"]).text
    assert "owner team" in text
    assert "yes" in text
    assert "soon" not in text
    assert "None" not in text
    assert "bare" in Page(files["routing/bare.html"]).text


def test_foreign_text_stays_text(site: Site) -> None:
    keys = ("title", "summary", "from_vendor", "to_vendor", "example_from", "example_to", HOSTILE)
    attributes: dict[str, object] = dict.fromkeys(keys, HOSTILE)
    attributes |= {"changes": [HOSTILE], "limits": [HOSTILE], "released_on": "2025-01-01"}
    algorithms = {HOSTILE: entry(HOSTILE, **attributes)}
    files = site.built({"type": HOSTILE, "generation": 1, "algorithms": algorithms})
    found = pages(files)
    assert len(found) == 3
    for page in found.values():
        assert HOSTILE in page.text
        assert not {"script", "img", "iframe", "object", "embed", "base", "form"} & {
            tag for tag, _ in page.tags
        }
        names = {name for _, attributes in page.tags for name in attributes}
        assert not [name for name in names if name.startswith("on") or name == "style"]
    assert json.loads(files["versions.json"]) == {HOSTILE: {HOSTILE: HOSTILE}}


@pytest.mark.parametrize(
    "names",
    [
        ["../../escaped", "..", ".", ".hidden", "/etc/passwd", "a/b", "a\\b"],
        ["Same", "same", "SAME"],
        ["index", "naïve", "naive", "a~b", "a~7eb", "x y", "%2e%2e", "a?b#c"],
        ["n" * 255, "n" * 254, "é" * 120, "é" * 119],
    ],
)
def test_every_name_has_a_page_of_its_own_inside_the_site(site: Site, names: list[str]) -> None:
    files = site.built({"type": "routing", "generation": 1, "algorithms": {name: entry() for name in names}})
    made = [path for path in files if path.startswith("routing/")]
    assert len(made) == len(names)
    assert len({path.casefold() for path in made}) == len(names)
    assert all(len(part) <= 120 and not part.startswith(".") for path in made for part in path.split("/"))
    assert sorted(path.name for path in site.repository.parent.iterdir()) == ["frontend", "inputs"]


def test_a_type_named_index_does_not_take_the_entry_page(site: Site) -> None:
    files = site.built(document("index", a=entry()))
    assert "Move the network." in Page(files["index.html"]).text
    assert "index~.html" in files


@pytest.mark.parametrize("filled", [True, False])
def test_every_link_leads_to_a_file_of_the_site_or_to_the_bill(site: Site, *, filled: bool) -> None:
    strange = document("routing", **{"a~b": entry(), "Ünï": entry(), "x": entry()})
    files = site.built(*released_documents()) if filled else site.built(strange, document("another"))
    for path, page in pages(files).items():
        for link in page.links:
            target = os.path.normpath(PurePosixPath(path).parent / unquote(link.partition("#")[0]))
            assert link.startswith("#") or target == "build.json" or target in files, f"{path} -> {link}"


def test_nothing_is_loaded_from_elsewhere(site: Site) -> None:
    files = site.built(*released_documents())
    for path, content in files.items():
        text = content.decode().replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text, path
        assert "https://" not in text, path
        assert "@import" not in text, path


def test_an_asset_is_named_after_its_content(site: Site) -> None:
    before = set(site.built(document("routing")))
    style = site.repository / "src" / "assets" / "style.css"
    style.write_text(style.read_text() + "/* changed */\n")
    files = site.built(document("routing"))
    (gone,), (new,) = before - set(files), set(files) - before
    assert gone.startswith("assets/style.")
    assert new in Page(files["index.html"]).links


def test_pages_of_an_earlier_build_do_not_stay(site: Site) -> None:
    assert "routing/old.html" in site.built(document("routing", old=entry()))
    assert "routing/old.html" not in site.built(document("routing"))


def test_what_both_sides_of_an_example_say_is_marked(site: Site) -> None:
    example = entry(
        example_from="permit host 192.0.2.1 eq 80 vlan 120 net 10.1.0.0/16",
        example_to="set H-192.0.2.1 port 8080 irb.120 of 192.0.2.10 to 10.1.0.0/16;",
    )
    marked = site.built(document("routing", a=example))["routing/a.html"].decode()
    assert marked.count("<mark>192.0.2.1</mark>") == 2
    assert marked.count("<mark>120</mark>") == 2
    assert marked.count("<mark>10.1.0.0/16</mark>") == 2
    assert "<mark>80" not in marked


def test_the_newest_translation_stands_on_the_entry_page(site: Site) -> None:
    def example(day: str) -> dict[str, Any]:
        return entry(example_from=f"from {day}", example_to=f"to {day}", released_on=day)

    files = site.built(document("routing", old=example("2024-01-01"), new=example("2025-02-03")))
    assert "from 2025-02-03" in Page(files["index.html"]).text
    assert "from 2024-01-01" not in Page(files["index.html"]).text
    assert "3 February 2025" in Page(files["index.html"]).text


def test_a_type_without_words_of_ours_comes_last_under_its_own_name(site: Site) -> None:
    files = site.built(document("antennas"), document("switching"), document("routing"))
    assert list(json.loads(files["versions.json"])) == ["routing", "switching", "antennas"]
    assert "antennas" in Page(files["antennas.html"]).text


def test_other_files_among_the_inputs_are_left_alone(site: Site) -> None:
    files = site.built(document("routing"), {"name": "a package.json of somebody"}, [1, 2])
    assert list(json.loads(files["versions.json"])) == ["routing"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "document-0.json: not JSON"),
        ({"type": "routing", "algorithms": {}}, "expected type (text), generation (number)"),
        ({"type": "routing", "generation": 1, "algorithms": []}, "expected type (text), generation (number)"),
        (document("routing", a={"version": 1}), "algorithms['a']: expected version (text)"),
        (
            document("routing", a={"version": "1", "attributes": []}),
            "algorithms['a']: expected version (text)",
        ),
    ],
)
def test_a_malformed_document_fails_the_build_and_keeps_the_old_pages(
    site: Site, content: object, said: str
) -> None:
    before = site.built(document("routing", a=entry()))
    done = site.build(content)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert site.files() == before


def test_two_documents_of_one_type_fail_the_build(site: Site) -> None:
    done = site.build(document("routing"), document("routing"))
    assert done.returncode == 1
    assert "a second document of type 'routing'" in done.stderr


def test_without_documents_the_build_says_where_it_looked(site: Site) -> None:
    done = site.build()
    assert done.returncode == 1
    assert "CODEBUILD_SRC_DIR_*" in done.stderr
