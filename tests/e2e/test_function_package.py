"""The functions' zip: the same bytes twice, everything in it, and imports that are cheap."""

import json
import os
import platform
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from laststop.cli.app import run
from laststop.errors import NotFoundError, TransientError, UsageError
from laststop.wiring.function_imports import import_times
from laststop.wiring.function_package import package_functions
from laststop.wiring.function_values import FUNCTIONS

pytestmark = pytest.mark.packages
HERE = "{}.{}".format(*sys.version_info)
MACHINE = {"aarch64": "arm64", "x86_64": "x86_64"}.get(platform.machine(), "")
ELF_MACHINE = {"arm64": 0xB7, "x86_64": 0x3E}
QUICK = ("publish", "deploy_site")
QUICK_RATIO_MAX = 0.5
RATIO_MAX = 1.3
TIMES = 5
ENVIRONMENT = {
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "LASTSTOP_PROJECT": "p",
    "LASTSTOP_SETTINGS": json.dumps({"project": {"name": "p", "types": ["routing"]}}),
    "LASTSTOP_CATALOG_TABLE": "catalog",
    "LASTSTOP_LEDGER_TABLE": "ledger",
    "LASTSTOP_DOCUMENTS_BUCKET": "documents",
    "LASTSTOP_SITE_BUCKET": "site",
    "LASTSTOP_PIPELINE": "p",
}
BOTO3 = """
import time
began = time.process_time()
import boto3
boto3.client("dynamodb", region_name="eu-west-1")
print(time.process_time() - began)
"""
OURS = """
import sys, time
sys.path.insert(0, sys.argv[1])
began = time.process_time()
function = __import__(f"laststop.lambdas.{sys.argv[2]}", fromlist=["HOME"])
for part in sys.argv[3:]:
    getattr(function.HOME, part) if "." not in part else __import__(part)
print(time.process_time() - began)
"""
NEEDS = {
    "publish": ("shelf",),
    "deploy_site": ("jobs", "runs", "releases", "site_ledger"),
    "start": ("documents", "releases", "runs", "site_ledger", "ledger_table"),
    "invalidate_edge": ("jobs", "releases", "site_ledger"),
    "verify_live": ("jobs", "runs", "releases", "site_ledger", "shelf", "bill_versions"),
    "announce": ("jobs", "runs", "releases", "shelf", "bill_versions", "laststop.homes.shared.slack"),
    "sweep": ("runs", "releases", "shelf", "bill_versions", "laststop.homes.shared.slack"),
    "release": ("runs", "releases", "site_ledger", "shelf", "bill_versions"),
    "answer_failure": ("jobs",),
}
"""What a first call makes besides the import."""


@pytest.fixture(scope="module")
def packaged(tmp_path_factory):
    """The zip for this machine and this Python."""
    if not MACHINE or sys.platform != "linux":
        pytest.skip(f"functions do not run on {platform.machine()} {sys.platform}")
    target = tmp_path_factory.mktemp("package") / "functions.zip"
    return package_functions(target, architecture=MACHINE, python=HERE, say=lambda _: None)


@pytest.fixture(scope="module")
def unpacked(packaged, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(packaged.path) as archive:
        archive.extractall(folder)
    return folder


def test_the_same_versions_give_the_same_bytes(packaged, tmp_path):
    again = package_functions(tmp_path / "again.zip", architecture=MACHINE, python=HERE, say=lambda _: None)
    assert again.sha256 == packaged.sha256
    assert (tmp_path / "again.zip").read_bytes() == Path(packaged.path).read_bytes()


def test_every_function_is_imported_from_the_zip_alone(packaged):
    times = import_times(packaged.path, python=HERE, architecture=MACHINE)
    assert set(times) == set(FUNCTIONS)
    print(f"{packaged.zipped_bytes / 2**20:.1f} MB:", {name: round(ms) for name, ms in times.items()})


def test_the_zip_holds_nothing_of_people_s_and_no_tests(packaged):
    with zipfile.ZipFile(packaged.path) as archive:
        names = archive.namelist()
    assert not [name for name in names if name.startswith(("laststop/cli/", "laststop/homes/embedded/"))]
    assert not [name for name in names if "/tests/" in name]
    assert [name for name in names if "LICENSE" in name.upper()]
    assert packaged.compiled
    assert [name for name in names if name.endswith(".pyc")]


def test_wheels_are_those_of_the_functions_processor(tmp_path):
    other = "arm64" if MACHINE == "x86_64" else "x86_64"
    made = package_functions(tmp_path / "other.zip", architecture=other, python="3.13", say=lambda _: None)
    with zipfile.ZipFile(made.path) as archive:
        libraries = [name for name in archive.namelist() if name.endswith(".so")]
        machines = {archive.read(name)[18] for name in libraries}
    assert machines == {ELF_MACHINE[other]}
    assert import_times(tmp_path / "other.zip", python="3.13", architecture=other) == {}


def test_a_first_call_costs_less_than_importing_boto3(unpacked):
    """Processor time: what a cold start pays, whatever else this machine does meanwhile."""
    base = min(seconds(BOTO3) for _ in range(TIMES))
    for name in FUNCTIONS:
        took = min(seconds(OURS, str(unpacked), name, *NEEDS[name], isolated=True) for _ in range(TIMES))
        ratio = took / base
        print(f"{name}: {took * 1000:.0f} ms, {ratio:.2f} of boto3 with a client ({base * 1000:.0f} ms)")
        assert ratio <= (QUICK_RATIO_MAX if name in QUICK else RATIO_MAX), name


def test_a_library_that_is_not_installed_or_not_there_is_named(tmp_path, monkeypatch):
    from laststop.wiring import function_imports, function_package, wheels

    monkeypatch.setattr(function_package, "LIBRARIES", ("no-such-library-of-ours",))
    with pytest.raises(NotFoundError, match="no-such-library-of-ours"):
        package_functions(tmp_path / "x.zip", architecture="arm64", python="3.13", say=lambda _: None)
    monkeypatch.setattr(function_package, "LIBRARIES", ("msgspec",))
    monkeypatch.setattr(wheels, "_installed", lambda name: "0.0.0")
    with pytest.raises(TransientError, match=r"msgspec==0\.0\.0"):
        package_functions(tmp_path / "x.zip", architecture="arm64", python="3.13", say=lambda _: None)
    assert list(tmp_path.iterdir()) == []
    assert function_imports.FUNCTIONS


def test_a_zip_that_is_too_large_is_not_left_behind(tmp_path, monkeypatch):
    from laststop.wiring import function_package

    monkeypatch.setattr(function_package, "ZIPPED_BYTES_MAX", 1000)
    with pytest.raises(UsageError, match="AWS takes 1000"):
        package_functions(tmp_path / "x.zip", architecture=MACHINE, python=HERE, say=lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_zip_and_values(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert run(["init", str(tmp_path / "p")]) == 0
    out = tmp_path / "build"
    assert (
        run(["aws", "package", "-C", str(tmp_path / "p"), "--out", str(out), "--architecture", MACHINE]) == 0
    )
    said = capsys.readouterr()
    assert str(out / "functions.zip") in said.out
    assert "import: publish" in said.err
    values = json.loads((out / "functions.json").read_text())
    assert values["runtime"] == f"python{HERE}"
    assert len(values["filterPatterns"]) == 5


def seconds(script: str, *words: str, isolated: bool = False) -> float:
    flags = ["-I", "-S"] if isolated else ["-I"]
    ended = subprocess.run(
        [sys.executable, *flags, "-c", script, *words],
        env={**os.environ, **ENVIRONMENT},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return float(ended.stdout)
