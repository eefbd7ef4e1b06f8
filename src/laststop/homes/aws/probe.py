"""Looking at the site through CloudFront, as a reader would."""

from collections.abc import Mapping

from laststop.homes.shared.page_fetch import fetch_page
from laststop.site.path import reader_address_of
from laststop.site.probe import Observation

TIMEOUT_SECONDS = 10.0
_NONE: Mapping[str, str] = {}


class SiteProbe:
    """The `Probe` port: the site's public address is the one edge there is to ask.

    Behind it answers whichever of CloudFront's locations is near: a proof says that this one shows the
    release, and the purge that came before it was AWS's word for all others. Concurrency: any thread.
    """

    def __init__(self, *urls: str, connect_to: str = "", headers: Mapping[str, str] = _NONE) -> None:
        """`urls` are the site's addresses (`https://www.example.org`), with scheme and without a path.

        `connect_to` (`host:port`) is where to connect instead, for emulators; `headers` open closed sites.
        """
        self._urls = tuple(url.rstrip("/") for url in urls)
        self._connect_to = connect_to
        self._headers = dict(headers)

    def edges(self) -> tuple[str, ...]:
        """The site's addresses."""
        return self._urls

    def fetch(self, edge: str, path: str) -> Observation:
        """What a reader gets; an index page is asked for by its directory."""
        found = fetch_page(
            edge,
            reader_address_of(path),
            timeout_seconds=TIMEOUT_SECONDS,
            connect_to=self._connect_to,
            headers=self._headers,
        )
        return Observation(status=found.status, digest=found.digest, body=found.body)
