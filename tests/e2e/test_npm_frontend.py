"""A frontend nobody here wrote: the scaffold of `npm create vite`, built by npm from its lock file.

Nothing of it is kept here but its lock file. To move to another release, set CREATE_VITE, unpack it as
`scaffold` does, run `npm install --package-lock-only` inside and copy the lock file to `vite/`.
"""

import http.server
import json
import re
import shutil
import subprocess
import threading
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from e2e.workbench import project

CREATE_VITE = "9.3.0"
OWN = Path(__file__).parent / "vite"

pytestmark = [
    pytest.mark.npm,
    pytest.mark.skipif(shutil.which("npm") is None, reason="there is no npm here"),
]


@pytest.fixture(scope="module")
def scaffold(tmp_path_factory):
    """The vanilla template as the npm registry has it."""
    folder = tmp_path_factory.mktemp("scaffold")
    subprocess.run(
        ["npm", "pack", "--silent", f"create-vite@{CREATE_VITE}"], cwd=folder, check=True, timeout=120
    )
    [archive] = folder.glob("*.tgz")
    subprocess.run(["tar", "-xzf", archive.name], cwd=folder, check=True, timeout=60)
    return folder / "package" / "template-vanilla"


@contextmanager
def vite_project(tmp_path, scaffold, **environment):
    """A project whose frontend is the scaffold, with our few files added and one line put into its page."""
    with project(tmp_path, **environment) as pages:
        frontend = pages.folder / "frontend"
        for old in [each for each in frontend.iterdir() if each.name != ".git"]:
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        shutil.copytree(scaffold, frontend, dirs_exist_ok=True)
        (frontend / "_gitignore").rename(frontend / ".gitignore")
        for own in ("buildspec.yml", "documents.mjs", "package-lock.json"):
            shutil.copy(OWN / own, frontend / own)
        shutil.copy(OWN / "shown.js", frontend / "src" / "shown.js")
        line = '<script type="module" src="/src/main.js"></script>'
        pages.replace(
            "frontend/index.html", line, f'{line}\n    <script type="module" src="/src/shown.js"></script>'
        )
        pages.commit("A page made by create-vite")
        yield pages


@contextmanager
def empty_registry():
    """A package registry on the loopback that has nothing; gives its address and what was asked for."""
    asked = []

    class Nothing(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Nothing)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.read().decode()


def scripts_of(up):
    """Every script the page loads, together."""
    paths = re.findall(r'src="(/assets/[^"]+\.js)"', fetch(f"{up.edge_url}/"))
    assert paths
    return paths, "".join(fetch(f"{up.edge_url}{path}") for path in paths)


def test_a_page_built_by_npm_shows_each_version_that_goes_live(tmp_path, scaffold):
    with vite_project(tmp_path, scaffold) as pages:
        up = pages.up()
        pages.put(("rerank", "1.0.0", "ranking"), ("discount", "3.1.0", "pricing"))
        pages.wait_for_verdicts(2, seconds=120)
        assert json.loads(fetch(f"{up.edge_url}/versions.json")) == {
            "pricing": {"discount": "3.1.0"},
            "ranking": {"rerank": "1.0.0"},
        }
        before, script = scripts_of(up)
        assert re.search(r'rerank["`]?:\s*["`]1\.0\.0["`]', script)
        pages.put(("rerank", "1.1.0", "ranking"))
        pages.wait_for_verdicts(3, seconds=120)
        after, script = scripts_of(up)
        assert re.search(r'rerank["`]?:\s*["`]1\.1\.0["`]', script)
        assert before != after
        assert set(pages.run_status()) == {"Succeeded"}
        assert "added" in pages.run("run", "logs").stdout


@pytest.mark.parametrize("how", ["HOME/.npmrc", "npm_config_registry"])
def test_builds_use_the_registry_this_machine_names_and_a_retry_mends_one_that_was_wrong(
    tmp_path, scaffold, how
):
    home = tmp_path / "home"
    home.mkdir()
    with empty_registry() as (url, asked), vite_project(tmp_path, scaffold) as pages:
        good = dict(pages.environment)
        pages.environment["HOME"] = str(home)  # also keeps npm from finding everything in its cache
        if how == "npm_config_registry":
            pages.environment["npm_config_registry"] = url
        else:
            (home / ".npmrc").write_text(f"registry={url}\n")
        up = pages.up()
        pages.wait_for_run("Failed", seconds=120)
        assert asked
        shown = pages.run("run", "show").stdout
        assert "phase INSTALL, exit status 1: npm ci" in shown
        assert "404" in shown
        assert up.end() == 0

        pages.environment = good
        up = pages.up()
        pages.run("run", "retry")
        pages.wait_for_run("Succeeded", seconds=120)
        assert json.loads(fetch(f"{up.edge_url}/versions.json")) == {"pricing": {}, "ranking": {}}
