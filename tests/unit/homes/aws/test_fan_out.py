"""Work spread over threads, and what happens when some of it fails."""

import threading
import time

import pytest

from laststop.homes.aws.budget import Budget
from laststop.homes.aws.fan_out import each


def test_results_come_in_the_order_of_the_tasks():
    def slow_first(n: int) -> int:
        time.sleep(0.02 if n == 0 else 0)
        return n * n

    assert each(slow_first, range(50), width=8) == [n * n for n in range(50)]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_tasks_are_done_as_well(count):
    assert each(str, iter(range(count))) == [str(n) for n in range(count)]


def test_no_more_than_the_width_run_at_once():
    running, most, lock = [0], [0], threading.Lock()

    def task(_: int) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.005)
        with lock:
            running[0] -= 1

    each(task, range(40), width=4)
    assert 1 < most[0] <= 4


def test_the_first_error_is_raised_and_nothing_more_is_begun():
    begun = []

    def task(n: int) -> None:
        begun.append(n)
        if n == 3:
            raise OSError("broken")
        time.sleep(0.001)

    with pytest.raises(OSError, match="broken"):
        each(task, iter(range(10_000)), width=4)
    assert len(begun) < 1000


def test_an_error_of_the_tasks_source_is_raised_after_what_was_begun():
    done = []

    def tasks():
        yield from range(5)
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        each(done.append, tasks(), width=2)
    assert sorted(done) == [0, 1, 2, 3, 4]


def test_no_thread_is_left_behind():
    before = threading.active_count()
    each(str, range(100))
    assert threading.active_count() == before


def test_bytes_in_flight_stay_below_the_limit_but_for_one_piece_that_is_larger_alone():
    budget, lock, inside, most = Budget(100), threading.Lock(), [0], [0]

    def task(size: int) -> None:
        with budget.taking(size):
            with lock:
                inside[0] += size
                most[0] = max(most[0], inside[0] if size <= 100 else 0)
                assert size <= 100 or inside[0] == size, "a large piece is alone"
            time.sleep(0.001)
            with lock:
                inside[0] -= size

    each(task, [60, 30, 500, 10, 90, 40, 300, 100] * 5, width=8)
    assert 0 < most[0] <= 100


def test_a_piece_that_fails_gives_its_room_back():
    budget = Budget(10)
    for _ in range(3):
        with pytest.raises(RuntimeError), budget.taking(10):
            raise RuntimeError
    with budget.taking(10):
        pass
