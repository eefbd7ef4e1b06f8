"""How long each function's import takes from the zip alone, and whether it works at all."""

import platform
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from laststop.errors import RunError
from laststop.wiring.function_values import FUNCTIONS

_MACHINES: Final = {"aarch64": "arm64", "arm64": "arm64", "x86_64": "x86_64", "AMD64": "x86_64"}
_SECONDS_MAX = 60
_SCRIPT = """
import sys, time
sys.path.insert(0, sys.argv[1])
began = time.perf_counter()
__import__(sys.argv[2])
print((time.perf_counter() - began) * 1000)
"""


def import_times(package: Path, *, python: str, architecture: str) -> dict[str, float]:
    """Function -> milliseconds of its import, in an interpreter that sees nothing but the zip's content.

    Empty where the zip is for another processor or another Python than this one.
    Raises: RunError when a function cannot be imported: something is missing in the zip.
    """
    here = "{}.{}".format(*sys.version_info)
    if python != here or _MACHINES.get(platform.machine()) != architecture or sys.platform != "linux":
        return {}
    with tempfile.TemporaryDirectory(prefix="laststop-imports-") as folder:
        with zipfile.ZipFile(package) as archive:
            archive.extractall(folder)
        return {name: _milliseconds(folder, name) for name in FUNCTIONS}


def _milliseconds(folder: str, name: str) -> float:
    command = [sys.executable, "-I", "-S", "-c", _SCRIPT, folder, f"laststop.lambdas.{name}"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS_MAX, check=False)
    if ended.returncode:
        said = ended.stderr.strip().splitlines()
        raise RunError(f"{name} cannot be imported from the zip: {said[-1] if said else 'no reason given'}")
    return float(ended.stdout)
