import socket
import threading
import time

import pytest

from laststop.homes.embedded.bell import HOST, Bell, ring
from laststop.homes.embedded.lock import Holder


@pytest.fixture
def bell():
    bell = Bell()
    yield bell
    bell.close()


def test_nobody_rings_and_the_wait_ends_by_itself(bell):
    began = time.monotonic()
    assert bell.wait(0.05) is False
    assert time.monotonic() - began >= 0.04
    assert bell.wait(0) is False
    assert bell.wait(-1) is False


def test_a_ring_from_another_process_wakes_the_waiter(bell):
    ring(Holder(pid=1, bell_port=bell.port))
    assert bell.wait(5) is True


def test_a_ring_before_the_wait_is_not_lost_and_many_count_once(bell):
    for _ in range(1000):
        bell.ring()
    assert bell.wait(5) is True
    assert bell.wait(0) is False


def test_whatever_a_datagram_says_it_is_a_ring(bell):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"", (HOST, bell.port))
        assert bell.wait(5) is True
        sender.sendto(b"\xff" * 5000, (HOST, bell.port))
        assert bell.wait(5) is True


def test_every_ring_is_followed_by_a_look(bell):
    """Rings race with waits: what was written before a ring is seen after it."""
    written, seen = [0], []

    def write():
        for number in range(1, 200):
            written[0] = number
            bell.ring()

    thread = threading.Thread(target=write)
    thread.start()
    while not seen or seen[-1] < 199:
        assert bell.wait(5)
        seen.append(written[0])
    thread.join()
    assert bell.wait(0.01) in (True, False)


def test_ringing_where_nobody_listens_is_harmless():
    ring(None)
    ring(Holder(pid=1))
    ring(Holder(pid=1, bell_port=1))
    closed = Bell()
    closed.close()
    ring(Holder(pid=1, bell_port=closed.port))


def test_a_ring_that_cannot_be_sent_is_let_go(monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "a firewall")

    monkeypatch.setattr(socket.socket, "sendto", refuse)
    ring(Holder(pid=1, bell_port=9))


def test_a_closed_bell_leaves_no_thread_behind_and_closes_twice():
    before = threading.active_count()
    bell = Bell()
    bell.close()
    bell.close()
    assert threading.active_count() == before
