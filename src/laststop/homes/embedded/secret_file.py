"""What AWS keeps in the parameter store and in Secrets Manager, in a file of this machine.

```toml
# .laststop/secrets.toml, readable by its owner alone
[parameter_store]
"/web/token" = "..."

[secrets_manager]
"web/password" = "..."
"web/database" = { user = "web", password = "..." }
```

The file is read anew every time, so a secret that was changed is used by the next build.
"""

import json
import re
import stat
import tomllib
from pathlib import Path
from typing import Any, Final

from laststop.errors import DeniedError, NotFoundError, UsageError

_ARN_PARTS: Final = 7
_OTHERS_MAY: Final = stat.S_IRWXG | stat.S_IRWXO
_SUFFIX: Final = re.compile(r"-[A-Za-z0-9]{6}$")
"""What Secrets Manager adds to a secret's name in its ARN."""
_CURRENT: Final = ("", "AWSCURRENT")


class SecretFile:
    """The `Secrets` port over one TOML file."""

    def __init__(self, path: Path) -> None:
        """The file need not be there."""
        self.path = path

    def parameter(self, name: str) -> str:
        """A parameter's value.

        Raises: NotFoundError without it, DeniedError when others can read the file, UsageError for a file
            that is no such TOML.
        """
        value = self._table("parameter_store").get(name)
        if value is None:
            raise self._missing("parameter_store", name)
        return self._text(value, f'parameter_store."{name}"')

    def secret(self, reference: str) -> str:
        """What `id:json-key:version-stage:version-id` stands for; the id may be an ARN.

        Raises: as `parameter`; NotFoundError for a key that is not in it, UsageError for an older version.
        """
        identity, key, version = _parts(reference)
        if version:
            raise UsageError(
                f"{reference[:200]!r} asks for an older version; only the current one is kept here",
                place=str(self.path),
            )
        table = self._table("secrets_manager")
        value = table.get(identity, table.get(_SUFFIX.sub("", identity)))
        if value is None:
            raise self._missing("secrets_manager", identity)
        place = f'secrets_manager."{identity}"'
        if not key:
            return json.dumps(value) if isinstance(value, dict) else self._text(value, place)
        members = value if isinstance(value, dict) else self._members(value, place)
        if key not in members:
            raise NotFoundError(f"the secret has no key {key!r}", place=f"{self.path} {place}")
        return self._text(members[key], f"{place}.{key}")

    def _members(self, value: Any, place: str) -> dict[str, Any]:
        """A secret that is kept as the JSON text AWS would give."""
        try:
            decoded = json.loads(self._text(value, place))
        except ValueError as error:
            raise UsageError("the secret holds no keys and values", place=f"{self.path} {place}") from error
        if not isinstance(decoded, dict):
            raise UsageError("the secret holds no keys and values", place=f"{self.path} {place}")
        return decoded

    def _table(self, name: str) -> dict[str, Any]:
        try:
            with self.path.open("rb") as file:
                if stat.S_IMODE(self.path.stat().st_mode) & _OTHERS_MAY:
                    raise DeniedError(
                        "others than its owner can read it",
                        place=str(self.path),
                        hint=f"chmod 600 {self.path}",
                    )
                tables = tomllib.load(file)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise DeniedError(f"cannot be read ({error.strerror})", place=str(self.path)) from error
        except ValueError as error:  # its text may show a secret: only the place goes on
            raise UsageError("this is no TOML", place=str(self.path)) from error
        table = tables.get(name, {})
        if not isinstance(table, dict):
            raise UsageError(f"[{name}] is no table", place=str(self.path))
        return table

    def _text(self, value: Any, place: str) -> str:
        if not isinstance(value, str) or not value:
            raise UsageError("a secret is a text", place=f"{self.path} {place}", hint="put it in quotes")
        return value

    def _missing(self, table: str, name: str) -> NotFoundError:
        return NotFoundError(
            f"no {table.replace('_', ' ')} here holds {name[:200]!r}",
            place=str(self.path),
            hint=f'add "{name[:200]}" under [{table}] in {self.path}, readable by you alone',
        )


def _parts(reference: str) -> tuple[str, str, str]:
    """Id, key, and the version if it is not simply the current one."""
    parts = reference.split(":")
    length = _ARN_PARTS if parts[0] == "arn" else 1
    identity = ":".join(parts[:length])
    if length == _ARN_PARTS:
        identity = parts[_ARN_PARTS - 1] if len(parts) >= _ARN_PARTS else identity
    key, stage, version = (*parts[length:], "", "", "")[:3]
    return identity, key, version or ("" if stage in _CURRENT else stage)
