"""Builds the page from the metadata documents: `python3 build.py [FOLDER...]`, standard library only.

Without folders, the inputs of the build are read (`CODEBUILD_SRC_DIR_<artifact>`). The same inputs give the
same bytes in `dist/`.
"""

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

from documents import Document, DocumentError, input_folders, read_documents
from names import algorithm_page, type_page
from pages import Pages, Section

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "src"
TARGET = HERE / "dist"


def main() -> int:
    """Writes `dist/`; 1 and one line when the documents cannot be used."""
    folders = [Path(argument) for argument in sys.argv[1:]] or input_folders(os.environ)
    try:
        documents = read_documents(folders)
    except DocumentError as error:
        sys.stderr.write(f"build.py: {error}\n")
        return 1
    site = json.loads((SOURCE / "site.json").read_text(encoding="utf-8"))
    sections = in_order(documents, site["types"])
    shutil.rmtree(TARGET, ignore_errors=True)
    pages = Pages(
        site=site,
        sections=sections,
        templates=texts(SOURCE / "templates"),
        icons=texts(SOURCE / "icons"),
        assets=copy_assets(),
    )
    write("index.html", pages.index())
    for section in sections:
        write(type_page(section.type), pages.type(section))
        for algorithm in section.algorithms:
            write(algorithm_page(section.type, algorithm.name), pages.algorithm(section, algorithm))
    write("versions.json", versions_text(sections))
    for section in sections:
        count = len(section.algorithms)
        sys.stdout.write(f"{section.type}: {count} algorithms, generation {section.generation}\n")
    return 0


def in_order(documents: list[Document], words: dict[str, dict[str, str]]) -> list[Section]:
    """The types in the order of `site.json`, the ones it does not know after them by name."""
    order = {name: position for position, name in enumerate(words)}
    ranked = sorted(documents, key=lambda document: (order.get(document.type, len(order)), document.type))
    return [
        Section(
            type=document.type,
            title=words.get(document.type, {}).get("title", document.type),
            lead=words.get(document.type, {}).get("lead", ""),
            line=position % 6 + 1,
            generation=document.generation,
            algorithms=document.algorithms,
        )
        for position, document in enumerate(ranked)
    ]


def texts(folder: Path) -> dict[str, str]:
    """The text files of a folder by their name without ending."""
    return {file.stem: file.read_text(encoding="utf-8").strip("\n") for file in sorted(folder.iterdir())}


def copy_assets() -> dict[str, str]:
    """Copies the assets under names that hold their digest, so that readers may keep them for ever."""
    names = {}
    for file in sorted((SOURCE / "assets").iterdir()):
        content = file.read_bytes()
        digest = hashlib.sha256(content).hexdigest()[:10]
        names[file.name] = f"assets/{file.stem}.{digest}{file.suffix}"
        target = TARGET / names[file.name]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return names


def versions_text(sections: list[Section]) -> str:
    """`{type: {algorithm: version}}`: what scripts, and the proof after a release, read."""
    versions = {
        section.type: {each.name: each.version for each in section.algorithms} for section in sections
    }
    return json.dumps(versions, indent=2, ensure_ascii=False) + "\n"


def write(path: str, text: str) -> None:
    """Writes one file of the site."""
    target = TARGET / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main())
