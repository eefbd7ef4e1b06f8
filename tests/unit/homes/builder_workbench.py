"""Builds of small sources, in a directory of their own."""

import threading
import zipfile
from pathlib import Path

import yaml

from laststop.build.order import BuildInput, BuildOrder
from laststop.homes.embedded.build_log import read_log
from laststop.homes.embedded.builder import ShellBuilder

SERVER = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "SECRET_OF_THE_SERVER": "x"}


class Workbench:
    """One project; every build of it has its own attempt."""

    def __init__(self, path):
        self.path = path
        self.number = 0

    def zip(self, name, files):
        archive = self.path / f"{name}.zip"
        with zipfile.ZipFile(archive, "w") as writing:
            for entry, content in files.items():
                writing.writestr(entry, content)
        return str(archive)

    def order(self, spec=None, files=None, **more):
        self.number += 1
        text = spec if spec is None or isinstance(spec, str) else yaml.safe_dump(spec)
        sources = dict(files or {}) | ({"buildspec.yml": text} if text is not None else {})
        inputs = (
            BuildInput(
                name="frontend", archive=self.zip(f"frontend-{self.number}", sources), revision="abc123"
            ),
        )
        defaults = {
            "key": f"{self.path}/Build/site/{self.number}",
            "project": "site",
            "build_number": self.number,
            "initiator": "codepipeline/translations",
            "workspace": str(self.path / f"work-{self.number}"),
            "cache_dir": str(self.path / "cache"),
            "log_file": str(self.path / f"log-{self.number}"),
            "inputs": inputs + tuple(more.pop("more_inputs", ())),
            "primary": "frontend",
            "outputs": (),
            "timeout_seconds": 20.0,
        }
        return BuildOrder(**(defaults | more))

    def run(self, order, cancelled=None, **settings):
        builder = ShellBuilder(server=SERVER, grace_seconds=settings.pop("grace_seconds", 0.3), **settings)
        return builder.run(order, cancelled or threading.Event())

    def build(self, spec=None, files=None, **more):
        """Build; returns the order, the result and the text of the log without our own lines."""
        order = self.order(spec, files, **more)
        result = self.run(order)
        return order, result, output_of(order)

    def commands(self, *commands, **more):
        return self.build(of(*commands), **more)


def of(*commands, **more):
    return {"version": "0.2", "phases": {"build": {"commands": list(commands)}}, **more}


def log_of(order):
    """Every line of the log, as text."""
    lines, offset = [], 0
    while page := read_log(Path(order.log_file), offset):
        if page.next_offset == offset:
            return lines
        lines += [line.text for line in page.lines]
        offset = page.next_offset
    return lines


def output_of(order):
    """The lines the commands wrote."""
    return [line for line in log_of(order) if not line.startswith("[laststop]")]


def own_lines_of(order):
    return [line.removeprefix("[laststop] ") for line in log_of(order) if line.startswith("[laststop]")]


def phases_of(result):
    return {phase.name.value: phase.status.value for phase in result.phases}
