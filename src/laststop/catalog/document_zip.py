"""A metadata document as the zip that builds unzip.

One `<type>.json` per type, sorted, stored uncompressed, with one fixed date: the same document is the same
bytes on every machine and Python, so a digest of the bytes compares documents.
"""

import hashlib
import io
import re
import zipfile
import zlib
from typing import Annotated

import msgspec

from laststop.catalog.document import Document, Entry
from laststop.errors import InvariantError, UsageError

LARGEST_BYTES = 268_435_456
"""Of all files unpacked; a document of a million small entries stays below."""

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say
_UNIX = 3
_ORDINARY_FILE = 0o100644 << 16
_TYPE_FILE = re.compile(r"([A-Za-z0-9_-]{1,255})\.json")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
)


class _TypeFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of `<type>.json`."""

    type: str
    generation: Annotated[int, msgspec.Meta(ge=0)]
    algorithms: dict[str, Entry]


def pack(document: Document) -> bytes:
    """The bytes of a document: equal for equal documents, different otherwise."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for type_ in sorted(document.types):
            name = f"{type_}.json"
            if not _TYPE_FILE.fullmatch(name):
                raise InvariantError(f'the type "{type_}" cannot name a file')
            info = zipfile.ZipInfo(name, date_time=_EPOCH)
            info.create_system = _UNIX
            info.external_attr = _ORDINARY_FILE
            archive.writestr(info, type_json(document, type_))
    return packed.getvalue()


def type_json(document: Document, type_: str) -> bytes:
    """The file of one type: sorted keys, UTF-8, two blanks of indent, a newline at the end."""
    content = _TypeFile(type=type_, generation=document.generation, algorithms=document.types[type_])
    return msgspec.json.format(msgspec.json.encode(content, order="deterministic"), indent=2) + b"\n"


def unpack(object_: str, content: bytes) -> Document:
    """Read the document of an object back from its bytes.

    Raises: UsageError naming the object and the file in it that is not as `pack` writes it.
    """
    try:
        files = [_type_file(object_, name, text) for name, text in _texts(object_, content)]
    except _BROKEN as error:
        raise UsageError(f"is no readable zip: {error}", place=object_, hint=_HINT) from error
    generations = {file.generation for file in files}
    if len(generations) != 1:
        raise UsageError("its files are not of one generation", place=object_, hint=_HINT)
    return Document(
        object=object_, generation=generations.pop(), types={file.type: file.algorithms for file in files}
    )


def etag(content: bytes) -> str:
    """What tells two contents of an object apart: 32 hex digits of their SHA-256."""
    return hashlib.sha256(content).hexdigest()[:32]


_HINT = "laststop sweep writes it anew from the catalog"


def _texts(object_: str, content: bytes) -> list[tuple[str, bytes]]:
    """Names and bytes of the files, refused before anything large is read."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        infos = archive.infolist()
        if len({info.filename for info in infos}) < len(infos):
            raise UsageError("two of its files have one name", place=object_, hint=_HINT)
        if sum(info.file_size for info in infos) > LARGEST_BYTES:
            raise UsageError(f"unpacks to more than {LARGEST_BYTES} bytes", place=object_, hint=_HINT)
        for info in infos:
            if not _TYPE_FILE.fullmatch(info.filename) or info.compress_type not in _METHODS:
                raise UsageError("is no file of a document", place=f"{object_}/{info.filename}", hint=_HINT)
        return [(info.filename, archive.read(info)) for info in infos]


def _type_file(object_: str, name: str, text: bytes) -> _TypeFile:
    """One file, decoded strictly."""
    place = f"{object_}/{name}"
    try:
        file = msgspec.json.decode(text, type=_TypeFile)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise UsageError(f"is no document of a type: {error}", place=place, hint=_HINT) from error
    if f"{file.type}.json" != name:
        raise UsageError(f'says it is of type "{file.type}"', place=place, hint=_HINT)
    return file
