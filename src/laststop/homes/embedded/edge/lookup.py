"""What a site has under a key: a rule over a manifest, without I/O."""

from collections.abc import Mapping

import msgspec

from laststop.homes.embedded.edge.origin import SiteFile

INDEX = "index.html"
MISSING_PAGE = "404.html"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The site has this file under the key. `depends`: see `look_up`."""

    path: str
    file: SiteFile
    depends: frozenset[str]


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """The key names a directory that has an index; readers belong at `key`, which ends in a slash."""

    key: str
    depends: frozenset[str]


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """The site has nothing under the key; `page` is its own 404 page, if it brought one."""

    page: SiteFile | None
    depends: frozenset[str]


def look_up(files: Mapping[str, SiteFile], key: str) -> Found | Moved | Missing:
    """Resolve a key: `/` and `/dir/` mean their index, `/dir` moves there.

    `depends` names, as keys, every path whose presence or absence decided the outcome, and the key itself: a
    purge of any of them has to clear what was made of it. So `/404.html` clears the cached 404s, and
    `/dir/index.html` clears `/dir/` and the redirect at `/dir`.
    """
    path = key[1:]
    if not path or path.endswith("/"):
        index = path + INDEX
        file = files.get(index)
        depends = frozenset((key, "/" + index))
    else:
        file = files.get(path)
        if file is not None:
            return Found(path=path, file=file, depends=frozenset((key,)))
        index = f"{path}/{INDEX}"
        depends = frozenset((key, "/" + index))
        if index in files:
            return Moved(key=key + "/", depends=depends)
    if file is not None:
        return Found(path=index, file=file, depends=depends)
    return Missing(page=files.get(MISSING_PAGE), depends=depends | {"/" + MISSING_PAGE})
