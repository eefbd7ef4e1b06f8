"""Region, addresses and keys, from the environment as AWS's own tools read it."""

import pytest

from laststop.errors import DeniedError, UsageError
from laststop.homes.aws.credentials import Keys, for_object_store, key_source, keys_of
from laststop.homes.aws.settings import settings_from

REGION = {"AWS_REGION": "eu-west-1"}


def test_without_addresses_of_its_own_each_service_is_awss():
    settings = settings_from(REGION)
    assert settings.endpoint("dynamodb") == "https://dynamodb.eu-west-1.amazonaws.com"
    assert settings.endpoint("cloudfront") == "https://cloudfront.amazonaws.com"
    assert (settings.signing_region("ssm"), settings.signing_region("cloudfront")) == (
        "eu-west-1",
        "us-east-1",
    )
    assert settings.own_endpoint("s3") == ""


def test_china_has_addresses_of_its_own():
    settings = settings_from({}, region="cn-north-1")
    assert settings.endpoint("dynamodb") == "https://dynamodb.cn-north-1.amazonaws.com.cn"
    assert settings.endpoint("cloudfront") == "https://cloudfront.cn-northwest-1.amazonaws.com.cn"
    assert settings.signing_region("cloudfront") == "cn-northwest-1"


def test_the_address_of_one_service_goes_before_the_one_for_all():
    settings = settings_from(
        REGION
        | {
            "AWS_ENDPOINT_URL": "http://127.0.0.1:4566/",
            "AWS_ENDPOINT_URL_CODEPIPELINE": "http://127.0.0.1:7440",
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://127.0.0.1:1",
        }
    )
    assert settings.endpoint("dynamodb") == "http://127.0.0.1:4566"
    assert settings.endpoint("codepipeline") == "http://127.0.0.1:7440"
    assert settings.endpoint("secretsmanager") == "http://127.0.0.1:1"


def test_addresses_can_be_ignored_as_in_awss_tools():
    ignoring = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    assert settings_from(REGION | ignoring).endpoints == {}


def test_the_projects_region_goes_before_the_environments():
    assert settings_from(REGION, region="us-west-2").region == "us-west-2"
    assert settings_from({"AWS_DEFAULT_REGION": "eu-north-1"}).region == "eu-north-1"


def test_no_region_is_said_with_the_place_to_set_it():
    with pytest.raises(UsageError) as caught:
        settings_from({})
    assert "laststop.toml" in caught.value.hint


@pytest.mark.parametrize(
    "url", ["127.0.0.1:4566", "ftp://x", "http://", "http://x:99999999", "http://x/prefix"]
)
def test_an_address_that_is_none_is_refused_by_the_name_of_its_variable(url):
    with pytest.raises(UsageError, match="AWS_ENDPOINT_URL_S3"):
        settings_from(REGION | {"AWS_ENDPOINT_URL_S3": url})


def test_keys_in_the_environment_are_taken_without_looking_further():
    environment = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "c"}
    keys = Keys(access_key_id="a", secret_access_key="b", session_token="c")
    assert key_source(environment)() == keys
    assert keys_of({"AWS_ACCESS_KEY_ID": "a"}) is None
    provided = for_object_store(key_source(environment))()
    assert (provided["access_key_id"], provided["token"]) == ("a", "c")


def test_a_profile_is_found_by_the_standard_chain(tmp_path, monkeypatch):
    (tmp_path / "credentials").write_text("[ops]\naws_access_key_id = one\naws_secret_access_key = two\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert key_source({}, profile="ops")() == Keys(access_key_id="one", secret_access_key="two")
    with pytest.raises(DeniedError, match="other"):
        key_source({}, profile="other")()


def test_without_any_keys_the_next_step_is_named(tmp_path, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(DeniedError) as caught:
        key_source({})()
    assert "sign in" in caught.value.hint
