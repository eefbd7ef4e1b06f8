"""One invocation of a function, in a process of its own, as Lambda's Python runtime would make it.

Started by its path with a few descriptors and never imported by laststop; it knows only the standard library,
because a function's own modules share its interpreter. Its standard input is a lifeline: what should be done
comes in as one line of JSON, and when the other end closes, the server is gone, and so is this process with
everything it started.

Source: the context object and the texts of errors as AWS Lambda's Python runtime has them, read 2026-11.
"""

import importlib.util
import json
import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn

_LIFELINE = 0
_MS = 1000
_MESSAGE_CHARACTERS_MAX = 4000


class Identity:
    """Empty: nobody signed in to anything."""

    cognito_identity_id = None
    cognito_identity_pool_id = None


class Context:
    """What a handler gets as its second argument."""

    def __init__(self, request_id: str, deadline_ms: int) -> None:
        """The rest stands in the environment, as on Lambda."""
        environ = os.environ
        self.aws_request_id = request_id
        self.function_name = environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        region = environ["AWS_REGION"]
        self.invoked_function_arn = f"arn:aws:lambda:{region}:000000000000:function:{self.function_name}"
        self.client_context = None
        self.identity = Identity()
        self._deadline_ms = deadline_ms

    def get_remaining_time_in_millis(self) -> int:
        """Until the invocation is ended."""
        return max(0, self._deadline_ms - int(time.time() * _MS))

    def log(self, message: object) -> None:
        """Write to the log, without a newline, as Lambda does."""
        sys.stdout.write(str(message))


def main() -> NoReturn:
    """Read what to do, do it, say how it ended through the descriptor of the first argument."""
    answers = int(sys.argv[1])
    os.set_inheritable(answers, False)  # noqa: FBT003 - positional in os
    lifeline = os.dup(_LIFELINE)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, _LIFELINE)
    os.close(nothing)
    order = _order(lifeline)
    threading.Thread(target=_hold_on, args=(lifeline,), daemon=True).start()
    failure = _invoke(order)
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(answers, json.dumps(failure).encode() + b"\n")
    os._exit(0)  # Lambda freezes what still runs in threads; here it ends


def _order(lifeline: int) -> dict[str, Any]:
    """The first line of the lifeline; without one there is nobody to work for."""
    read = bytearray()
    while not read.endswith(b"\n"):
        chunk = os.read(lifeline, 65536)
        if not chunk:
            os._exit(1)
        read += chunk
    order: dict[str, Any] = json.loads(read)
    return order


def _hold_on(lifeline: int) -> None:
    """End with the server: nothing that it started outlives it."""
    while os.read(lifeline, 1):
        pass
    os.killpg(os.getpgid(0), signal.SIGKILL)


def _invoke(order: dict[str, Any]) -> dict[str, str]:
    """Call the handler; empty when it returned, else what went wrong."""
    try:
        handler = _handler(Path(order["file"]), order["handler"])
        handler(order["event"], Context(order["request_id"], order["deadline_ms"]))
    except SystemExit as error:
        return _told("Runtime.ExitError", f"the handler called exit({error.code!r})")
    except BaseException as error:  # noqa: BLE001 - whatever a function raises is its failure, not ours
        trace = error.__traceback__
        own = __file__
        while trace is not None and trace.tb_frame.f_code.co_filename == own:
            trace = trace.tb_next
        sys.stderr.write("".join(traceback.format_exception(type(error), error, trace)))
        return _told(type(error).__name__, str(error))
    return {}


def _handler(file: Path, name: str) -> Any:
    """The function itself, its file loaded as a module that finds its neighbours."""
    sys.path.insert(0, str(file.parent))
    os.chdir(file.parent)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    handler = module
    for part in name.split("."):
        handler = getattr(handler, part)
    return handler


def _told(kind: str, message: str) -> dict[str, str]:
    return {"type": kind, "message": message[:_MESSAGE_CHARACTERS_MAX]}


if __name__ == "__main__":
    main()
