"""Secrets by name, remembered for a while, and in no error."""

import pytest

from laststop.errors import DeniedError, NotFoundError, UsageError
from laststop.homes.aws.secrets import KEPT_SECONDS, Secrets
from laststop.homes.aws.service import JsonService, SignedSender
from unit.homes.aws.service_fakes import fine, refusal, service

TOKEN = "xoxb-very-secret"


def secrets(answer, *, parameter=None, elapsed=lambda: 0.0):
    held, asked = service(answer, name="secretsmanager")
    parameters, asked_too = service(parameter or refusal("ParameterNotFound"), name="ssm")
    return Secrets(held, parameters, elapsed=elapsed), asked, asked_too


def test_a_secret_is_read_by_name_or_arn():
    held, asked, _ = secrets(fine({"SecretString": f"{TOKEN}\n"}))
    assert held.text("translations/slack") == TOKEN
    assert asked.sent == [("GetSecretValue", {"SecretId": "translations/slack"})]


def test_a_name_with_a_slash_in_front_is_a_parameter():
    held, _, asked = secrets(
        refusal("ResourceNotFoundException"), parameter=fine({"Parameter": {"Value": TOKEN}})
    )
    assert held.text("/translations/slack") == TOKEN
    assert asked.sent == [("GetParameter", {"Name": "/translations/slack", "WithDecryption": True})]


def test_it_is_asked_for_again_only_after_a_while():
    now = [0.0]
    held, asked, _ = secrets(fine({"SecretString": TOKEN}), elapsed=lambda: now[0])
    held.text("s")
    now[0] = KEPT_SECONDS - 1
    held.text("s")
    assert len(asked.sent) == 1
    now[0] = KEPT_SECONDS + 1
    held.text("s")
    assert len(asked.sent) == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal("ResourceNotFoundException"), NotFoundError),
        (refusal("AccessDeniedException"), DeniedError),
        (refusal("DecryptionFailure"), DeniedError),
        (fine({"SecretBinary": "eA=="}), UsageError),
        (fine({"SecretString": "  "}), UsageError),
    ],
)
def test_what_cannot_be_read_is_said_without_its_content(answer, kind):
    held, _, _ = secrets(answer)
    with pytest.raises(kind) as caught:
        held.text("s")
    assert TOKEN not in str(caught.value)


@pytest.mark.emulator
def test_secrets_and_parameters_are_read_from_the_services_themselves(aws):
    aws.client("secretsmanager").create_secret(Name="translations/slack", SecretString=TOKEN)
    aws.client("ssm").put_parameter(Name="/translations/slack", Value=f"{TOKEN}-2", Type="SecureString")
    services = [JsonService(SignedSender(name, aws.settings, aws.keys)) for name in ("secretsmanager", "ssm")]
    held = Secrets(*services)
    assert (held.text("translations/slack"), held.text("/translations/slack")) == (TOKEN, f"{TOKEN}-2")
    for name in ("another", "/another"):
        with pytest.raises(NotFoundError):
            held.text(name)
    for each in services:
        each.close()
