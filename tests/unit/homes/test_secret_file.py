import pytest

from laststop.errors import DeniedError, NotFoundError, UsageError
from laststop.homes.embedded.secret_file import SecretFile

TEXT = """
[parameter_store]
"/web/token" = "t-1"
empty = ""
number = 7

[secrets_manager]
"web/plain" = "p-1"
"web/text" = '{"user": "web", "password": "pw"}'
"web/table" = { user = "web", password = "pw" }
"""


@pytest.fixture
def secrets(tmp_path):
    path = tmp_path / "secrets.toml"
    path.write_text(TEXT)
    path.chmod(0o600)
    return SecretFile(path)


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("web/plain", "p-1"),
        ("web/plain::AWSCURRENT:", "p-1"),
        ("web/text:password", "pw"),
        ("web/text:password::", "pw"),
        ("web/table:password", "pw"),
        ("web/table", '{"user": "web", "password": "pw"}'),
        ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:web/plain-Ab12Cd", "p-1"),
        ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:web/text-Ab12Cd:user", "web"),
    ],
)
def test_a_secret_is_found_by_aws_own_reference(secrets, reference, value):
    assert secrets.secret(reference) == value


def test_a_parameter_is_found_and_a_changed_file_is_read_anew(secrets):
    assert secrets.parameter("/web/token") == "t-1"
    secrets.path.write_text('[parameter_store]\n"/web/token" = "t-2"\n')
    assert secrets.parameter("/web/token") == "t-2"


@pytest.mark.parametrize(
    ("ask", "kind", "told"),
    [
        (lambda s: s.parameter("/web/absent"), NotFoundError, "no parameter store here holds '/web/absent'"),
        (lambda s: s.secret("absent"), NotFoundError, "no secrets manager here holds 'absent'"),
        (lambda s: s.secret("web/table:absent"), NotFoundError, "the secret has no key 'absent'"),
        (lambda s: s.secret("web/plain:user"), UsageError, "holds no keys and values"),
        (lambda s: s.secret("web/plain::AWSPREVIOUS"), UsageError, "asks for an older version"),
        (lambda s: s.secret("web/plain:::v1"), UsageError, "asks for an older version"),
        (lambda s: s.parameter("empty"), UsageError, "a secret is a text"),
        (lambda s: s.parameter("number"), UsageError, "a secret is a text"),
    ],
    ids=["parameter", "secret", "key", "no keys", "stage", "version", "empty", "number"],
)
def test_what_is_not_there_is_told_by_its_name(secrets, ask, kind, told):
    with pytest.raises(kind, match=told):
        ask(secrets)


def test_without_a_file_nothing_is_there_and_the_hint_names_it(tmp_path):
    with pytest.raises(NotFoundError) as refused:
        SecretFile(tmp_path / "secrets.toml").parameter("/web/token")
    assert str(tmp_path / "secrets.toml") in refused.value.hint


def test_a_file_that_others_can_read_is_refused(secrets):
    secrets.path.chmod(0o640)
    with pytest.raises(DeniedError, match="others than its owner") as refused:
        secrets.parameter("/web/token")
    assert refused.value.hint.startswith("chmod 600")


def test_a_broken_file_is_told_without_its_text(secrets):
    secrets.path.write_text("[parameter_store]\nx = tell-nobody\n")
    with pytest.raises(UsageError, match="this is no TOML") as refused:
        secrets.parameter("x")
    assert "tell-nobody" not in f"{refused.value}{refused.value.hint}"
