"""Put mutants into the rules, one at a time, and see whether the tests notice.

    python tests/mutation/run.py [--sample N] [--seed S] [--module NAME]

1 when fewer than nine in ten are noticed, over all or, in a whole run, in any group; 2 when a test fails without
any mutant.
What no test notices is printed, and whether docs/mutation.md says why.
"""

import argparse
import importlib
import os
import random
import sys
import time
from collections import Counter, defaultdict
from functools import partial
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
sys.path.insert(0, str(TESTS))

from mutation.answers import PAGE, answered, row  # noqa: E402 the folder above is no installed package
from mutation.mutants import Mutant, mutants_of  # noqa: E402
from mutation.put import put  # noqa: E402
from mutation.suite import How, Noticed, Place, Suite  # noqa: E402

GROUPS: dict[str, tuple[str, ...]] = {
    "decide": tuple(
        f"laststop.pipeline.{name}"
        for name in (
            "approvals", "attempts", "decide", "draft", "due", "endings", "evolve", "evolve_attempts",
            "evolve_stages", "gates", "inside", "outputs", "pins", "refusals", "reports", "retries",
            "rollbacks", "settle", "starts", "stops", "timeouts", "transitions", "updates", "variable_check",
        )
    ),
    "active": ("laststop.catalog.active", "laststop.catalog.order"),
    "fence": ("laststop.site.fence",),
    "judge": ("laststop.notices.judge",),
}  # fmt: skip
TESTED_BY = (
    *sorted((TESTS / "unit" / "pipeline").glob("test_decide_*.py")),
    *(
        TESTS / name
        for name in (
            "unit/pipeline/test_due.py",
            "unit/pipeline/test_evolve.py",
            "unit/catalog/test_active.py",
            "unit/catalog/test_order.py",
            "property/test_version_order.py",
            "unit/site/test_fence.py",
            "unit/notices/test_judge.py",
        )
    ),
)
LEAST = 0.9
Todo = list[tuple[str, str, Mutant]]
"""Group, module, mutant."""


class Run:
    """One run over some mutants, or, `whole`, over all: what was noticed and how, and what was not."""

    def __init__(self, todo: Todo, *, whole: bool) -> None:
        self.todo = todo
        self.whole = whole
        self.noticed: Counter[str] = Counter()
        self.how: Counter[How] = Counter()
        self.survivors: list[tuple[str, Mutant]] = []
        self._near: defaultdict[Place, list[int]] = defaultdict(list)

    def over(self, suite: Suite) -> None:
        """Ask the tests about one mutant after another."""
        for group, module, mutant in self.todo:
            noticed = self._noticed(suite, module, mutant)
            if noticed is None:
                self.survivors.append((group, mutant))
                known = "" if mutant.name in answered() else ", and nothing says why"
                print(f"survived{known}: {module}:{mutant.line} {row(mutant.name)}", flush=True)
            else:
                self.noticed[group] += 1
                self.how[noticed.how] += 1

    def _noticed(self, suite: Suite, module: str, mutant: Mutant) -> Noticed | None:
        """Who noticed a neighbour is asked first, then who enters the fewest functions: it looks closest."""
        entering = suite.entering(module, mutant.function)
        if not entering:
            return None
        near = self._near[module, mutant.function]
        rank = {place: number for number, place in enumerate(near)}
        asked = sorted(
            entering,
            key=lambda place: (rank.get(place, len(rank)), len(suite.tests[place].enters), place),
        )
        source = Path(sys.modules[module].__file__ or "").read_text(encoding="utf-8")
        found = suite.ask(asked, partial(put, module, source, mutant))
        if found is not None and found.by >= 0:
            near[:] = [found.by, *(place for place in near if place != found.by)]
        return found

    def report(self, seconds: float) -> bool:
        """Print the table; whether all together, and every group of a whole run, reach the least share."""
        counts = Counter(group for group, _, _ in self.todo)
        print(f"\n{'':10} {'mutants':>8} {'noticed':>8} {'survived':>9} {'answered':>9} {'share':>7}")
        reached = True
        for group, count in [*counts.items(), ("all", len(self.todo))]:
            noticed = self.noticed[group] if group != "all" else self.noticed.total()
            left = [mutant.name for at, mutant in self.survivors if group in (at, "all")]
            share = noticed / count
            if group == "all" or self.whole:
                reached = reached and share >= LEAST
            known = sum(name in answered() for name in left)
            print(f"{group:10} {count:8} {noticed:8} {len(left):9} {known:9} {share:7.1%}")
        hows = "; ".join(f"{how}: {times}" for how, times in self.how.most_common())
        print(f"{hows}; {seconds:.0f} s")
        gone = set(answered()) & {mutant.name for _, _, mutant in self.todo}
        for name in sorted(gone - {mutant.name for _, mutant in self.survivors}):
            print(f"{PAGE.name} says that this one survives, and it does not: {row(name)}")
        return reached


def every() -> Todo:
    """All mutants."""
    found = []
    for group, modules in GROUPS.items():
        for module in modules:
            path = ROOT / "src" / Path(*module.split(".")).with_suffix(".py")
            found += [(group, module, each) for each in mutants_of(path.read_text(encoding="utf-8"), module)]
    return found


def main() -> int:
    """Run, and tell."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--sample", type=int, default=0, help="so many mutants at most, drawn by the seed")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--module", default="", help="only modules whose name holds this")
    asked = arguments.parse_args()
    todo = [each for each in every() if asked.module in each[1]]
    if not todo:
        arguments.error(f"no module is named so: {asked.module}")
    if 0 < asked.sample < len(todo):
        drawn = random.Random(asked.seed).sample(range(len(todo)), asked.sample)
        todo = [todo[place] for place in sorted(drawn)]
    os.chdir(ROOT)
    modules = {module for _, module, _ in todo}
    for module in modules:
        importlib.import_module(module)
    run, began = Run(todo, whole=not asked.module and not asked.sample), time.monotonic()
    suite = Suite(modules, run.over)
    options = ["-p", "no:cacheprovider", "-p", "no:terminal", "-o", "addopts=--import-mode=importlib"]
    status = pytest.main([*options, *map(str, TESTED_BY)], plugins=[suite])
    if suite.broken or not suite.tests:
        print(suite.broken or f"pytest ended with {status!r}", file=sys.stderr)
        return 2
    return 0 if run.report(time.monotonic() - began) else 1


if __name__ == "__main__":
    sys.exit(main())
