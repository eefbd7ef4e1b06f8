"""Looking at the site through the edges, as a reader would."""

from laststop.homes.embedded.edge_client import EdgeClient
from laststop.site.path import reader_address_of
from laststop.site.probe import Observation


class EdgeProbe:
    """The `Probe` port: every living edge, addressed as readers address it."""

    def __init__(self, client: EdgeClient) -> None:
        """Fetches by `client`, which breaks no cache and follows no redirect."""
        self._client = client

    def edges(self) -> tuple[str, ...]:
        """The addresses of the living edges."""
        return self._client.urls()

    def fetch(self, edge: str, path: str) -> Observation:
        """What a reader gets; an index page is asked for by its directory."""
        found = self._client.fetch(edge, reader_address_of(path))
        return Observation(status=found.status, digest=found.digest, body=found.body)
