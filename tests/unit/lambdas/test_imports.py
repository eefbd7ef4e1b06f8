"""What the functions import, because every cold start pays for it."""

import json
import subprocess
import sys

from laststop.wiring.function_values import FUNCTIONS

SCRIPT = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(f"laststop.lambdas.{name}")
print(json.dumps(sorted(name.partition(".")[0] for name in sys.modules) + sorted(sys.modules)))
"""


def loaded(*functions: str) -> set[str]:
    command = [sys.executable, "-I", "-c", SCRIPT, *functions]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return set(json.loads(ended.stdout))


def test_no_function_imports_what_only_people_or_the_embedded_home_need():
    names = loaded(*FUNCTIONS)
    assert not names & {
        "boto3",
        "botocore",
        "click",
        "rich",
        "starlette",
        "uvicorn",
        "jinja2",
        "sqlite3",
        "yaml",
    }
    assert not [
        name for name in names if name.startswith(("laststop.cli", "laststop.console", "laststop.engine"))
    ]
    assert not [name for name in names if name.startswith("laststop.homes.embedded")]


def test_only_who_posts_imports_slack():
    quiet = [name for name in FUNCTIONS if name not in ("announce", "sweep")]
    assert "slack_sdk" not in loaded(*quiet)
