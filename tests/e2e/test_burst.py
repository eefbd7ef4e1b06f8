"""A thousand changes at once are few builds, and a verdict for each of them."""

import json
import time
import urllib.request

from e2e.workbench import RELEASED, project
from laststop.catalog.version import WantedVersion
from laststop.functions.catalog import put_version
from laststop.homes.embedded.versions import StoredVersions
from laststop.wiring.embedded import clock
from laststop.words.facts_pipeline import StageEntered

TYPES = ("routing", "firewall", "switching")
CHANGES, STEPS, ALGORITHMS = 1000, 20, 100
BUILD_SECONDS = 2


def three_types(pages):
    """The project of `init`, with another document."""
    source = (pages.folder / "pipeline.yml").read_text()
    third = source[source.index("      - name: pricing\n") : source.index("  - name: Build\n")]
    pages.replace("pipeline.yml", third, third.rstrip() + "\n" + third.replace("pricing", "switching"))
    pages.replace(
        "pipeline.yml",
        "{name: pricing}]\n        outputArtifacts",
        "{name: pricing}, {name: switching}]\n        outputArtifacts",
    )
    text = (pages.folder / "pipeline.yml").read_text()
    pages.write("pipeline.yml", text.replace("ranking", "routing").replace("pricing", "firewall"))
    pages.replace("laststop.toml", 'types = ["ranking", "pricing"]', f"types = {json.dumps(TYPES)}")


def burst(pages, seconds):
    """Put the changes evenly over so many seconds, as test runners side by side would; gives how long it took."""
    began = time.monotonic()
    for step in range(STEPS):
        with pages.home.store.transaction() as transaction:
            versions = StoredVersions(transaction, clock)
            for number in range(step, CHANGES, STEPS):
                algorithm, version = number % ALGORITHMS, number // ALGORITHMS
                wanted = WantedVersion(
                    algorithm=f"algorithm-{algorithm}",
                    version=f"1.{version}.0",
                    type=TYPES[algorithm % len(TYPES)],
                    phase=RELEASED,
                )
                put_version(versions, wanted, pages.home.policy)
        pages.ring()
        time.sleep(max(0.0, began + seconds * (step + 1) / STEPS - time.monotonic()))
    return time.monotonic() - began


def test_a_thousand_changes_in_a_second_make_at_most_three_builds_and_a_thousand_verdicts(tmp_path):
    with project(tmp_path) as pages:
        three_types(pages)
        pages.replace(
            "frontend/buildspec.yml",
            "      - python3 build.py\n",
            f"      - sleep {BUILD_SECONDS}\n      - python3 build.py\n",
        )
        pages.commit("A build that takes its time")
        up = pages.up()
        pages.wait_for_run("Succeeded")
        before = len(pages.run_status())
        took = burst(pages, seconds=0.9)
        pages.wait_for_verdicts(CHANGES)
        builds = {
            one.fact.run
            for one in pages.facts()
            if isinstance(one.fact, StageEntered) and one.fact.stage == "Build"
        }
        assert len(builds) - before <= 3
        assert took < 3, "the machine was too slow for this to be a burst"
        with urllib.request.urlopen(f"{up.edge_url}/versions.json", timeout=10) as response:
            shown = json.load(response)
        assert sum(map(len, shown.values())) == ALGORITHMS
        assert {version for algorithms in shown.values() for version in algorithms.values()} == {"1.9.0"}
        live = {name for (name, _), word in pages.verdicts().items() if word == "live"}
        assert len(live) == ALGORITHMS
        assert set(pages.verdicts().values()) == {"live", "replaced"}
        assert pages.drift() == []
