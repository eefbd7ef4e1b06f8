"""The AWS home's parts that judge and tell."""

import functools
from collections.abc import Iterator

import msgspec

from laststop.build.masking import mask_lines, secret_lines
from laststop.errors import LaststopError
from laststop.functions.clerk import Clerk, tell
from laststop.functions.ports import Waiting
from laststop.functions.run_story import Archives, story_of
from laststop.functions.settle import Court
from laststop.homes.aws.messages import TableMessages
from laststop.homes.aws.secrets import Secrets
from laststop.notices.bulletin import Bulletin
from laststop.notices.story import Story
from laststop.wiring.aws import AwsHome, clock
from laststop.wiring.aws_judging import evidence, proofs
from laststop.wiring.aws_runs import causes, history
from laststop.wiring.function_log import log
from laststop.words.ids import RunId


def court(home: AwsHome) -> Court:
    """What judging works through."""
    return Court(
        **msgspec.structs.asdict(evidence(home)),
        history=history(home),
        releases=home.releases,
    )


def tell_everywhere(home: AwsHome, run: RunId, *, caller: str, waiting: Waiting) -> None:
    """Bring a run's message up to date at every bulletin; one that refuses does not keep the others.

    Raises: the first refusal, after all were tried.
    """
    archives = Archives(
        project=home.project.name,
        history=history(home),
        proofs=proofs(home),
        causes=causes(home),
        releases=home.releases,
        bill_versions=home.bill_versions,
        page_url=f"{home.site_url}/",
        owners=home.project.notices.owners,
    )

    def story(run: RunId) -> Story | None:
        return story_of(run, archives, waiting)

    refused: LaststopError | None = None
    secrets = _secrets(home)
    hide = functools.partial(mask_lines, lines=secret_lines(secrets))
    for bulletin in _bulletins(home, secrets):
        clerk = Clerk(
            messages=TableMessages(home.ledger_table),
            bulletin=bulletin,
            story=story,
            clock=clock,
            caller=caller,
            hide=hide,
        )
        try:
            wrote = tell(run, clerk)
        except LaststopError as error:
            log("message refused", run=run, bulletin=bulletin.name, error=hide(str(error)), hint=error.hint)
            refused = refused or error
        else:
            log("message", run=run, bulletin=bulletin.name, wrote=wrote)
    if refused is not None:
        raise refused


def _secrets(home: AwsHome) -> tuple[str, ...]:
    """What no text may show: the Slack token, if the project has a channel."""
    if not home.project.notices.slack_channel:
        return ()
    store = Secrets(home.service("secretsmanager"), home.service("ssm"))
    return (store.text(home.name("LASTSTOP_SLACK_SECRET_ARN")),)


def _bulletins(home: AwsHome, secrets: tuple[str, ...]) -> Iterator[Bulletin]:
    """Where the project's messages are posted."""
    channel = home.project.notices.slack_channel
    if channel and secrets:
        from laststop.homes.shared.slack import API_URL, SlackBulletin

        api_url = home.environment.get("LASTSTOP_SLACK_API_URL") or API_URL
        yield SlackBulletin(token=secrets[0], channel=channel, api_url=api_url)
