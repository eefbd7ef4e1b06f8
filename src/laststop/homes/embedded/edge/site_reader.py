"""The blocking side of a fill: from a key to an answer, through the origin."""

import threading
from collections import OrderedDict
from collections.abc import Mapping

from laststop.errors import TransientError
from laststop.homes.embedded.edge.answer import (
    Answer,
    file_answer,
    missing_answer,
    moved_answer,
    own_answer,
)
from laststop.homes.embedded.edge.lookup import Found, Missing, Moved, look_up
from laststop.homes.embedded.edge.origin import Origin, SiteFile
from laststop.homes.embedded.edge.own_pages import NOTHING_LIVE
from laststop.words.digests import digest_of
from laststop.words.ids import Digest, ReleaseId

WHOLE_BYTES = 8 * 1024 * 1024
"""A file up to this size is read whole and kept; a larger one is passed on in pieces and never kept."""

PIECE_BYTES = 1024 * 1024
"""Units of passing on."""

_MANIFESTS = 2
"""The live release and the one before, whose last fills may still be under way."""


class SiteReader:
    """Reads answers from the origin.

    Concurrency: called from the fill threads; one lock guards what is remembered.
    """

    def __init__(self, origin: Origin) -> None:
        """The origin is only read."""
        self._origin = origin
        self._lock = threading.Lock()
        self._sites: OrderedDict[ReleaseId, Mapping[str, SiteFile]] = OrderedDict()
        self._missing_page: tuple[Digest, bytes] | None = None

    def answer(self, key: str, known: Answer | None) -> Answer:
        """What the live release has under a key; the body of `known` is used again if the content is equal.

        Raises: what the origin raises, and TransientError when a blob is not what the manifest says.
        """
        release = self._origin.release()
        if release is None:
            return own_answer(NOTHING_LIVE)
        outcome = look_up(self._site(release), key)
        match outcome:
            case Moved():
                return moved_answer(outcome, release)
            case Missing():
                return missing_answer(outcome, release, self._missing_body(outcome.page))
            case Found(file=file) if file.size_bytes > WHOLE_BYTES:
                first = self.piece(file.digest, 0, PIECE_BYTES)
                return file_answer(outcome, release, first, streamed=True)
            case Found(file=file):
                same = known is not None and known.digest == file.digest and not known.streamed
                body = known.body if known is not None and same else self._whole(file)
                return file_answer(outcome, release, body)

    def piece(self, digest: Digest, start: int, size_bytes: int) -> bytes:
        """Exactly so many bytes of a blob.

        Raises: TransientError when there are fewer, besides what the origin raises.
        """
        content = self._origin.read(digest, start, size_bytes)
        if len(content) != size_bytes:
            raise TransientError(f"blob {digest} ends before byte {start + size_bytes}", place="edge")
        return content

    def _site(self, release: ReleaseId) -> Mapping[str, SiteFile]:
        with self._lock:
            site = self._sites.get(release)
            if site is None:
                site = self._sites[release] = self._origin.site(release)
                while len(self._sites) > _MANIFESTS:
                    self._sites.popitem(last=False)
            return site

    def _whole(self, file: SiteFile) -> bytes:
        content = self._origin.read(file.digest)
        if digest_of(content) != file.digest:
            raise TransientError(f"blob {file.digest} holds other content", place="edge")
        return content

    def _missing_body(self, page: SiteFile | None) -> bytes | None:
        if page is None or page.size_bytes > WHOLE_BYTES:
            return None
        with self._lock:
            if self._missing_page is None or self._missing_page[0] != page.digest:
                self._missing_page = (page.digest, self._whole(page))
            return self._missing_page[1]
