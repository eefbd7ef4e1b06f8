"""The variables a build's shell starts with."""

import os
import shlex
import sys
import uuid
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from laststop.build.buildspec import Environment
from laststop.build.order import BuildOrder
from laststop.build.ports import Secrets
from laststop.errors import NotFoundError, UsageError

_PASSED_ALWAYS = frozenset(
    {
        "HOME", "LANG", "LC_ALL", "TZ",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS", "PIP_CERT",
        "npm_config_registry", "NPM_CONFIG_REGISTRY", "NPM_CONFIG_USERCONFIG",
        "PIP_INDEX_URL", "PIP_CONFIG_FILE",
    }
)  # fmt: skip
"""What builds see of the server's environment without being told to: how to reach the network, and where
they are. Anything else, tokens above all, only if `[build] pass` names it."""

_DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"
_PYTHONS = ("python3", "python")


def build_id_of(order: BuildOrder) -> str:
    """`project:uuid`; the UUID follows from the attempt's key, so a re-issue has the same."""
    return f"{order.project}:{uuid.uuid5(uuid.NAMESPACE_OID, order.key)}"


def stored_variables(order: BuildOrder, environment: Environment, secrets: Secrets | None) -> dict[str, str]:
    """The variables that a parameter or secret store holds on AWS, with their values.

    One that the action or the server gives is taken from there, any other from `secrets`.

    Raises: UsageError naming the first that nobody gives.
    """
    given = {**order.passed, **order.variables}
    found: dict[str, str] = {}
    for store, references in (
        ("parameter-store", environment.parameter_store),
        ("secrets-manager", environment.secrets_manager),
    ):
        for name, reference in references.items():
            if name in given:
                found[name] = given[name]
                continue
            try:
                if secrets is None:
                    raise NotFoundError(f"there is no {store} on this machine to read {name} from")  # noqa: TRY301
                read = secrets.parameter if store == "parameter-store" else secrets.secret
                found[name] = read(reference)
            except NotFoundError as error:
                raise UsageError(
                    error.message,
                    place=f"env.{store}.{name}",
                    hint=error.hint
                    or f"set {name} for the server, and add it to pass under [build] in laststop.toml",
                ) from error
    return found


def shell_program(environment: Environment, search_path: str) -> str:
    """The shell the buildspec asks for.

    Raises: UsageError when it asks for bash and there is none.
    """
    if environment.shell == "sh":
        return "/bin/sh"
    for directory in search_path.split(os.pathsep):
        program = Path(directory) / "bash"
        if directory and os.access(program, os.X_OK):
            return str(program)
    raise UsageError(
        "the buildspec asks for bash, which is not on PATH",
        place="env.shell",
        hint="install bash, or write the commands for /bin/sh and remove `shell: bash`",
    )


def search_path(server: Mapping[str, str], workspace: Path) -> str:
    """PATH: the interpreter that runs laststop first, then the server's.

    `python3` and `python` are then found even where the interpreter has neither name: a few lines of shell
    in `<workspace>/bin` stand in for the missing one (a link would lose its virtual environment).
    """
    interpreter = Path(sys.executable)
    directories = [str(interpreter.parent), server.get("PATH") or _DEFAULT_PATH]
    missing = [name for name in _PYTHONS if not (interpreter.parent / name).exists()]
    if missing:
        stand_ins = workspace / "bin"
        stand_ins.mkdir()
        for name in missing:
            script = stand_ins / name
            script.write_text(f'#!/bin/sh\nexec {shlex.quote(str(interpreter))} "$@"\n', encoding="utf-8")
            script.chmod(0o755)
        directories.insert(0, str(stand_ins))
    return os.pathsep.join(directories)


def shell_environment(
    order: BuildOrder,
    environment: Environment,
    *,
    server: Mapping[str, str],
    path: str,
    directories: Mapping[str, Path],
    started_at: datetime,
    stored: Mapping[str, str],
) -> dict[str, str]:
    """All variables, later ones winning: server, passed, buildspec, action, then the build's own.

    `directories` are those of the inputs, by name; `stored` are the buildspec's from parameters and secrets.
    """
    return {
        **passed_always(server),
        "PATH": path,
        **order.passed,
        **environment.variables,
        **stored,
        **order.variables,
        **_own(order, directories, started_at),
    }


def passed_always(server: Mapping[str, str]) -> dict[str, str]:
    """What everything that runs for a project sees of the server's environment."""
    return {name: value for name, value in server.items() if name in _PASSED_ALWAYS}


def source_variable(name: str) -> str:
    """The variable that holds the directory of an input: `CODEBUILD_SRC_DIR_routing_data`.

    A variable's name cannot contain `-`, which an artifact's name can: it becomes `_`.
    """
    return f"CODEBUILD_SRC_DIR_{name.replace('-', '_')}"


def _own(order: BuildOrder, directories: Mapping[str, Path], started_at: datetime) -> dict[str, str]:
    build_id = build_id_of(order)
    revision = next(source.revision for source in order.inputs if source.name == order.primary)
    own = {
        "CODEBUILD_BUILD_ID": build_id,
        "CODEBUILD_BUILD_IMAGE": "laststop/embedded",
        "CODEBUILD_BUILD_NUMBER": str(order.build_number),
        "CODEBUILD_BUILD_SUCCEEDING": "1",
        "CODEBUILD_INITIATOR": order.initiator,
        "CODEBUILD_LOG_PATH": build_id.rpartition(":")[2],
        "CODEBUILD_SRC_DIR": str(directories[order.primary]),
        "CODEBUILD_START_TIME": str(int(started_at.timestamp() * 1000)),
    }
    own |= {source_variable(name): str(path) for name, path in directories.items() if name != order.primary}
    return own | ({"CODEBUILD_RESOLVED_SOURCE_VERSION": revision} if revision else {})
