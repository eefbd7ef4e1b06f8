import json
import re
from pathlib import Path

import pytest
from starlette.routing import Mount

from laststop.console.api_operations import OPERATIONS
from laststop.console.api_page import page
from laststop.console.openapi import EVERYWHERE, document
from unit.console.console_workbench import ask

DOCUMENT = document()
REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "rest.md"
GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "ci.md"
METHODS = {"get", "put", "post", "delete"}


def described():
    return {(method.upper(), path) for path, told in DOCUMENT["paths"].items() for method in told}


def served(app):
    """What scripts are for: everything but pages and static files."""
    routes = [route for route in app.routes if not isinstance(route, Mount)]
    return {
        (method, route.path)
        for route in routes
        for method in route.methods - {"HEAD"}
        if re.match(r"/(api|hooks|metrics|healthz)\b", route.path)
    }


def refs(value):
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from refs(each)


def test_every_route_is_described_and_every_description_has_a_route(bench):
    assert described() == served(bench.app())


def test_the_served_document_is_this_one(bench):
    answer = ask(bench.app(), "GET", "/api/v1/openapi.json")
    assert answer.status == 200
    assert answer.json == json.loads(json.dumps(DOCUMENT))


def test_every_reference_leads_somewhere():
    for ref in refs(DOCUMENT):
        found = DOCUMENT
        for part in ref.removeprefix("#/").split("/"):
            found = found[part]
        assert found


def test_every_component_is_used():
    used = set(refs(DOCUMENT))
    for room in ("schemas", "responses"):
        unused = {name for name in DOCUMENT["components"][room] if f"#/components/{room}/{name}" not in used}
        assert not unused


def test_operations_have_names_of_their_own_and_say_what_they_need():
    names = [told["operationId"] for methods in DOCUMENT["paths"].values() for told in methods.values()]
    assert len(names) == len(set(names))
    for methods in DOCUMENT["paths"].values():
        for method, told in methods.items():
            assert method in METHODS
            assert "Needs " in told["description"]
            for answer in told["responses"].values():
                assert "$ref" in answer or answer["description"]


def test_every_path_parameter_is_declared():
    for path, methods in DOCUMENT["paths"].items():
        for told in methods.values():
            declared = [each["name"] for each in told["parameters"] if each["in"] == "path"]
            assert declared == re.findall(r"\{(\w+)\}", path)


def test_every_error_has_the_one_shape_and_an_example_of_it():
    for name, told in DOCUMENT["components"]["responses"].items():
        content = told["content"]["application/json"]
        assert content["schema"] == {"$ref": "#/components/schemas/ErrorEnvelope"}
        assert content["example"]["error"]["code"] == name
        assert set(content["example"]["error"]) == {"code", "message", "hint", "place"}
    for methods in DOCUMENT["paths"].values():
        for told in methods.values():
            needed = set(map(str, EVERYWHERE)) - ({"401"} if told.get("security") == [] else set())
            assert needed <= set(told["responses"])


def test_the_examples_of_bodies_are_taken(bench):
    bench.ship()
    bodies = {
        operation.name: json.dumps(operation.example).encode()
        for operation in OPERATIONS
        if operation.example
    }
    app = bench.app()
    assert set(bodies) == {
        "putVersion",
        "startRun",
        "retryRun",
        "stopRun",
        "rollBack",
        "makeToken",
        "githubHook",
    }
    assert ask(app, "PUT", "/api/v1/catalog/bgp-policy/9.0", body=bodies["putVersion"]).status == 201
    assert ask(app, "POST", "/api/v1/tokens", body=bodies["makeToken"]).status == 201
    run = bench.start()
    assert ask(app, "POST", f"/api/v1/runs/{run}/stop", body=bodies["stopRun"]).status == 200
    assert ask(app, "POST", f"/api/v1/runs/{run}/retry", body=bodies["retryRun"]).status in (200, 409)


@pytest.mark.parametrize("accept", ["Bearer", "Basic"])
def test_both_ways_to_show_a_token_are_described(accept):
    assert accept.lower() in DOCUMENT["components"]["securitySchemes"]


def test_the_reference_page_is_current():
    assert REFERENCE.read_text(encoding="utf-8") == page(DOCUMENT), (
        "run: python -m laststop.console.api_page docs/reference/rest.md"
    )


def test_every_link_of_the_reference_page_leads_to_a_heading_of_its_own():
    text = REFERENCE.read_text(encoding="utf-8")
    headings = [
        re.sub(r"[^\w -]", "", line.lstrip("# ")).lower().replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("#")
    ]
    assert len(headings) == len(set(headings))
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= set(headings)


def test_one_version_is_shown_as_the_list_shows_it(bench):
    bench.put("B\u00fccher", "1.0+4")
    [listed] = ask(bench.app(), "GET", "/api/v1/catalog").json
    assert ask(bench.app(), "GET", "/api/v1/catalog/B%C3%BCcher/1.0%2B4").json == listed
    assert ask(bench.app(), "GET", "/api/v1/catalog/B%C3%BCcher/1.0").status == 404


def test_what_the_guide_sends_is_taken_and_what_it_names_is_measured(bench):
    text = GUIDE.read_text(encoding="utf-8")
    path = re.search(r'-X PUT "\$LASTSTOP_URL(\S+)"', text)[1]
    bodies = re.findall(r"-d '(\{.*\})'", text)
    assert len(bodies) == 2
    for body in bodies:
        assert ask(bench.app(), "PUT", path, body=body.encode()).status in (200, 201)
    bench.publish()
    bench.ship()
    told = ask(bench.app(), "GET", f"{path}/trace").text
    assert re.search(r'.*"verdict":"([a-z]*)".*', told)[1] == "live"
    measured = ask(bench.app(), "GET", "/metrics").text
    for name in re.findall(r"`(laststop_\w+)(?:\{\w+\})?`", text):
        assert f"# TYPE {name} " in measured
    for query in re.findall(r"/api/v1/events(\?[\w=.,*]+)", text):
        assert ask(bench.app(), "GET", f"/api/v1/events{query}").status == 200
