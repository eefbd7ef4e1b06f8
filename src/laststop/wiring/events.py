"""Who is told events of pipelines: the project's `[[events]]`, each with a courier of its own."""

import os
from collections.abc import Callable, Mapping

from laststop.config.project import PROJECT_FILE, EventsTable
from laststop.errors import UsageError
from laststop.homes.embedded.event_courier import EventCourier, Target, Telling, forget_others
from laststop.homes.embedded.functions.event_function import EventFunction
from laststop.homes.embedded.functions.user_functions import UserFunctions
from laststop.homes.shared.event_webhook import PLACE, EventWebhook
from laststop.homes.shared.signed_post import SignedPost
from laststop.notices.clean import Hide
from laststop.pipeline.event_pattern import read_pattern
from laststop.wiring.embedded import EmbeddedHome, clock
from laststop.wiring.notices import WEBHOOK_SECRET, usable_secret


class EventCouriers:
    """Everybody who tells events out of this server."""

    def __init__(
        self,
        home: EmbeddedHome,
        functions: UserFunctions,
        hide: Hide,
        say: Callable[[str], None],
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        """Nothing is told before `start`.

        Raises: UsageError when a webhook is named and the secret to sign with is missing.
        """
        self._home = home
        self._couriers = [
            EventCourier(
                store=home.store,
                telling=Telling(
                    name=table.name,
                    pattern=read_pattern(table.pattern),
                    target=_target(home, functions, table, environ),
                ),
                clock=clock,
                hide=hide,
                say=say,
            )
            for table in home.project.events
        ]

    def start(self) -> None:
        """Tell what is owed, and what comes."""
        forget_others(self._home.store, tuple(table.name for table in self._home.project.events))
        for courier in self._couriers:
            courier.start()

    def stop(self) -> None:
        """Tell no more."""
        for courier in self._couriers:
            courier.stop()


def _target(
    home: EmbeddedHome, functions: UserFunctions, table: EventsTable, environ: Mapping[str, str]
) -> Target:
    if table.function:
        return EventFunction(functions, home.folders, function=table.function, name=table.name)
    secret = usable_secret(WEBHOOK_SECRET, environ)
    if not secret:
        raise UsageError(
            "a webhook needs a secret to sign with",
            place=f"{PROJECT_FILE} {PLACE}",
            hint=f"give the server one in {WEBHOOK_SECRET}: openssl rand -hex 32",
        )
    return EventWebhook(SignedPost(url=table.webhook, secret=secret, clock=clock, place=PLACE))
