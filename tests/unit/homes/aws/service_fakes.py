"""A service's other side, scripted: answers in turn, and what was sent."""

from datetime import UTC, datetime

import msgspec

from laststop.homes.aws.connection import Answer, Unanswered
from laststop.homes.aws.credentials import Keys
from laststop.homes.aws.service import JsonService, SignedSender
from laststop.homes.aws.settings import AwsSettings

SETTINGS = AwsSettings(region="eu-west-1")
KEYS = Keys(access_key_id="AKID", secret_access_key="secret")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def fine(body=None, **headers) -> Answer:
    return Answer(status=200, headers=headers, body=msgspec.json.encode(body or {}))


def refusal(code: str, message: str = "why", status: int = 400, headers=None, **fields) -> Answer:
    body = {"__type": f"com.amazonaws.x#{code}", "message": message, **fields}
    return Answer(status=status, headers=headers or {}, body=msgspec.json.encode(body))


LOST = Unanswered("timed out")


class Script:
    """A sender that answers what it is told to, one answer per request; the last one again and again."""

    host = "service.eu-west-1.amazonaws.com"

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[str, dict]] = []
        self.headers: list[dict] = []
        self.raw: list[tuple[str, str, bytes]] = []

    def send(self, method, path, headers, body) -> Answer:
        operation = headers.get("X-Amz-Target", "").rpartition(".")[2]
        self.sent.append((operation, msgspec.json.decode(body) if operation and body else {}))
        self.raw.append((method, path, body))
        self.headers.append(dict(headers))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def sender(script: Script, service: str = "dynamodb", pauses: list | None = None, now=lambda: NOW):
    noted = pauses if pauses is not None else []
    return SignedSender(service, SETTINGS, lambda: KEYS, sender=script, pause=noted.append, now=now)


def service(*answers, name: str = "dynamodb", pauses: list | None = None, now=lambda: NOW):
    """A JSON service over a script; gives both."""
    script = Script(*answers)
    return JsonService(sender(script, name, pauses, now)), script
