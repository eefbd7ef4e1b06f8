"""docs/mutation.md answers for mutants that exist."""

from mutation.answers import answered, row
from mutation.mutants import mutants_of
from mutation.run import every


def test_every_survivor_that_is_answered_for_is_a_mutant_of_the_code_as_it_is():
    assert answered().keys() - {mutant.name for _, _, mutant in every()} == set()


def test_a_mutants_name_is_its_own():
    names = [mutant.name for _, _, mutant in every()]
    assert len(names) == len(set(names))


def test_a_name_stays_when_lines_move_and_is_read_back_as_it_was_written(tmp_path, monkeypatch):
    source = "def f(a: int | None = 3):\n    return a | 1\n"
    names = [each.name for each in mutants_of(source, "laststop.room.noun")]
    assert names == [each.name for each in mutants_of(f"\n\n{source}", "laststop.room.noun")]
    assert names == [
        "room.noun.f: a=3 => a=4",
        "room.noun.f: return a | 1 => return None",
        "room.noun.f: a | 1 => a & 1",
        "room.noun.f: a | 1 => a | 2",
    ]
    page = tmp_path / "mutation.md"
    page.write_text("\n".join(f"| {row(name)} | because |" for name in names))
    monkeypatch.setattr("mutation.answers.PAGE", page)
    assert answered() == dict.fromkeys(names, "because")
