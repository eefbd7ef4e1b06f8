"""The object endpoint as a server on the loopback address."""

from starlette.applications import Starlette

from laststop.homes.shared.app_server import AppServer


class ObjectServer(AppServer):
    """Listens on a free port of the loopback address."""

    def __init__(self, app: Starlette) -> None:
        """Nothing is bound yet."""
        super().__init__(app, host="127.0.0.1", port=0, what="the object endpoint", hint="", lifespan="off")
