import json

import pytest

from laststop.cli.app import run
from laststop.homes.embedded.tokens import Tokens
from laststop.wiring.embedded import clock


@pytest.fixture
def cli(bench, capsys):
    def call(*words):
        code = run([*words, "-C", str(bench.home.project.root)])
        return code, *capsys.readouterr()

    return call


def test_a_new_token_is_printed_once_and_alone(cli, bench):
    code, out, err = cli("token", "new", "ci", "--scope", "release", "--days", "90")
    assert code == 0
    text = out.strip()
    assert out == f"{text}\n"
    assert text not in err
    assert Tokens(bench.home.store, clock).admit(text).name == "ci"
    _, listed, _ = cli("token", "list")
    assert "release" in listed
    assert text.rpartition("_")[2] not in listed


def test_a_token_reads_unless_it_is_told_otherwise(cli):
    _, out, _ = cli("token", "new", "dashboard", "--json")
    assert json.loads(out)["scope"] == "read"


def test_a_revoked_token_stays_in_the_list(cli):
    _, out, _ = cli("token", "new", "ci", "--json")
    identity = json.loads(out)["id"]
    code, _, err = cli("token", "revoke", identity)
    assert (code, identity in err) == (0, True)
    [line] = json.loads(cli("token", "list", "--json")[1])
    assert line["usable"] is False
    assert "revoked" in cli("token", "list")[1]


def test_an_id_that_no_token_has_is_the_users_mistake(cli):
    code, _, err = cli("token", "revoke", "ffffffff")
    assert code == 2
    assert "laststop token list" in err


def test_an_empty_list_says_how_to_make_one(cli):
    assert "laststop token new" in cli("token", "list")[2]
