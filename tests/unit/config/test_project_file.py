"""laststop.toml: defaults, every bad value with its answer, and where it is looked for."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laststop.config.project_file import ProjectInvalidError, check_project_file, find_project, load_project
from laststop.errors import NotFoundError

MINIMAL = '[project]\nname = "shop"\ntypes = ["ranking"]\n'


def problems(folder: Path, text: str) -> list[str]:
    (folder / "laststop.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ProjectInvalidError) as caught:
        load_project(folder)
    return str(caught.value).splitlines()[1:]


def test_a_name_and_a_type_are_enough(tmp_path: Path) -> None:
    (tmp_path / "laststop.toml").write_text(MINIMAL)
    project = load_project(tmp_path)
    assert project.root == tmp_path
    assert project.release_phases == ("PACKAGE_TESTS_COMPLETE", "PACKATE_TESTS_COMPLETE")
    assert project.build.timeout_minutes == 60
    assert project.edge.default_ttl_seconds == 300
    assert project.verify.within_seconds == 120
    assert project.document_places == ("shop-documents/ranking.zip",)
    assert project.names_for("embedded") == {
        "project": "shop",
        "documents_bucket": "shop-documents",
        "build_project": "shop-build",
        "connection_arn": "arn:aws:codeconnections:local:000000000000:connection/embedded",
        "region": "local",
    }
    assert set(project.names_for("aws")) == {
        "project", "documents_bucket", "artifacts_bucket", "site_bucket",
        "catalog_table", "ledger_table", "build_project",
    }  # fmt: skip


def test_the_file_wins_over_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "laststop.toml").write_text(
        '[project]\nname = "shop"\ntypes = ["a", "b", "c", "d", "e"]\n'
        '[documents]\nbucket = "papers"\nobjects = 2\n'
        '[build]\npass = ["NPM_TOKEN"]\n'
        '[catalog]\nallow_prereleases = true\n[catalog.columns]\nalgorithm = "name"\n'
        '[names.embedded]\nbranch = "main"\n[names.aws]\nregion = "eu-west-1"\n'
        "[retention]\nreleases = 3\n"
    )
    project = load_project(tmp_path)
    assert project.document_places == ("papers/documents-1.zip", "papers/documents-2.zip")
    assert project.build.passed == ("NPM_TOKEN",)
    assert project.catalog.allow_prereleases
    assert project.catalog.columns.names == {
        "algorithm": "name", "version": "version", "type": "type", "phase": "phase",
    }  # fmt: skip
    assert project.names_for("embedded")["branch"] == "main"
    assert project.names_for("aws")["region"] == "eu-west-1"
    assert project.retention.releases == 3


HEAD = '[project]\nname = "shop"\ntypes = ["ranking", "pricing"]\n'
ROWS = [
    ("[project]\nname = 'shop'\n", ['laststop.toml:1 project: the key "types" is missing']),
    ("", ['laststop.toml: the key "project" is missing']),
    (
        '[project]\nname = "My Shop"\ntypes = ["ranking"]\n',
        [
            ('laststop.toml:2 project.name: "My Shop" cannot name a project; '
            "use 1 to 40 of the characters a-z 0-9 -, beginning with a letter")
        ],
    ),
    (
        '[project]\nname = "shop"\ntypes = []\n',
        ["laststop.toml:3 project.types: a project has 1 to 200 algorithm types, not 0"],
    ),
    (
        '[project]\nname = "shop"\ntypes = ["a b", "Ranking", "ranking"]\n',
        [
            ('laststop.toml:3 project.types[0]: "a b" cannot name a type; '
            "use 1 to 64 of the characters A-Z a-z 0-9 _ -"),
            "laststop.toml:3 project.types[2]: it is the same as [1]; types differ in more than case",
        ],
    ),
    (
        HEAD + "release_phases = []\n",
        ["laststop.toml:4 project.release_phases: without a release phase nothing is ever published"],
    ),
    (
        HEAD + 'release_phases = ["DONE", "RETIRED", "DONE"]\n',
        [
            ("laststop.toml:4 project.release_phases[1]: "
            "RETIRED takes a version off the page; it cannot release it"),
            "laststop.toml:4 project.release_phases[2]: it is the same as [0]; name each phase once",
        ],
    ),
    (
        HEAD + "\n[biuld]\ntimeout_minutes = 5\n",
        ['laststop.toml:5 biuld: unknown key "biuld"; did you mean "build"?'],
    ),
    (
        HEAD + "[build]\ntimeout_minute = 5\n",
        [
            ('laststop.toml:5 build.timeout_minute: unknown key "timeout_minute"; '
            'did you mean "timeout_minutes"?')
        ],
    ),
    (
        HEAD + "[build]\ntimeout_minutes = 0\n",
        ["laststop.toml:5 build.timeout_minutes: it is a number from 1 to 2160, not 0"],
    ),
    (
        HEAD + '[build]\ntimeout_minutes = "5"\n',
        [
            ("laststop.toml:5 build.timeout_minutes: expected a whole number, "
            'found the text "5"; remove the quotes')
        ],
    ),
    (
        HEAD + "[build]\ntimeout_minutes = 1.5\n",
        ["laststop.toml:5 build.timeout_minutes: expected a whole number, found the number 1.5"],
    ),
    (
        HEAD + "[verify]\nversions = 2024-01-01\n",
        ["laststop.toml:5 verify.versions: expected text, found a date or time"],
    ),
    (
        HEAD + '[build]\npass = ["A-B", "CODEBUILD_X"]\n',
        [
            'laststop.toml:5 build.pass[0]: "A-B" cannot name an environment variable',
            "laststop.toml:5 build.pass[1]: CODEBUILD_X is set by the build itself",
        ],
    ),
    (
        HEAD + "[documents]\nobjects = 3\n",
        [
            ("laststop.toml:5 documents.objects: 2 types cannot be dealt into 3 document objects; "
            "choose 1 to 2")
        ],
    ),
    (
        HEAD + '[documents]\nbucket = "My_Bucket"\n',
        [
            ('laststop.toml:5 documents.bucket: "My_Bucket" cannot name a bucket; '
            "use 3 to 63 of the characters a-z 0-9 . -")
        ],
    ),
    (
        HEAD + '[repositories]\nfrontend = "./f"\n"a/b" = "--upload-pack=x"\n',
        [
            ('laststop.toml:5 repositories.frontend: "frontend" is no FullRepositoryId; '
            'it reads "owner/name", as in pipeline.yml'),
            'laststop.toml:6 repositories["a/b"]: "--upload-pack=x" is neither a path nor a URL',
        ],
    ),
    (
        HEAD + '[verify]\nversions = "versions.json"\n',
        [
            ('laststop.toml:5 verify.versions: "versions.json" is no path of a file on the site; '
            'it begins with a slash: "/versions.json"')
        ],
    ),
    (
        HEAD + '[notices]\nowners = { rankng = "@team" }\n',
        [
            ('laststop.toml:5 notices.owners.rankng: "rankng" is no type of this project; '
            'did you mean "ranking"?')
        ],
    ),
    (
        HEAD + '[notices]\nslack_channel = "Releases"\nwebhook_url = "hooks.test"\nfile = "out/"\nowners = { ranking = "the team" }\n',
        [
            ('laststop.toml:5 notices.slack_channel: "Releases" is no channel; '
            'write its name as "#releases", in lower case, or its id, as "C0123456789"'),
            ('laststop.toml:6 notices.webhook_url: "hooks.test" is no address; '
            "it begins with https:// and names a host"),
            'laststop.toml:7 notices.file: "out/" is no path of a file',
            ('laststop.toml:8 notices.owners.ranking: "the team" mentions nobody; '
            'write a group\'s handle as "@net-team", "@here", or an id: '
            'a user\'s "U0123456789", a group\'s "S0123456789"'),
        ],
    ),
    (
        HEAD + '[catalog.columns]\nalgorithm = "id"\nversion = "id"\n',
        ['laststop.toml:4 catalog.columns: two columns are called "id"'],
    ),
    (
        HEAD + '[names.aws]\nRegion = "x"\nempty = ""\nnested = "${project}"\n',
        [
            ('laststop.toml:5 names.aws.Region: "Region" cannot name a placeholder; '
            "use a-z 0-9 _, beginning with a letter"),
            "laststop.toml:6 names.aws.empty: a placeholder stands for plain text, without placeholders",
            "laststop.toml:7 names.aws.nested: a placeholder stands for plain text, without placeholders",
        ],
    ),
    (
        HEAD + "[retention]\nreleases = 1\n",
        ["laststop.toml:5 retention.releases: it is a number from 2 to 1000, not 1"],
    ),
    ("[project\n", ["laststop.toml:1: this is no TOML: Expected ']' at the end of a table declaration"]),
    ("[project]\nname = 1\nname = 2\n", ["laststop.toml:3: this is no TOML: Cannot overwrite a value"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), ROWS)
def test_a_bad_setting_gets_exactly_these_sentences(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert problems(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        ('[notices]\nslack_token = "x"\n', "laststop.toml:5 notices.slack_token"),
        ('[notices]\nslack_channel = "xoxb-1-2-3"\n', "laststop.toml:5 notices.slack_channel"),
        ('[names.aws]\napi_key = "x"\n', "laststop.toml:5 names.aws.api_key"),
        ('[names.aws]\nkey_id = "AKIAABCDEFGHIJKLMNOP"\n', "laststop.toml:5 names.aws.key_id"),
        ('[repositories]\n"a/b" = "https://me:hunter2@host/a/b"\n', 'laststop.toml:5 repositories["a/b"]'),
        ('password = "x"\n', "laststop.toml:4 project.password"),
    ],
)
def test_a_secret_is_refused_and_never_shown(tmp_path: Path, lines: str, place: str) -> None:
    (answer,) = problems(tmp_path, HEAD + lines)
    assert answer.startswith(f"{place}: ")
    assert "looks like a secret; none belongs here" in answer
    assert "LASTSTOP_SLACK_TOKEN" in answer
    for secret in ("xoxb-1", "AKIA", "hunter2"):
        assert secret not in answer


def test_words_of_the_users_own_are_no_secrets(tmp_path: Path) -> None:
    (tmp_path / "laststop.toml").write_text(
        '[project]\nname = "shop"\ntypes = ["reset-password"]\n'
        '[repositories]\n"acme/auth-token" = "./token"\n'
        '[notices]\nowners = { reset-password = "@auth" }\n'
        '[build]\npass = ["NPM_TOKEN"]\n'
    )
    assert load_project(tmp_path).name == "shop"


def test_the_file_is_found_from_any_folder_below(tmp_path: Path) -> None:
    (tmp_path / "laststop.toml").write_text(MINIMAL)
    below = tmp_path / "frontend" / "src"
    below.mkdir(parents=True)
    assert find_project(below) == tmp_path
    assert find_project(tmp_path / "laststop.toml") == tmp_path


def test_no_project_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        load_project(tmp_path)
    assert "laststop init DIR" in caught.value.hint


@pytest.mark.parametrize("text", ["a = " + "[" * 20_000, "a = " + "9" * 5_000])
def test_hostile_toml_is_an_answer_not_a_crash(tmp_path: Path, text: str) -> None:
    assert len(problems(tmp_path, text)) == 1


@settings(deadline=None)
@given(st.text())
def test_any_text_is_read_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.getbasetemp() / "any-text"  # of its own: projects are looked for upwards
    folder.mkdir(exist_ok=True)
    (folder / "laststop.toml").write_bytes(text.encode(errors="replace"))
    assert check_project_file(folder).findings


def test_a_function_is_named_in_a_line_or_a_table(tmp_path: Path) -> None:
    (tmp_path / "laststop.toml").write_text(
        MINIMAL + '[functions]\nlinks = "links.py:handler"\nrotate-token = "f/rotate.py:App.run"\n'
        '[functions.migrate]\nhandler = "migrate.py:handler"\ntimeout_seconds = 5\n'
        'environment = { TABLE = "t" }\npass = ["DATABASE_PASSWORD"]\n'
    )
    functions = load_project(tmp_path).functions
    assert (functions["links"].file, functions["links"].function) == ("links.py", "handler")
    assert (functions["links"].timeout_seconds, functions["rotate-token"].function) == (900, "App.run")
    assert functions["migrate"].environment == {"TABLE": "t"}
    assert functions["migrate"].passed == ("DATABASE_PASSWORD",)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ('"a b" = "a.py:h"', '"a b" cannot name a function'),
        ('deploy-site = "a.py:h"', '"deploy-site" is a function of laststop itself'),
        ('shop-deploy-site = "a.py:h"', '"shop-deploy-site" is a function of laststop itself'),
        ('a = "a.py"', '"a.py" names no function of a Python file'),
        ('a = "../a.py:h"', '"../a.py:h" names no function of a Python file'),
        ('a = "/a.py:h"', '"/a.py:h" names no function of a Python file'),
        ("a = 7", "expected text, found the number 7"),
        ('a = { handler = "a.py:h", timeout_seconds = 901 }', "it is a number from 1 to 900, not 901"),
        ('a = { handler = "a.py:h", memory = 1 }', 'unknown key "memory"'),
        ('a = { handler = "a.py:h", environment = { AWS_REGION = "x" } }', "AWS_REGION is set by laststop"),
        ('a = { handler = "a.py:h", environment = { API_TOKEN = "x" } }', '"API_TOKEN" looks like a secret'),
        ('a = { handler = "a.py:h", pass = ["A-B"] }', '"A-B" cannot name an environment variable'),
    ],
)
def test_every_bad_function_gets_its_answer(tmp_path: Path, line: str, answer: str) -> None:
    (found,) = problems(tmp_path, MINIMAL + f"[functions]\n{line}\n")
    assert answer in found


EVENTS = """\

[functions]
page = "page.py:handler"

[[events]]
name = "chat"
pattern = '{"detail": {"state": ["FAILED"]}}'
webhook = "https://hooks.example.com/x"

[[events]]
name = "pager"
pattern = '{"detail": {"state": ["FAILED"]}}'
function = "page"
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'name = "pager"',
            'name = "chat"',
            'laststop.toml:20 events[1].name: "chat" stands twice',
        ),
        (
            'name = "pager"',
            'name = "a pager"',
            (
                'laststop.toml:20 events[1].name: "a pager" cannot name events; '
                "use 1 to 64 of the characters A-Z a-z 0-9 _ -"
            ),
        ),
        (
            'function = "page"',
            'function = "pge"',
            'laststop.toml:22 events[1].function: [functions] has no "pge"; did you mean "page"?',
        ),
        (
            'function = "page"',
            "",
            (
                "laststop.toml:19 events[1]: events are told to a function or to a webhook; "
                'name one: function = "NAME", or webhook = "https://..."'
            ),
        ),
        (
            '"https://hooks.example.com/x"',
            '"hooks.example.com"',
            (
                'laststop.toml:17 events[0].webhook: "hooks.example.com" is no address; '
                "it begins with https:// and names a host"
            ),
        ),
        (
            """"chat"\npattern = '{"detail": {"state": ["FAILED"]}}'""",
            """"chat"\npattern = '{"detail": {"state": "FAILED"}}'""",
            (
                "laststop.toml:16 events[0].pattern: pattern.detail.state: what a field may be is a list; "
                'write ["VALUE"] instead of "VALUE"'
            ),
        ),
    ],
    ids=["twice", "name", "stranger", "nobody", "address", "pattern"],
)
def test_events_are_told_to_one_place_by_a_pattern_that_can_be_read(
    tmp_path: Path, project_text: str, old: str, new: str, expected: str
) -> None:
    text = project_text + EVENTS
    assert old in text
    assert problems(tmp_path, text.replace(old, new)) == [expected]


def test_events_of_both_kinds_are_read(tmp_path: Path, project_text: str) -> None:
    (tmp_path / "laststop.toml").write_text(project_text + EVENTS)
    assert [events.name for events in load_project(tmp_path).events] == ["chat", "pager"]
