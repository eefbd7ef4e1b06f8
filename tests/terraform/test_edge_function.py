"""CloudFront's function for directories, run by Node.js."""

import json
import shutil
import subprocess

import pytest

from terraform.workbench import MODULES

pytestmark = [pytest.mark.terraform, pytest.mark.npm]


@pytest.fixture
def node() -> str:
    found = shutil.which("node")
    if found is None:
        pytest.skip("no Node.js on PATH")
    return found


def rewritten(node: str, uris: list[str]) -> list[str]:
    code = (MODULES / "edge/directory-index.js").read_text()
    events = [{"request": {"method": "GET", "uri": uri, "headers": {}}} for uri in uris]
    script = f"{code}\nconsole.log(JSON.stringify({json.dumps(events)}.map(e => handler(e))))"
    done = subprocess.run([node, "-e", script], capture_output=True, text=True, check=True, timeout=30)
    return [request["uri"] for request in json.loads(done.stdout)]


def test_directories_mean_their_index_and_files_are_left_alone(node: str) -> None:
    asked = ["/", "/guide/", "/a/b/", "/index.html", "/guide", "/app-3f9c01ab.js", "/build.json", "/%C3%BC/"]
    shown = ["/index.html", "/guide/index.html", "/a/b/index.html", *asked[3:7], "/%C3%BC/index.html"]
    assert rewritten(node, asked) == shown


def test_it_is_small_enough_for_cloudfront() -> None:
    assert (MODULES / "edge/directory-index.js").stat().st_size < 10_240
