"""Marking what survives a translation: the words that both sides of an example say."""

import re
from html import escape

TOKEN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.:/-]*[A-Za-z0-9])?")
NOTHING_BEFORE = r"(?<![A-Za-z0-9_:])(?<![0-9]\.)(?<![A-Za-z0-9]/)"
NOTHING_AFTER = r"(?![A-Za-z0-9_:]|\.[0-9]|/[0-9]+/)"


def kept(before: str, after: str) -> re.Pattern[str] | None:
    """Finds what both sides say: numbers, addresses and names in capitals, as whole words."""
    words = {word for word in TOKEN.findall(before) if word.isupper() or any(map(str.isdigit, word))}
    shared = [word for word in words if _whole(word).search(after)]
    return _whole(*sorted(shared, key=lambda word: (-len(word), word))) if shared else None


def _whole(*words: str) -> re.Pattern[str]:
    """`words` where no longer number, address or name goes on around them."""
    any_of = "|".join(map(re.escape, words))
    return re.compile(f"{NOTHING_BEFORE}(?:{any_of}){NOTHING_AFTER}")


def marked(text: str, kept: re.Pattern[str] | None) -> str:
    """`text` escaped, with what `kept` finds marked."""
    parts = []
    end = 0
    for match in kept.finditer(text) if kept else ():
        parts += [escape(text[end : match.start()]), f"<mark>{escape(match.group())}</mark>"]
        end = match.end()
    return "".join(parts) + escape(text[end:])
