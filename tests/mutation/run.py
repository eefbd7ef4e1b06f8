"""Put mutants into the rules, one at a time, and see whether the tests notice.

    python tests/mutation/run.py [--sample N] [--seed S] [--module NAME]

Each mutant is put in place of its module in a child process that has imported the tests already, so a mutant
costs a fork and the tests of its room; the file itself is never touched. What no test notices is printed.
"""

import argparse
import importlib
import importlib.util
import os
import random
import signal
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
SECONDS_MAX = 60
"""A mutant that runs so long is noticed: it never comes to an end."""
PIPELINE = tuple(
    str(path.relative_to(ROOT)) for path in sorted((TESTS / "unit" / "pipeline").glob("test_decide_*.py"))
)
ROOMS: dict[str, tuple[str, ...]] = {
    **{
        f"laststop.pipeline.{name}": (*PIPELINE, "tests/unit/pipeline/test_due.py", "tests/unit/pipeline/test_evolve.py")
        for name in (
            "approvals", "attempts", "decide", "draft", "due", "endings", "evolve", "evolve_attempts",
            "evolve_stages", "gates", "inside", "outputs", "pins", "refusals", "reports", "retries",
            "rollbacks", "settle", "starts", "stops", "timeouts", "transitions", "updates", "variable_check",
        )
    },
    "laststop.catalog.active": ("tests/unit/catalog", "tests/property/test_active.py"),
    "laststop.site.fence": ("tests/unit/site/test_fence.py",),
    "laststop.notices.judge": ("tests/unit/notices",),
}  # fmt: skip


FIRST = {
    "approvals": "approval", "transitions": "transition", "updates": "update", "rollbacks": "rollback", "retries": "retry",
    "stops": "stop", "starts": "mark", "pins": "start", "gates": "conditions", "variable_check": "conditions",
    "timeouts": "variables", "attempts": "variables", "reports": "reports", "endings": "conditions",
    "inside": "parallel", "settle": "locks", "refusals": "queue",
}  # fmt: skip
"""Module -> the tests that most likely notice, asked first: most mutants then cost one file of tests."""


class Survivor(NamedTuple):
    """A mutant that no test noticed."""

    module: str
    line: int
    what: str


def main() -> int:
    """Run; 1 when fewer than nine in ten were noticed, 2 when tests fail as it is."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--sample", type=int, default=0, help="so many mutants at most, chosen by the seed"
    )
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--module", default="", help="only modules whose name holds this")
    asked = arguments.parse_args()
    sys.path[:0] = [str(TESTS)]
    os.chdir(ROOT)
    todo = list(_todo(asked.module))
    if asked.sample and asked.sample < len(todo):
        todo = random.Random(asked.seed).sample(todo, asked.sample)
    for module in {ROOMS[each[0]]: each[0] for each in todo}.values():  # once for each set of tests
        if _noticed(module, _source_of(module)):
            print(f"the tests of {module} fail without any mutant", file=sys.stderr)
            return 2
    began, survivors = time.monotonic(), []
    for module, line, what, source in sorted(todo):
        if not _noticed(module, source):
            survivors.append(Survivor(module, line, what))
            print(f"survived: {module}:{line} {what}", flush=True)
    noticed = len(todo) - len(survivors)
    share = noticed / len(todo) if todo else 1.0
    print(f"{noticed} of {len(todo)} mutants noticed ({share:.1%}) in {time.monotonic() - began:.0f} s")
    return 0 if share >= 0.9 else 1


def _todo(part: str) -> list[tuple[str, int, str, str]]:
    from mutation.mutants import mutants_of

    found = []
    for module in ROOMS:
        if part in module:
            mutants = mutants_of(_source_of(module))
            found += [(module, each.line, each.what, each.source) for each in mutants]
    return found


def _source_of(module: str) -> str:
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text(encoding="utf-8")


def _noticed(module: str, source: str) -> bool:
    """Whether the tests fail with a mutant in place, in a child of their own."""
    child = os.fork()
    if child == 0:
        os._exit(_tested(module, source))
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) != 0
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return True
        time.sleep(0.02)


def _tested(module: str, source: str) -> int:
    import pytest

    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    try:
        _put(module, source)
    except BaseException:  # noqa: BLE001 a mutant that cannot even be imported is noticed
        return 1
    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly", "--no-header", "-m", "not long"]
    near = [file for file in ROOMS[module] if FIRST.get(module.rpartition(".")[2], "-") in file]
    others = [file for file in ROOMS[module] if file not in near]
    status = int(pytest.main([*options, *near])) if near else 0
    return status or int(pytest.main([*options, *others]))


def _put(module: str, source: str) -> None:
    """Import a module from a changed source, before anything imports it as it is."""
    spec = importlib.util.find_spec(module)
    assert spec is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[module] = made
    package, _, name = module.rpartition(".")
    exec(compile(source, spec.origin or module, "exec"), made.__dict__)
    parent: ModuleType = importlib.import_module(package)
    setattr(parent, name, made)


if __name__ == "__main__":
    sys.exit(main())
