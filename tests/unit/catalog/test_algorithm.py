import pytest

from laststop.catalog.algorithm import Algorithm, decide_pin
from laststop.catalog.phases import Phases
from laststop.catalog.version import VersionRow
from laststop.errors import NotFoundError, UsageError


def row(version, phase):
    return VersionRow(algorithm="ospf", version=version, type="routing", phase=phase)


OSPF = Algorithm(name="ospf", versions=(row("1.0", "RETIRED"), row("1.1", "UPLOADED")), pin="1.1")


@pytest.mark.parametrize(("version", "changes"), [("1.1", False), (None, True)])
def test_a_pin_is_written_only_when_it_moves(version, changes):
    assert decide_pin(OSPF, version, phases=Phases()) is changes


def test_removing_no_pin_changes_nothing():
    assert not decide_pin(Algorithm(name="ospf"), None, phases=Phases())


def test_a_version_may_be_pinned_before_it_counts():
    free = Algorithm(name="ospf", versions=OSPF.versions)
    assert decide_pin(free, "1.1", phases=Phases())


@pytest.mark.parametrize(
    ("version", "error", "words"), [("1.2", NotFoundError, "did you mean"), ("1.0", UsageError, "--auto")]
)
def test_a_pin_that_could_never_show_is_refused(version, error, words):
    with pytest.raises(error) as caught:
        decide_pin(OSPF, version, phases=Phases())
    assert type(caught.value) is error
    assert words in caught.value.hint
    assert caught.value.place == f"ospf {version}"
