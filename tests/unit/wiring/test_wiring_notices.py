import subprocess
import sys

import pytest

from laststop.config.project_file import load_project
from laststop.errors import UsageError
from laststop.wiring.notices import bulletins_of, secrets_of

HEAD = '[project]\nname = "shop"\ntypes = ["routing"]\n'


@pytest.fixture
def project(tmp_path):
    def made(more: str = ""):
        (tmp_path / "laststop.toml").write_text(HEAD + more)
        return load_project(tmp_path)

    made.folder = tmp_path
    return made


CHANNEL = '[notices]\nslack_channel = "#releases"\n'


@pytest.mark.parametrize(
    ("settings", "environ", "names"),
    [
        ("", {}, []),
        (CHANNEL, {}, []),
        (CHANNEL, {"LASTSTOP_SLACK_TOKEN": "  "}, []),
        ("", {"LASTSTOP_SLACK_TOKEN": "xoxb-1"}, []),
        (CHANNEL, {"LASTSTOP_SLACK_TOKEN": "xoxb-1"}, ["slack"]),
        (CHANNEL, {"LASTSTOP_SLACK_WEBHOOK": "https://hooks.test/x"}, ["slack-webhook"]),
        (
            CHANNEL,
            {"LASTSTOP_SLACK_TOKEN": "xoxb-1", "LASTSTOP_SLACK_WEBHOOK": "https://hooks.test/x"},
            ["slack"],
        ),
        (
            '[notices]\nfile = "m.ndjson"\nwebhook_url = "https://h.test/"\n',
            {"LASTSTOP_WEBHOOK_SECRET": "s"},
            ["webhook", "file"],
        ),
    ],
)
def test_who_is_told_follows_from_settings_and_environment(project, settings, environ, names):
    assert [each.name for each in bulletins_of(project(settings), environ)] == names


def test_the_token_may_stand_in_a_file_and_is_a_secret_from_there_too(project):
    (project.folder / "slack").write_text("xoxb-from-file\n")
    made = project(CHANNEL + 'slack_token_file = "slack"\n')
    assert [each.name for each in bulletins_of(made, {})] == ["slack"]
    assert "xoxb-from-file" in secrets_of(made, {})
    assert secrets_of(made, {"LASTSTOP_SLACK_TOKEN": "xoxb-env"}) == ("xoxb-env",)


@pytest.mark.parametrize(
    ("settings", "environ", "place"),
    [
        (CHANNEL + 'slack_token_file = "none"\n', {}, "slack_token_file"),
        (CHANNEL, {"LASTSTOP_SLACK_TOKEN": "xoxb-1\nX-Evil: 1"}, "LASTSTOP_SLACK_TOKEN"),
        ("", {"LASTSTOP_SLACK_WEBHOOK": "file:///etc/passwd"}, "LASTSTOP_SLACK_WEBHOOK"),
        ('[notices]\nwebhook_url = "https://h.test/"\n', {}, "webhook_url"),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_place_and_never_shown(project, settings, environ, place):
    with pytest.raises(UsageError) as refused:
        bulletins_of(project(settings), environ)
    assert place in refused.value.place
    assert refused.value.hint
    assert not any(value in str(refused.value) for value in environ.values())


def test_secrets_are_our_own_and_what_builds_are_given_under_a_telling_name(project):
    made = project('[build]\npass = ["NPM_TOKEN", "NODE_ENV", "UNSET_TOKEN"]\n')
    environ = {
        "NPM_TOKEN": "npm-1",
        "NODE_ENV": "production",
        "LASTSTOP_TOKEN": "console-1",
        "OTHER_TOKEN": "x",
    }
    assert set(secrets_of(made, environ)) == {"npm-1", "console-1"}


def test_slacks_library_is_not_imported_by_who_does_not_use_it():
    code = "import sys, laststop.wiring.engine; sys.exit('slack_sdk' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
