import json
import re

import pytest

from laststop.homes.embedded.versions import StoredVersions
from laststop.wiring.embedded import clock
from unit.console.console_workbench import ask

PATH = "/api/v1/catalog/bgp-policy/2.1.0"


def put(bench, value, path=PATH):
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return ask(bench.app(), "PUT", path, body=body)


def test_a_new_version_is_created_and_rings(bench):
    answer = put(bench, {"type": "routing"})
    assert answer.status == 201
    assert answer.json == {
        "algorithm": "bgp-policy",
        "version": "2.1.0",
        "type": "routing",
        "phase": "UPLOADED",
        "changed": True,
    }
    assert bench.rings == 1


def test_the_same_again_changes_nothing_and_does_not_ring(bench):
    put(bench, {"type": "routing", "phase": "PACKAGE_TESTS_COMPLETE"})
    with bench.home.store.view() as view:
        newest = view.newest()
    again = put(bench, {"phase": "PACKAGE_TESTS_COMPLETE"})
    assert (again.status, again.json["changed"]) == (200, False)
    assert bench.rings == 1
    with bench.home.store.view() as view:
        assert view.newest() == newest


def test_a_phase_moves_without_the_rest_being_named(bench):
    put(bench, {"type": "routing", "attributes": {"title": "BGP"}})
    moved = put(bench, {"phase": "PACKAGE_TESTS_COMPLETE"})
    assert (moved.status, moved.json["type"], moved.json["changed"]) == (200, "routing", True)
    with bench.home.store.view() as view:
        row = StoredVersions(view, clock).get("bgp-policy", "2.1.0")
    assert (row.phase, row.attributes) == ("PACKAGE_TESTS_COMPLETE", {"title": "BGP"})


@pytest.mark.parametrize(
    ("body", "status", "code", "said", "place"),
    [
        ({"type": "bogus"}, 400, "InvalidInput", 'no type "bogus"', "bgp-policy 2.1.0"),
        ({"phase": "UPLOADED"}, 404, "NotFound", "needs a type", "bgp-policy 2.1.0"),
        ({"type": "routing", "phsae": "X"}, 400, "InvalidInput", "phsae", "body"),
        ({"type": 1}, 400, "InvalidInput", "Expected `str`", "body.type"),
        ({"type": None}, 400, "InvalidInput", "got `null`", "body.type"),
        ({"type": "routing", "attributes": []}, 400, "InvalidInput", "Expected `object`", "body.attributes"),
        ({"type": "routing", "phase": ""}, 400, "InvalidInput", "is empty", "phase"),
        ({"type": "routing", "attributes": {"phase": 1}}, 400, "InvalidInput", "column", "attributes.phase"),
        (b"", 400, "InvalidInput", "is empty", "body"),
        (b"{", 400, "InvalidInput", "is no JSON", "body"),
        (b"\xff", 400, "InvalidInput", "is no JSON", "body"),
        (b"[]", 400, "InvalidInput", "Expected `object`", "body"),
        (b'{"attributes": {"a": ' + b"[" * 100_000, 400, "InvalidInput", "nested", "body"),
    ],
)
def test_what_cannot_be_put_is_named_and_nothing_is_written(bench, body, status, code, said, place):
    answer = put(bench, body)
    assert answer.status == status
    assert answer.error["code"] == code
    assert said in answer.error["message"]
    assert answer.error["place"] == place
    assert bench.rings == 0
    assert ask(bench.app(), "GET", "/api/v1/catalog").json == []


def test_another_type_for_a_version_that_has_one_is_a_conflict(bench):
    put(bench, {"type": "routing"})
    answer = put(bench, {"type": "firewall"})
    assert answer.status == 409
    assert "fixed for its life" in answer.error["hint"]


@pytest.mark.parametrize(
    ("path", "algorithm", "version"),
    [
        ("/api/v1/catalog/B%C3%BCcher%20%26%20mehr/1.0%2Bx", "Bücher & mehr", "1.0+x"),
        ("/api/v1/catalog/%3Cscript%3E/100%25", "<script>", "100%"),
        ("/api/v1/catalog/a%3Fb/1%23x", "a?b", "1#x"),
    ],
)
def test_percent_encoded_names_arrive_as_they_are(bench, path, algorithm, version):
    answer = put(bench, {"type": "routing"}, path)
    assert answer.status == 201
    assert (answer.json["algorithm"], answer.json["version"]) == (algorithm, version)
    trace = ask(bench.app(), "GET", path + "/trace")
    assert (trace.json["algorithm"], trace.json["version"]) == (algorithm, version)


@pytest.mark.parametrize(
    "path", ["/api/v1/catalog/a/%23active", "/api/v1/catalog/a/%2E%2E", "/api/v1/catalog/a/%00"]
)
def test_a_name_that_may_not_be_is_refused(bench, path):
    assert put(bench, {"type": "routing"}, path).status == 400


def test_the_catalog_is_listed_with_verdicts(bench):
    bench.put("bgp-policy", "2.1.0")
    bench.put("acl-to-zone", "1.0", "firewall", "UPLOADED")
    bench.ship()
    listed = ask(bench.app(), "GET", "/api/v1/catalog").json
    assert [set(line) for line in listed] == [
        {"algorithm", "version", "type", "phase", "verdict", "reason", "run"}
    ] * 2
    assert [(line["algorithm"], line["verdict"]) for line in listed] == [
        ("acl-to-zone", None),
        ("bgp-policy", "live"),
    ]
    only = ask(bench.app(), "GET", "/api/v1/catalog?type=routing").json
    assert [line["algorithm"] for line in only] == ["bgp-policy"]


def test_pages_of_the_catalog_lead_from_one_to_the_next_and_miss_nothing(bench):
    names = ["a b+c", "acl", "bgp-policy", "bgp", "Ütz", "zone"]
    for name in names:
        for version in ("2.0", "1.0+x", "10.0"):
            bench.put(name, version, phase="UPLOADED")
    bench.put("firewalls", "1.0", "firewall", "UPLOADED")
    whole = ask(bench.app(), "GET", "/api/v1/catalog?type=routing").json
    assert len(whole) == 18
    address, pages = "/api/v1/catalog?limit=4&type=routing", []
    while address:
        answer = ask(bench.app(), "GET", address)
        pages.append(answer.json)
        found = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers.get("link", ""))
        address = found[1] if found else None
    assert [len(page) for page in pages] == [4, 4, 4, 4, 2]
    assert [line for page in pages for line in page] == whole
    assert len(ask(bench.app(), "GET", "/api/v1/catalog?algorithm=bgp&limit=1").json) == 1


def test_one_algorithm_is_paged_without_its_neighbours(bench):
    for version in ("1", "2", "3"):
        bench.put("bgp", version, phase="UPLOADED")
        bench.put("bgp2", version, phase="UPLOADED")
        bench.put("aaa", version, phase="UPLOADED")
    found = ask(bench.app(), "GET", "/api/v1/catalog?algorithm=bgp&after=bgp/1").json
    assert [(line["algorithm"], line["version"]) for line in found] == [("bgp", "2"), ("bgp", "3")]
    assert ask(bench.app(), "GET", "/api/v1/catalog?algorithm=bgp&after=cgp/1").json == []
    assert len(ask(bench.app(), "GET", "/api/v1/catalog?algorithm=bgp&after=aaa/1").json) == 3


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "after=bgp", "after=/1", "after=bgp/"])
def test_a_page_of_the_catalog_that_cannot_be_is_refused(bench, query):
    answer = ask(bench.app(), "GET", f"/api/v1/catalog?{query}")
    assert (answer.status, answer.error["place"]) == (400, query.partition("=")[0])


def test_the_trace_of_an_unknown_version_is_not_found(bench):
    answer = ask(bench.app(), "GET", PATH + "/trace")
    assert answer.status == 404
    assert answer.error["code"] == "NotFound"


def test_a_trace_says_what_an_open_change_waits_for(bench):
    bench.put("bgp-policy", "2.1.0")
    steps = ask(bench.app(), "GET", PATH + "/trace").json["steps"]
    assert [step["name"] for step in steps] == ["recorded", "published", "run started"]
    assert steps[-1]["waiting_because"] == "waits for a run"
    bench.alive = False
    assert "no server" in ask(bench.app(), "GET", PATH + "/trace").json["steps"][-1]["waiting_because"]


def test_releases_are_listed(bench):
    assert ask(bench.app(), "GET", "/api/v1/releases").json == []
    run = bench.ship()
    released = ask(bench.app(), "GET", "/api/v1/releases").json
    assert [(each["run"], each["live"]) for each in released] == [(run, True)]
