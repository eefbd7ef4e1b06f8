"""Builds the page from the metadata documents: `python3 build.py [FOLDER...]`, standard library only.

Without folders, the inputs of the build are read. The same inputs give the same bytes in `dist/`.
"""

import hashlib
import json
import os
import shutil
import sys
from html import escape
from pathlib import Path
from string import Template
from typing import Any

HERE = Path(__file__).resolve().parent
TARGET = HERE / "dist"
SHOWN_APART = {"title", "summary"}


def main() -> int:
    """Writes `dist/`; 1 and one line when there is nothing to build from."""
    documents = read_documents()
    if not documents:
        sys.stderr.write("build.py: no metadata document in the folders of CODEBUILD_SRC_DIR_*\n")
        return 1
    shutil.rmtree(TARGET, ignore_errors=True)
    (TARGET / "assets").mkdir(parents=True)
    style = (HERE / "src" / "style.css").read_bytes()
    style_path = f"assets/style.{hashlib.sha256(style).hexdigest()[:10]}.css"  # a new style has a new name
    (TARGET / style_path).write_bytes(style)
    page = Template((HERE / "src" / "page.html").read_text(encoding="utf-8"))
    sections = "\n".join(section(document) for document in documents)
    write("index.html", page.substitute(style=style_path, sections=sections))
    versions = {
        document["type"]: {name: entry["version"] for name, entry in sorted(document["algorithms"].items())}
        for document in documents
    }
    write("versions.json", json.dumps(versions, indent=2, ensure_ascii=False) + "\n")
    return 0


def read_documents() -> list[dict[str, Any]]:
    """The metadata documents among the inputs, by type."""
    inputs = [os.environ[key] for key in sorted(os.environ) if key.startswith("CODEBUILD_SRC_DIR_")]
    files = [file for folder in sys.argv[1:] or inputs for file in sorted(Path(folder).glob("*.json"))]
    found = [json.loads(file.read_bytes()) for file in files]
    documents = [each for each in found if isinstance(each, dict) and "type" in each and "algorithms" in each]
    return sorted(documents, key=lambda document: document["type"])


def section(document: dict[str, Any]) -> str:
    """One type with its algorithms."""
    algorithms = sorted(document["algorithms"].items())
    cards = "".join(card(name, entry["version"], entry.get("attributes", {})) for name, entry in algorithms)
    content = f"<ul>{cards}</ul>" if cards else "<p>Nothing released here yet.</p>"
    return f"<section><h2>{escape(document['type'])}</h2>{content}</section>"


def card(name: str, version: str, attributes: dict[str, Any]) -> str:
    """One algorithm: title, version, summary, then whatever else the catalog says about it."""
    title = escape(str(attributes.get("title", name)))
    summary = escape(str(attributes.get("summary", "")))
    facts = "".join(
        f"<div><dt>{escape(key.replace('_', ' '))}</dt><dd>{escape(plain(value))}</dd></div>"
        for key, value in sorted(attributes.items())
        if key not in SHOWN_APART
    )
    return (
        f"<li><h3>{title}</h3><p class='version'><code>{escape(name)}</code> <b>{escape(version)}</b></p>"
        + (f"<p>{summary}</p>" if summary else "")
        + (f"<dl>{facts}</dl>" if facts else "")
        + "</li>"
    )


def plain(value: object) -> str:
    """A value as people read it."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(plain(item) for item in value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def write(path: str, text: str) -> None:
    """Writes one file of the site."""
    (TARGET / path).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main())
