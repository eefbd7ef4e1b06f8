import pytest

from laststop.catalog.columns import OWN_COLUMNS, Columns, columns_of
from laststop.errors import UsageError


def test_nothing_said_means_our_own_names():
    assert columns_of({}) == OWN_COLUMNS


def test_an_existing_table_keeps_its_names():
    assert columns_of({"algorithm": "name", "phase": "state"}) == Columns(algorithm="name", phase="state")


@pytest.mark.parametrize(
    ("names", "place"),
    [
        ({"algoritm": "name"}, "catalog.columns.algoritm"),
        ({"algorithm": ""}, "catalog.columns.algorithm"),
        ({"algorithm": "version"}, "catalog.columns"),
        ({"type": "kind", "phase": "kind"}, "catalog.columns"),
    ],
)
def test_an_ambiguous_naming_is_refused(names, place):
    with pytest.raises(UsageError) as caught:
        columns_of(names)
    assert caught.value.place == place
    assert caught.value.hint
