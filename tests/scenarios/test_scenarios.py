"""Every scenario of this folder, on this machine."""

import pytest

from scenarios.embedded import make_template, served
from scenarios.runner import FOLDER, names, play, steps_of


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    return make_template(tmp_path_factory.mktemp("template"))


@pytest.mark.parametrize("name", names())
def test_scenario(name, template, tmp_path):
    with served(template, tmp_path) as home:
        play((FOLDER / f"{name}.yml").read_text(), home)
        assert home.project.drift() == []


def test_there_are_enough_scenarios_and_each_of_them_expects_something():
    assert len(names()) >= 25
    for name in names():
        steps = steps_of((FOLDER / f"{name}.yml").read_text())
        assert steps[-1].name in ("then", "until"), f"{name} ends without saying what must be true"


def test_a_deed_that_nobody_can_do_is_refused():
    with pytest.raises(AssertionError, match="nobody can 'pout'"):
        steps_of("shows: a slip\nsteps:\n  - pout: rerank 1.0.0\n")


def test_an_expectation_that_does_not_hold_fails_and_names_all_that_is_not_so(template, tmp_path):
    wrong = 'shows: nothing\nsteps: [{then: {held: "price", page: {ranking: {rerank: "9"}}}}]'
    with served(template, tmp_path) as home, pytest.raises(AssertionError) as failed:
        play(wrong, home)
    assert "step 1: ranking shows {}, not {'rerank': '9'}; held: '', not 'price'" in str(failed.value)
