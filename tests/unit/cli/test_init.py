"""A new project is usable whatever its folder is called."""

import pytest

from laststop.cli.app import run
from laststop.cli.init import name_for

NAMES = [
    ("p", "p"),
    ("MyPages", "mypages"),
    ("1st", "st"),
    ("net work_2", "net-work-2"),
    ("2024", "my-project"),
    ("über", "ber"),
    ("-x-", "x"),
    ("a" * 60, "a" * 40),
]


@pytest.mark.parametrize(("folder", "name"), NAMES)
def test_a_folder_gives_a_project_a_name_it_may_have(tmp_path, folder, name):
    assert name_for(tmp_path / folder) == name


@pytest.mark.parametrize("folder", [folder for folder, _ in NAMES])
def test_a_new_project_is_checked_without_a_finding(tmp_path, folder, capsys):
    assert run(["init", str(tmp_path / folder)]) == 0
    assert run(["check", "-C", str(tmp_path / folder)]) == 0
    assert capsys.readouterr().out == ""


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    assert run(["init", str(tmp_path)]) == 3
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]
