"""Who is told, and through what: a project's bulletins, their couriers, and the secrets none may show."""

import functools
import os
from collections.abc import Callable, Mapping
from typing import Final

from laststop.build.masking import mask_lines, secret_lines
from laststop.config.project import PROJECT_FILE, Project
from laststop.errors import UsageError
from laststop.homes.embedded.courier import Courier
from laststop.homes.shared.text_file import read_text
from laststop.notices.bulletin import Bulletin
from laststop.notices.clean import Hide, names_a_secret
from laststop.wiring.embedded import EmbeddedHome, clock

SLACK_TOKEN: Final = "LASTSTOP_SLACK_TOKEN"  # noqa: S105 - the variable's name
SLACK_WEBHOOK: Final = "LASTSTOP_SLACK_WEBHOOK"
SLACK_API_URL: Final = "LASTSTOP_SLACK_API_URL"
WEBHOOK_SECRET: Final = "LASTSTOP_WEBHOOK_SECRET"  # noqa: S105 - the variable's name
OWN_SECRETS: Final = (SLACK_TOKEN, SLACK_WEBHOOK, WEBHOOK_SECRET, "LASTSTOP_TOKEN", "LASTSTOP_GITHUB_SECRET")


class Couriers:
    """Everybody who carries messages out of this server, and what none of them may carry."""

    def __init__(
        self, home: EmbeddedHome, say: Callable[[str], None], environ: Mapping[str, str] = os.environ
    ) -> None:
        """Nothing is carried before `start`.

        Raises: UsageError when a token or secret that the settings ask for is not there or cannot be one.
        """
        self.secrets = secrets_of(home.project, environ)
        self.hide: Hide = functools.partial(mask_lines, lines=secret_lines(self.secrets))
        self._couriers = [
            Courier(store=home.store, bulletin=bulletin, clock=clock, hide=self.hide, say=say)
            for bulletin in bulletins_of(home.project, environ)
        ]

    def start(self) -> None:
        """Carry what is owed, and what comes."""
        for courier in self._couriers:
            courier.start()

    def ring(self) -> None:
        """A message reads otherwise than before."""
        for courier in self._couriers:
            courier.ring()

    def stop(self) -> None:
        """Carry no more."""
        for courier in self._couriers:
            courier.stop()


def bulletins_of(project: Project, environ: Mapping[str, str]) -> tuple[Bulletin, ...]:
    """Where the project's messages are posted; with a bot token its incoming webhook is not used.

    Raises: UsageError as `Couriers` does.
    """
    found: list[Bulletin] = []
    notices = project.notices
    token, url = _slack_token(project, environ), usable_secret(SLACK_WEBHOOK, environ)
    if token and notices.slack_channel:
        from laststop.homes.shared.slack import API_URL, SlackBulletin

        api_url = environ.get(SLACK_API_URL) or API_URL
        found.append(SlackBulletin(token=token, channel=notices.slack_channel, api_url=api_url))
    elif url:
        from laststop.homes.shared.slack_webhook import IncomingWebhook

        if not url.startswith(("https://", "http://")):
            raise UsageError("it holds no address", place=SLACK_WEBHOOK, hint="copy it from the app's page")
        found.append(IncomingWebhook(url=url))
    if notices.webhook_url:
        from laststop.homes.shared.webhook_out import SignedWebhook

        secret = usable_secret(WEBHOOK_SECRET, environ)
        if not secret:
            raise UsageError(
                "a webhook needs a secret to sign with",
                place=f"{PROJECT_FILE} notices.webhook_url",
                hint=f"give the server one in {WEBHOOK_SECRET}: openssl rand -hex 32",
            )
        found.append(SignedWebhook(url=notices.webhook_url, secret=secret, clock=clock))
    if notices.file:
        from laststop.homes.shared.message_file import MessageFile

        found.append(MessageFile(project.root / notices.file))
    return tuple(found)


def secrets_of(project: Project, environ: Mapping[str, str]) -> tuple[str, ...]:
    """What no text may show: our own secrets, and variables for builds that are named like some."""
    passed = [name for name in project.build.passed if names_a_secret(name)]
    values = [environ.get(name, "") for name in (*OWN_SECRETS, *passed)]
    return tuple(dict.fromkeys(value for value in (*values, _slack_token(project, environ)) if value))


def _slack_token(project: Project, environ: Mapping[str, str]) -> str:
    """From the environment, else from the file the settings name; empty without either."""
    token = usable_secret(SLACK_TOKEN, environ)
    path = project.notices.slack_token_file
    if token or not path:
        return token
    place = f"{PROJECT_FILE} notices.slack_token_file"
    try:
        text = read_text(project.root / path)
    except UsageError as error:
        raise UsageError(
            error.message, place=place, hint=f"put the token there, or in {SLACK_TOKEN}"
        ) from error
    return _usable(text.strip(), place)


def usable_secret(variable: str, environ: Mapping[str, str]) -> str:
    """The value of a variable that could stand in a header; empty when there is none.

    Raises: UsageError when it could not.
    """
    return _usable(environ.get(variable, "").strip(), variable)


def _usable(secret: str, place: str) -> str:
    """Raises: UsageError when it could not stand in a header; its text is not shown."""
    if secret and not (secret.isascii() and secret.isprintable() and " " not in secret):
        raise UsageError("it holds characters that no token has", place=place, hint="copy it again")
    return secret
