"""Delivers pipeline events to the rules on the other side.

No caller may put events of `aws.codepipeline` on a bus, on AWS or on an emulator. So the relay does what
EventBridge would do behind it: it lists the rules, matches their patterns, and calls their targets.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from laststop.errors import LaststopError, TransientError, UsageError
from laststop.homes.stand_in.clients import Clients, answered
from laststop.homes.stand_in.target_input import input_of
from laststop.pipeline.event_pattern import read_pattern
from laststop.pipeline.eventbridge import StateChange

BUS = "default"


class Relay:
    """Matches events against the bus's rules, which are read anew for every batch.

    Delivery is at least once and in no order, as EventBridge's: whoever listens must bear both.
    Concurrency: one thread.
    """

    def __init__(self, clients: Clients, *, say: Callable[[str], None], shuffle: bool = True) -> None:
        """`say` is told of rules and targets that cannot be served."""
        self._clients = clients
        self._say = say
        self._shuffle = shuffle
        self._told: set[str] = set()

    def deliver(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Call every target whose rule matches; a target that refuses is told of and left out.

        Raises: TransientError when the other side does not answer; the whole batch may then be given again.
        """
        rules = list(self._rules())
        calls = [
            (target, event)
            for event in events
            for name, pattern in rules
            if pattern.matches(event)
            for target in self._targets(name)
        ]
        if self._shuffle:
            random.shuffle(calls)
        for target, event in calls:
            self._call(target, event)

    def _rules(self) -> Iterator[tuple[str, Any]]:
        with answered("eventbridge rules"):
            pages = self._clients.of("events").get_paginator("list_rules").paginate(EventBusName=BUS)
            rules = [rule for page in pages for rule in page["Rules"]]
        for rule in rules:
            if rule.get("State") == "DISABLED" or not rule.get("EventPattern"):
                continue
            try:
                yield str(rule["Name"]), read_pattern(str(rule["EventPattern"]))
            except UsageError as error:
                self._tell(f"rule {rule['Name']}: {error}")

    def _targets(self, rule: str) -> list[Mapping[str, Any]]:
        with answered(f"eventbridge targets of {rule}"):
            pages = (
                self._clients.of("events")
                .get_paginator("list_targets_by_rule")
                .paginate(Rule=rule, EventBusName=BUS)
            )
            return [target for page in pages for target in page["Targets"]]

    def _call(self, target: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        arn = str(target["Arn"])
        try:
            text = input_of(target, event)
            match arn.split(":")[2]:
                case "lambda":
                    self._invoke(arn, text)
                case "sqs":
                    self._send(arn, text)
                case service:
                    self._tell(f"target {arn}: only functions and queues are served here, no {service}")
        except TransientError:
            raise
        except LaststopError as error:
            self._tell(f"target {error}")

    def _invoke(self, arn: str, text: str) -> None:
        with answered(arn):
            self._clients.of("lambda").invoke(FunctionName=arn, InvocationType="Event", Payload=text.encode())

    def _send(self, arn: str, text: str) -> None:
        name = arn.rpartition(":")[2]
        with answered(arn):
            url = self._clients.of("sqs").get_queue_url(QueueName=name)["QueueUrl"]
            self._clients.of("sqs").send_message(QueueUrl=url, MessageBody=text)

    def _tell(self, text: str) -> None:
        """Say each trouble once; a rule that cannot be served would repeat it for every event."""
        if text not in self._told:
            self._told.add(text)
            self._say(text)


class RelayTarget:
    """The relay as somebody who is told events one by one."""

    def __init__(self, relay: Relay) -> None:
        """Nothing is delivered yet."""
        self._relay = relay

    def tell(self, event: StateChange) -> None:
        """Deliver one event to every target that wants it.

        Raises: TransientError when the other side does not answer.
        """
        self._relay.deliver([event.values()])

    def close(self) -> None:
        """Nothing is kept under way."""
