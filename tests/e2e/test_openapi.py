"""The OpenAPI document held against a running server: whatever is sent, nothing breaks and all is as described."""

import importlib.util
import subprocess
import sys

import pytest

from e2e.workbench import project
from laststop.console.api_operations import OPERATIONS

CHECKED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
)
ENDLESS = "/api/v1/events"
SETTINGS = ("token:", "hook_delivery:")
"""Tables that follow from no fact."""
SEED = "20261123"


@pytest.mark.skipif(
    importlib.util.find_spec("schemathesis") is None, reason="schemathesis is part of the e2e extra"
)
def test_whatever_is_sent_nothing_breaks_and_every_answer_is_as_described(tmp_path):
    with project(tmp_path) as pages:
        pages.put(("rerank", "1.0.0", "ranking"))
        up = pages.up()
        pages.wait_for_verdicts(1)
        words = [
            *("run", f"{up.console_url}/api/v1/openapi.json"),
            *("--exclude-path", ENDLESS, "--checks", ",".join(CHECKED)),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", "40"),
            *("--seed", SEED, "--no-color", "--warnings", "off"),
        ]
        fuzzed = subprocess.run(
            [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", *words],
            cwd=tmp_path,
            env=pages.environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert fuzzed.returncode == 0, fuzzed.stdout[-8000:] + fuzzed.stderr[-2000:]
        tested = len(OPERATIONS) - 2  # neither the endless stream nor the document that it was told from
        assert f"Tested: {tested}\n" in fuzzed.stdout, fuzzed.stdout[-3000:]
        assert "Traceback" not in up.said
        assert up.popen.poll() is None
        assert [line for line in pages.drift() if not line.startswith(SETTINGS)] == []
