"""The few pages the edge shows on its own account."""

from html import escape

import msgspec

_STYLE = """
:root{color-scheme:light dark;--ink:#1a1f2b;--soft:#5a6478;--paper:#f7f8fa;--line:#d8dde6;--mark:#0b6e4f}
@media(prefers-color-scheme:dark){:root{--ink:#e8ecf3;--soft:#9aa5b8;--paper:#12151c;--line:#2b3240;--mark:#5fd3a6}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--paper);color:var(--ink);
font:17px/1.6 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:34rem;border-left:4px solid var(--mark);padding:.25rem 0 .25rem 1.5rem}
p.code{margin:0;color:var(--soft);font-variant-numeric:tabular-nums;letter-spacing:.06em}
h1{margin:.1em 0 .4em;font-size:clamp(1.5rem,5vw,2.1rem);line-height:1.2}
p{margin:0 0 .6em;color:var(--soft)}
a{color:var(--mark)}
""".replace("\n", "")


class OwnPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the edge itself. `retry_after_seconds` 0 means that trying again does not help."""

    status: int
    title: str
    text: str
    home_link: bool = False
    retry_after_seconds: int = 0

    @property
    def html(self) -> bytes:
        """The whole document."""
        link = '<p><a href="/">To the start page</a></p>' if self.home_link else ""
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            f"<title>{escape(self.title)}</title><style>{_STYLE}</style></head>"
            f'<body><main><p class="code">{self.status}</p><h1>{escape(self.title)}</h1>'
            f"<p>{escape(self.text)}</p>{link}</main></body></html>"
        ).encode()


def bad_request(reason: str) -> OwnPage:
    """The request makes no sense, for this reason."""
    return OwnPage(status=400, title="This address cannot be read", text=f"{reason[:1].upper()}{reason[1:]}.")


NOT_FOUND = OwnPage(
    status=404,
    title="There is no such page",
    text="The site that is live now has nothing under this address.",
    home_link=True,
)
METHOD_NOT_ALLOWED = OwnPage(status=405, title="Only for reading", text="The edge answers GET and HEAD.")
TOO_LONG = OwnPage(status=414, title="This address is too long", text="A path has at most 4,000 bytes.")
WRONG_HOST = OwnPage(
    status=421,
    title="Not known by this name",
    text="The edge answers to the names of this machine only; others have to be allowed when it is started.",
)
NOTHING_LIVE = OwnPage(
    status=503,
    title="Nothing is live yet",
    text="No release has been deployed so far. This page gives way to the site as soon as the first one is.",
    retry_after_seconds=5,
)
OUT_OF_REACH = OwnPage(
    status=503,
    title="The site cannot be read just now",
    text="The edge could not get this page from where releases are kept, and has no copy of its own.",
    retry_after_seconds=2,
)
