"""YAML that every reader reads alike.

Terraform, PyYAML and others disagree about `010`, `12:30`, `1_000`, `1e3`, `no`, dates and more. This loader
takes what they agree on - text, `true` and `false`, plain decimal whole numbers - and asks for quotes around
the rest. Anchors, aliases, merge keys, tags, directives and further documents are refused, so that what
stands in the file is all there is, and a small file stays small.
"""

import re
from pathlib import Path

import yaml

from laststop.errors import UsageError
from laststop.homes.shared.text_file import Located, read_text
from laststop.homes.shared.yaml_reading import Fault, FullError, Reading
from laststop.pipeline.problems import path_text, quoted

_ODD_BREAK = re.compile("[\x85\u2028\u2029]")


class YamlError(UsageError):
    """A file that is no YAML, or not of the kind everybody reads alike; `faults` has all that was found."""

    def __init__(self, faults: tuple[Fault, ...], *, file: str) -> None:
        """`file` is the name to show; the first fault becomes the message."""
        first = faults[0]
        place = f"{file}:{first.line} {path_text(first.path)}".rstrip()
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(first.message + more, place=place, hint=first.hint)
        self.faults = faults


def load_yaml(path: Path, *, file: str = "", hint: str = "") -> Located:
    """Read a file strictly; `file` is its name in messages, `hint` what to do when it is missing.

    Raises: NotFoundError, YamlError and other UsageErrors.
    """
    return parse_yaml(read_text(path, hint=hint), file=file or path.name)


def parse_yaml(text: str, *, file: str) -> Located:
    """Read YAML text strictly: all its values, and the line of each.

    Raises: YamlError with every fault.
    """
    odd = _ODD_BREAK.search(text)
    if odd:
        line = text.count("\n", 0, odd.start()) + 1
        message = f"there is an invisible line break here ({quoted(odd[0])})"
        raise YamlError(
            (Fault(line=line, message=message, hint="delete it and type the line again"),), file=file
        )
    reading = Reading(text)
    try:
        value = reading.document()
    except FullError:
        value = None
    except yaml.YAMLError as error:
        value = None
        reading.faults.append(_syntax_fault(error, text))
    except (ValueError, OverflowError):
        # PyYAML turns escapes such as "\UFFFFFFFF" and long version numbers into these
        value = None
        reading.faults.append(
            Fault(line=reading.line, message="there is an impossible character or number near this line")
        )
    if reading.faults:
        raise YamlError(tuple(sorted(reading.faults, key=lambda fault: fault.line)), file=file)
    return Located(value=value, places=reading.places)


def _syntax_fault(error: yaml.YAMLError, text: str) -> Fault:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark
        if error.context_mark is not None and (mark is None or "end of stream" in (error.problem or "")):
            mark = error.context_mark
        tab = "use spaces, not tabs" if "'\\t'" in (error.problem or "") else ""
        words = ", ".join(part for part in (error.context, error.problem) if part)
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 0)
        where = f" (column {column})" if column else ""
        return Fault(line=line, column=column, message=f"this is no YAML: {words}{where}", hint=tab)
    position = getattr(error, "position", 0)
    line = text.count("\n", 0, position if isinstance(position, int) else 0) + 1
    return Fault(line=line, message="there is a character here that YAML does not allow")
