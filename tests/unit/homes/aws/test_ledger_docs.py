"""The ledger's reference names every attribute that is written, and every row."""

from pathlib import Path

import msgspec
import pytest

from laststop.functions.message_ports import Told
from laststop.functions.start_ports import StartMark
from laststop.homes.aws import ledger
from laststop.homes.aws.causes import _Row as _Cause
from laststop.homes.aws.pointer import _TurnRow
from laststop.homes.aws.publications import ChangeRow, _AsideRow
from laststop.homes.aws.site_ledger import Outcome
from laststop.homes.aws.site_rows import LiveRow, ReleaseRow
from laststop.homes.aws.standings import _Row

REFERENCE = (Path(__file__).parents[4] / "docs/reference/aws-ledger.md").read_text()


@pytest.mark.parametrize(
    "row",
    [LiveRow, _TurnRow, ReleaseRow, Outcome, _Cause, Told, StartMark, _Row, ChangeRow, _AsideRow],
    ids=lambda row: f"{row.__module__.rpartition(chr(46))[2]}-{row.__name__}",
)
def test_every_attribute_of_a_row_is_in_the_reference(row):
    names = {field.name for field in msgspec.structs.fields(row)}
    assert {name for name in names if f"`{name}`" not in REFERENCE} == set()


def test_every_key_of_the_modules_own_list_is_in_the_reference():
    block = (ledger.__doc__ or "").split("```")[1].strip().splitlines()
    assert len(block) == 12
    for line in block:
        assert f"| `{line.split()[0]}`" in REFERENCE
