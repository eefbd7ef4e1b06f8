import hashlib
import io
import json
import zipfile

import pytest

from laststop.catalog.document import Document, Entry, empty, with_entries
from laststop.catalog.document_zip import etag, pack, unpack
from laststop.errors import InvariantError, UsageError

DOCUMENT = with_entries(
    empty("documents", ("routing", "firewall")),
    {
        ("routing", "ospf"): Entry(version="1.10", attributes={"title": "Règles", "b": [1, 0.5, None, True]}),
        ("routing", "bgp"): Entry(version="2"),
    },
)


def zipped(files, **kwargs):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", **kwargs) as archive:
        for name, text in files:
            archive.writestr(name, text)
    return packed.getvalue()


def test_builds_find_one_plain_file_per_type():
    with zipfile.ZipFile(io.BytesIO(pack(DOCUMENT))) as archive:
        assert archive.namelist() == ["firewall.json", "routing.json"]
        text = archive.read("routing.json").decode()
    assert text.startswith('{\n  "type": "routing",\n  "generation": 1,\n  "algorithms": {\n    "bgp": {')
    assert text.endswith("}\n")
    assert "Règles" in text
    assert json.loads(text)["algorithms"]["ospf"] == {
        "version": "1.10",
        "attributes": {"b": [1, 0.5, None, True], "title": "Règles"},
    }


def test_the_bytes_are_the_same_on_every_machine_and_python():
    digest = hashlib.sha256(pack(DOCUMENT)).hexdigest()
    assert digest == "3f814a03ae7c6b4eaf20bfd4c83620fffeba5268f68f3e4ca4d3e1ea496778fb"
    assert etag(pack(DOCUMENT)) == digest[:32]


def test_the_order_of_writing_leaves_no_trace():
    types = {
        type_: dict(reversed(entries.items())) for type_, entries in reversed(list(DOCUMENT.types.items()))
    }
    assert pack(Document(object="documents", generation=1, types=types)) == pack(DOCUMENT)


def test_a_document_survives_packing():
    assert unpack("documents", pack(DOCUMENT)) == DOCUMENT


def test_a_document_zipped_by_hand_is_read():
    text = '{"type": "routing", "generation": 3, "algorithms": {}}'
    content = zipped([("routing.json", text)], compression=zipfile.ZIP_DEFLATED)
    assert unpack("routing", content) == Document(object="routing", generation=3, types={"routing": {}})


GOOD = '{"type": "routing", "generation": 3, "algorithms": {}}'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no readable zip"),
        (b"{}", "no readable zip"),
        (pack(DOCUMENT)[:-30], "no readable zip"),
        (pack(DOCUMENT).replace(b"1.10", b"9.99"), "no readable zip"),  # the checksum tells
        (zipped([]), "one generation"),
        (zipped([("routing.json", "")]), "no document of a type"),
        (zipped([("routing.json", "[" * 100_000)]), "no document of a type"),
        (zipped([("routing.json", GOOD.replace("3", "-1"))]), "no document of a type"),
        (zipped([("routing.json", GOOD.replace("{}", '{"a": {"version": 1}}'))]), "no document of a type"),
        (zipped([("routing.json", GOOD.replace('"type"', '"extra": 1, "type"'))]), "no document of a type"),
        (zipped([("firewall.json", GOOD)]), 'of type "routing"'),
        (zipped([("../routing.json", GOOD)]), "no file of a document"),
        (zipped([("routing.json", GOOD), ("readme.txt", "x")]), "no file of a document"),
        (zipped([("routing.json", GOOD)], compression=zipfile.ZIP_LZMA), "no file of a document"),
        (
            zipped([("routing.json", GOOD), ("a.json", '{"type": "a", "generation": 4, "algorithms": {}}')]),
            "one generation",
        ),
    ],
)
def test_nonsense_is_refused_with_the_object_and_the_way_out(content, words):
    with pytest.raises(UsageError, match=words) as caught:
        unpack("routing", content)
    assert caught.value.place.startswith("routing")
    assert "sweep" in caught.value.hint


def test_two_files_of_one_name_are_refused():
    with pytest.warns(UserWarning, match="Duplicate"):
        content = zipped([("routing.json", GOOD), ("routing.json", GOOD)])
    with pytest.raises(UsageError, match="one name"):
        unpack("routing", content)


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr("laststop.catalog.document_zip.LARGEST_BYTES", 1000)
    content = zipped([("routing.json", b" " * 1001)], compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(UsageError, match="more than 1000 bytes"):
        unpack("routing", content)


def test_a_type_that_cannot_name_a_file_is_our_bug():
    with pytest.raises(InvariantError):
        pack(empty("documents", ("../x",)))
