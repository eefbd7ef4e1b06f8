"""The loop itself, in a thread, over the real readers and engine."""

import threading
import time
from types import SimpleNamespace

import pytest

from laststop.errors import LaststopError, TransientError, UsageError
from laststop.homes.embedded import pulse as module
from laststop.homes.embedded.bell import Bell, ring
from laststop.homes.embedded.lock import Holder
from laststop.homes.embedded.server import Loop
from unit.homes.home_workbench import PIPELINE, Home


class Served:
    def __init__(self, path) -> None:
        self.home = Home(path).serve()
        self.bell = Bell()
        self.said: list[str] = []
        self.cared: list[int] = []
        nothing = SimpleNamespace(once=lambda **more: self.cared.append(1))
        parts = {
            "store": self.home.store,
            "drives": lambda: (self.home.drive,),
            "publish": self.home.publisher,
            "judge": self.home.judge,
            "clerk": self.home.clerk,
            "bell": self.bell,
            "care": nothing,
            "sweeper": nothing,
            "idle": lambda: True,
            "clock": self.home.clock,
            "say": self.said.append,
        }
        wanted = Loop.__init__.__annotations__
        self.loop = Loop(**{name: parts.get(name, nothing) for name in wanted if name != "return"})
        self.failure: list[LaststopError] = []
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self.loop.run()
        except LaststopError as error:
            self.failure.append(error)

    def start(self) -> "Served":
        self.thread.start()
        return self

    def until(self, true, seconds=10.0) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, "it never became so"
            time.sleep(0.005)

    def live(self, *versions) -> bool:
        return all(self.home.verdicts().get(("bgp", version)) == "live" for version in versions)

    def close(self) -> None:
        self.loop.stop()
        if self.thread.ident is not None:
            self.thread.join(10)
        self.bell.close()


@pytest.fixture
def served(tmp_path):
    served = Served(tmp_path)
    yield served
    served.close()


def test_a_change_goes_live_when_the_bell_rings(served, monkeypatch):
    monkeypatch.setattr(module, "LOOK_AROUND_SECONDS", 60.0)
    served.start()
    served.until(lambda: served.home.run_rows() and served.home.run_rows()[0].status == "Succeeded")
    elsewhere = Home(served.home.path)
    elsewhere.put("bgp", "1.0")
    elsewhere.store.close()
    ring(Holder(pid=1, bell_port=served.bell.port))
    served.until(lambda: served.live("1.0"))


def test_a_ring_that_was_lost_costs_a_look_around(served, monkeypatch):
    monkeypatch.setattr(module, "LOOK_AROUND_SECONDS", 0.05)
    served.start()
    served.until(lambda: served.home.run_rows() and served.home.run_rows()[0].status == "Succeeded")
    elsewhere = Home(served.home.path)
    elsewhere.put("bgp", "1.0")
    elsewhere.store.close()
    served.until(lambda: served.live("1.0"))


def test_an_idle_server_writes_nothing(served):
    served.start()
    served.until(lambda: served.home.run_rows() and served.home.run_rows()[0].status == "Succeeded")
    time.sleep(0.1)
    before = len(served.home.facts())
    time.sleep(0.2)
    assert len(served.home.facts()) == before


def test_a_store_that_cannot_be_written_for_a_while_is_told_and_tried_again(served, monkeypatch):
    monkeypatch.setattr(module, "LOOK_AROUND_SECONDS", 0.02)
    real, failures = served.home.publisher.read, iter([TransientError("the disk is full")] * 3)

    def read():
        for failure in failures:
            raise failure
        return real()

    monkeypatch.setattr(served.home.publisher, "read", read)
    served.home.put("bgp", "1.0")
    served.start()
    served.until(lambda: served.live("1.0"))
    assert served.said == ["the disk is full; trying again"] * 3


def test_trouble_while_it_sleeps_is_trouble_like_any_other(served, monkeypatch):
    monkeypatch.setattr(module, "LOOK_AROUND_SECONDS", 0.02)
    real, failures = served.home.store.database.data_version, iter([TransientError("the disk failed")])

    def look():
        for failure in failures:
            raise failure
        return real()

    monkeypatch.setattr(served.home.store.database, "data_version", look)
    served.start()
    served.until(lambda: served.said == ["the disk failed; trying again"])
    served.home.put("bgp", "1.0")
    served.until(lambda: served.live("1.0"))


def test_what_does_not_pass_by_itself_ends_the_server(served, monkeypatch):
    def damaged():
        raise UsageError("the store is damaged")

    monkeypatch.setattr(served.home.judge, "read", damaged)
    served.start()
    served.thread.join(10)
    assert [str(error) for error in served.failure] == ["the store is damaged"]


def test_it_stops_soon_and_may_be_told_twice_or_before_it_began(tmp_path):
    served = Served(tmp_path)
    served.start()
    began = time.monotonic()
    served.close()
    served.close()
    assert not served.thread.is_alive()
    assert time.monotonic() - began < 5
    early = Served(tmp_path / "early")
    early.loop.stop()
    early.start()
    early.thread.join(5)
    assert not early.thread.is_alive()
    early.close()


def test_a_pass_that_did_nothing_says_so(served):
    served.home.work()
    assert served.loop.work() is False
    served.home.put("bgp", "1.0")
    assert served.loop.work() is True


def test_a_deadline_that_has_passed_is_acted_on_without_a_ring(served, monkeypatch):
    monkeypatch.setattr(module, "LOOK_AROUND_SECONDS", 0.05)
    served.home.executor.held.add("deploy-site")
    served.start()
    served.until(lambda: "deploy-site" in served.home.executor.begun)
    served.home.clock.pass_by(days=2)
    served.until(lambda: served.home.run_rows()[0].status == "Failed")
    assert "no result after" in served.home.facts("action.failed")[-1].failure.message
    assert served.home.facts("action.failed")[-1].pipeline == PIPELINE
