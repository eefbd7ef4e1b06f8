"""A mutant is what everybody meets who imported its module before."""

import sys
from types import ModuleType

import pytest

from mutation.mutants import mutants_of
from mutation.put import UnusableError, put

SOURCE = """
from functools import lru_cache

MOST = 3

class Box:
    @property
    def size(self):
        return 10

    def fits(self, number, *, slack=0):
        return number <= MOST + slack

@lru_cache
def doubled(number):
    return number + number
"""


@pytest.fixture
def box(monkeypatch, tmp_path):
    """The module, and another one that imported all of it."""
    file = tmp_path / "box.py"
    file.write_text(SOURCE)
    made, other = ModuleType("laststop.box"), ModuleType("laststop.other")
    made.__file__ = str(file)
    exec(compile(SOURCE, str(file), "exec"), made.__dict__)
    monkeypatch.setitem(sys.modules, "laststop.box", made)
    exec("from laststop.box import MOST, Box, doubled", other.__dict__)
    monkeypatch.setitem(sys.modules, "laststop.other", other)
    return other


def mutant(ending):
    return next(each for each in mutants_of(SOURCE, "laststop.box") if each.name.endswith(ending))


@pytest.mark.parametrize(
    ("ending", "seen"),
    [
        ("MOST = 3 => MOST = 4", lambda box: (box.MOST, box.Box().fits(4)) == (4, True)),
        ("number <= MOST + slack => number < MOST + slack", lambda box: not box.Box().fits(3)),
        ("slack=0 => slack=1", lambda box: box.Box().fits(4)),
        ("return 10 => return None", lambda box: box.Box().size is None),
        ("number + number => number - number", lambda box: box.doubled(3) == 0),
    ],
)
def test_whoever_imported_the_module_meets_the_mutant(box, ending, seen):
    assert box.doubled(3) == 6
    assert not seen(box)
    put("laststop.box", SOURCE, mutant(ending))
    assert seen(box)


def test_a_module_that_cannot_be_imported_any_more_says_so(box):
    broken = "LEAST = 1\nassert LEAST == 1\n"
    first = next(mutants_of(broken, "laststop.box"))
    assert first.name == "box: LEAST = 1 => LEAST = 2"
    with pytest.raises(UnusableError):
        put("laststop.box", broken, first)
