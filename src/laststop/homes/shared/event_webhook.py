"""Events of pipelines, posted to an address of the user's own, signed like messages."""

from typing import Final

from laststop.homes.shared.signed_post import SignedPost
from laststop.pipeline.eventbridge import StateChange

PLACE: Final = "[[events]] webhook"


class EventWebhook:
    """The `Target` that posts each event as EventBridge would send it; its id is the delivery's."""

    def __init__(self, post: SignedPost) -> None:
        """`post` is where to."""
        self._post = post

    def tell(self, event: StateChange) -> None:
        """Post it; raises as `SignedPost.send`."""
        self._post.send(event.json(), event.id)

    def close(self) -> None:
        """Nothing to give up: an exchange is bounded in time."""
