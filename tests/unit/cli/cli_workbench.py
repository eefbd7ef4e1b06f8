"""A project on disk and the command line over it, in this process."""

import json
import os
import subprocess
import sys
from pathlib import Path

from laststop.cli.app import run
from unit.homes.home_workbench import Home

PROJECT = """\
[project]
name = "translations"
types = ["routing", "firewall", "switching"]

[documents]
bucket = "docs"

[repositories]
"acme/frontend" = "./frontend"
"""
PIPELINE = """\
name: translations
pipelineType: V2
executionMode: SUPERSEDED
stages:
  - name: Source
    actions:
      - name: frontend
        actionTypeId: {category: Source, owner: AWS, provider: CodeStarSourceConnection, version: "1"}
        configuration: {ConnectionArn: "${connection_arn}", FullRepositoryId: acme/frontend, BranchName: main}
        outputArtifacts: [{name: frontend}]
  - name: Build
    actions:
      - name: build-site
        actionTypeId: {category: Build, owner: AWS, provider: CodeBuild, version: "1"}
        configuration: {ProjectName: site}
        inputArtifacts: [{name: frontend}]
        outputArtifacts: [{name: site}]
"""


class Done:
    """A command that has ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)


class Cli:
    """`cli("catalog", "list")`, in a project of its own."""

    def __init__(self, folder: Path, capsys) -> None:
        self.folder = folder
        self._capsys = capsys
        folder.mkdir(parents=True)
        (folder / "laststop.toml").write_text(PROJECT)
        (folder / "pipeline.yml").write_text(PIPELINE)

    def __call__(self, *words: str) -> Done:
        self._capsys.readouterr()
        code = run([*words, "-C", str(self.folder)] if words[0] != "--" else list(words[1:]))
        captured = self._capsys.readouterr()
        return Done(code, captured.out, captured.err)

    def ok(self, *words: str) -> Done:
        done = self(*words)
        assert done.code == 0, done.err
        return done

    def home(self) -> Home:
        """The same store, served by the workbench."""
        return Home(self.folder / ".laststop")

    def process(self, *words: str, stdin: bytes = b"", **environment: str) -> Done:
        """The same as a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "laststop", *words],
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            timeout=60,
            check=False,
            env={**os.environ, **environment},
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())
