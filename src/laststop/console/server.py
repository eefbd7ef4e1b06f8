"""The console as a server."""

from starlette.types import ASGIApp

from laststop.homes.shared.app_server import AppServer


class ConsoleServer(AppServer):
    """Serves the console's application."""

    def __init__(self, app: ASGIApp, *, host: str, port: int) -> None:
        """Nothing is bound yet; port 0 takes a free one. Whether `host` may be bound is `check_binding`'s."""
        hint = "choose another port with --port"
        super().__init__(app, host=host, port=port, what="the console", hint=hint, lifespan="on")
