"""What every home's memory of standings promises: `catalog.ports.standings`."""

from contextlib import contextmanager
from itertools import permutations

import pytest

from contract.aws_home import HOMES, AwsStandings
from laststop.catalog.standing import Standing, merge
from laststop.homes.embedded.documents import StoredStandings
from unit.homes.home_workbench import Home


class Embedded:
    def __init__(self, path) -> None:
        self._home = Home(path)

    @contextmanager
    def opened(self):
        with self._home.store.transaction() as transaction:
            yield StoredStandings(transaction, self._home.clock)

    def writes(self) -> int:
        return len(self._home.facts("standing.noted"))


@pytest.fixture(params=HOMES)
def memory(request, tmp_path):
    if request.param == "aws":
        made = AwsStandings(request.getfixturevalue("aws"))
        yield made
        made.service.close()
    else:
        yield Embedded(tmp_path)


def known(version="1.0", released=0, retired=0, algorithm="bgp"):
    return Standing(algorithm=algorithm, version=version, released=released, retired=retired)


def note(memory, *standings):
    with memory.opened() as port:
        port.note(standings)


def test_nothing_is_known_of_an_unknown_algorithm(memory):
    with memory.opened() as port:
        assert port.of("bgp") == ()


def test_each_version_has_one_standing_and_algorithms_are_apart(memory):
    note(memory, known("1.0", 5), known("2.0", 7, 9), known("1.0", 6, algorithm="ospf"))
    with memory.opened() as port:
        assert sorted(port.of("bgp"), key=lambda each: each.version) == [known("1.0", 5), known("2.0", 7, 9)]
        assert port.of("ospf") == (known("1.0", 6, algorithm="ospf"),)


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_every_order_and_every_repetition_ends_in_the_merge(memory, order):
    evidence = [known(released=5), known(released=3, retired=8), known(released=9)]
    for index in (*order, *order):
        note(memory, evidence[index])
    together = merge(merge(evidence[0], evidence[1]), evidence[2])
    with memory.opened() as port:
        assert port.of("bgp") == (together,)


def test_what_is_known_already_writes_nothing(memory):
    note(memory, known(released=5, retired=2))
    note(memory, known(released=5), known(retired=1), known(released=4, retired=2))
    note(memory)
    assert memory.writes() == 1


def test_numbers_of_forty_digits_keep_their_order(memory):
    large = int("9" * 40)
    note(memory, known(released=large))
    note(memory, known(released=10**21))
    with memory.opened() as port:
        assert port.of("bgp") == (known(released=large),)
