"""A pytest session that collects once and then runs the tests against one mutant after another.

Each mutant lives in a child process, which begins with everything imported and collected, asks the tests that
enter the mutated function, and ends at the first that fails. So a mutant costs a fork and, mostly, one test.
"""

import gc
import os
import pickle
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any, Literal, NamedTuple

import pytest

from mutation.put import UnusableError

Place = tuple[str, str]
"""A module's name, and a function or method of it; empty outside of all."""
CPU_SECONDS_MAX = 60
WALL_SECONDS_MAX = 300
"""What no test's own bound ends is ended by the system after so long; on a busy machine, too."""
KILLED = "killed"
MEMORY_BYTES_MAX = 2 << 30
"""A mutant that never ends also collects facts for ever."""


class Tested(NamedTuple):
    """One test as it is: its processor time in seconds, and every function of ours that it enters."""

    seconds: float
    enters: frozenset[Place]


How = Literal["a test failed", "a test did not end", "it cannot be imported"]


class Noticed(NamedTuple):
    """What became of a mutant, and the place of the test that noticed; -1 when it was none."""

    how: How
    by: int = -1


class Suite:
    """The tests of a session, asked again and again; `work` is done with it once all are collected."""

    def __init__(self, modules: Iterable[str], work: Callable[["Suite"], None]) -> None:
        self.modules = frozenset(modules)
        self.work = work
        self.tests: dict[int, Tested] = {}
        self.broken = ""
        self._items: list[pytest.Item] = []
        self._failed = False

    def pytest_sessionstart(self) -> None:
        """The same examples for every mutant, and no time spent on the smallest one that fails."""
        from hypothesis import HealthCheck, Phase, settings  # pytest wants to be the first to import it

        settings.register_profile(
            "mutants",
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        settings.load_profile("mutants")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of running each test once."""
        if session.testsfailed:
            self.broken = "the tests cannot be collected"
            return True
        self._items = session.items
        recorded = _in_child(self._record)
        if isinstance(recorded, dict):
            self.tests = recorded
            gc.freeze()
            self.work(self)
        else:
            self.broken = f"{recorded} fails without any mutant"
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Whether anything of a test failed."""
        self._failed = self._failed or report.failed

    def entering(self, module: str, function: str) -> list[int]:
        """The tests that enter a function; for what stands outside of all, those that enter its module, or none.

        A test that enters no function at all may still look at a constant.
        """
        if function:
            return [place for place, test in self.tests.items() if (module, function) in test.enters]
        return [
            place
            for place, test in self.tests.items()
            if not test.enters or any(at == module for at, _ in test.enters)
        ]

    def ask(self, places: list[int], change: Callable[[], None]) -> Noticed | None:
        """Which of some tests, in their order, is the first to fail once something is changed; None: none."""
        answer = _in_child(lambda: self._ask(places, change))
        return Noticed("a test did not end") if answer == KILLED else answer

    def _ask(self, places: list[int], change: Callable[[], None]) -> Noticed | None:
        try:
            change()
        except UnusableError:
            return Noticed("it cannot be imported")
        for place in places:
            if not self._passes(place, at_most=max(1.0, 20 * self.tests[place].seconds)):
                return Noticed("a test did not end" if _Bound.passed else "a test failed", place)
        return None

    def _passes(self, place: int, *, at_most: float) -> bool:
        self._failed = False
        signal.signal(signal.SIGPROF, _Bound.end)
        signal.setitimer(signal.ITIMER_PROF, at_most)
        try:
            item = self._items[place]
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        except BaseException:  # noqa: BLE001 the bound may strike in the midst of pytest itself
            return False
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        return not self._failed

    def _record(self) -> dict[int, Tested] | str:
        """Every test once, as it is; or the name of one that fails."""
        recorded = {}
        for place, item in enumerate(self._items):
            entered: set[Place] = set()
            began = time.process_time()
            sys.setprofile(self._profile(entered))
            passes = self._passes(place, at_most=CPU_SECONDS_MAX)
            sys.setprofile(None)
            if not passes:
                return item.nodeid
            recorded[place] = Tested(time.process_time() - began, frozenset(entered))
        return recorded

    def _profile(self, entered: set[Place]) -> Callable[[FrameType, str, Any], None]:
        modules = self.modules

        def profile(frame: FrameType, event: str, _: object) -> None:
            if event == "call":
                module = frame.f_globals.get("__name__")
                if module in modules:
                    entered.add((str(module), frame.f_code.co_qualname.partition(".<locals>")[0]))

        return profile


class _Bound:
    """A test's bound in processor time, so that a busy machine changes nothing."""

    passed = False

    @classmethod
    def end(cls, number: int, frame: FrameType | None) -> None:
        cls.passed = True
        raise TimeoutError("the mutant does not come to an end")


def _in_child(work: Callable[[], Any]) -> Any:
    """What work gives in a process of its own; nothing it changes outlives it. `KILLED` when a bound ended it.

    Raises: RuntimeError with the child's traceback, when work raised.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _limit()
        try:
            answer: tuple[bool, Any] = (True, work())
        except BaseException:  # noqa: BLE001 the parent raises it
            answer = (False, traceback.format_exc())
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(answer, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if status != 0:
        return KILLED
    worked, answer_ = pickle.loads(told)
    if not worked:
        raise RuntimeError(answer_)
    return answer_


def _limit() -> None:
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(WALL_SECONDS_MAX)
