import pytest

from laststop.errors import UsageError
from laststop.functions.bell import ring_of
from unit.events import event


@pytest.mark.parametrize(
    ("name", "key"),
    [("s3-object-created", "routing.zip"), ("captured/start--object-created", "ranking.zip")],
)
def test_a_new_document_rings(name, key):
    ring = ring_of(event(name))
    assert ring.cause.endswith(f"/{key} is new")
    assert not ring.again


@pytest.mark.parametrize("state", ["succeeded", "stopped", "canceled"])
def test_the_end_of_a_run_asks_for_another_look(state):
    ring = ring_of(event(f"codepipeline-pipeline-{state}"))
    assert ring.again
    assert ring.about == "01234567-0123-0123-0123-012345678901"


@pytest.mark.parametrize("name", ["codepipeline-pipeline-started", "codepipeline-stage-started"])
def test_what_ends_no_run_rings_nothing(name):
    assert ring_of(event(name)) is None


def test_a_person_may_ring():
    assert ring_of({"cause": "try again", "anyway": True}).anyway


@pytest.mark.parametrize(
    "nonsense", [{}, {"cause": 7}, {"source": "aws.s3"}, {"source": "aws.codepipeline"}, {"caus": "x"}]
)
def test_anything_else_is_refused(nonsense):
    with pytest.raises(UsageError):
        ring_of(nonsense)
