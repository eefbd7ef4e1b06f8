"""Many small requests at once, for as long as one call lasts."""

import threading
from collections.abc import Callable, Iterable, Sized
from itertools import islice
from typing import Generic, TypeVar

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")

WIDTH = 32
"""Requests in flight; measured on deploys of 10,000 files, more brings nothing."""


def each(
    function: Callable[[_Task], _Result], tasks: Iterable[_Task], *, width: int = WIDTH
) -> list[_Result]:
    """The results in the order of the tasks, from at most `width` threads, which end before this returns.

    `tasks` is drawn from by one thread at a time, and not ahead of the work.
    Raises: the first error of a task, or of drawing one; what is under way is finished, nothing more begun.
    """
    if isinstance(tasks, Sized):
        width = min(width, len(tasks))
    source = iter(tasks)
    first = list(islice(source, 2))
    if len(first) < 2:  # noqa: PLR2004 - one task needs no second thread
        return [function(task) for task in first]
    work = _Work(function, first, source)
    threads = [threading.Thread(target=work.run, daemon=True) for _ in range(width - 1)]
    for thread in threads:
        thread.start()
    work.run()
    for thread in threads:
        thread.join()
    if work.errors:
        raise work.errors[0]
    return [work.results[place] for place in range(work.drawn)]


class _Work(Generic[_Task, _Result]):
    """What the threads share."""

    def __init__(
        self, function: Callable[[_Task], _Result], first: list[_Task], rest: Iterable[_Task]
    ) -> None:
        self._function = function
        self._first = first
        self._rest = iter(rest)
        self._drawing = threading.Lock()
        self.drawn = 0
        self.results: dict[int, _Result] = {}
        self.errors: list[BaseException] = []

    def run(self) -> None:
        """Work until nothing is left, or anybody failed."""
        while True:
            try:
                drawn = self._draw()
                if drawn is None:
                    return
                place, task = drawn
                self.results[place] = self._function(task)
            except BaseException as error:  # noqa: BLE001 - the caller's thread raises it again
                self.errors.append(error)
                return

    def _draw(self) -> tuple[int, _Task] | None:
        with self._drawing:
            if self.errors:
                return None
            try:
                task = self._first.pop(0) if self._first else next(self._rest)
            except StopIteration:
                return None
            place, self.drawn = self.drawn, self.drawn + 1
            return place, task
