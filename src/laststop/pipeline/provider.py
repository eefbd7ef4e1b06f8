"""What can be said of a kind of action or rule: its configuration keys, its artifacts, its variables."""

import msgspec


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One configuration key; `choices` are its only values, when there are only some."""

    name: str
    required: bool = False
    choices: tuple[str, ...] = ()


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """What an action of this type takes and gives.

    `inputs` and `outputs` are the least and the most artifacts; `variables` are the keys of its output
    variables, None when they are the action's own affair.
    """

    text: str
    inputs: tuple[int, int]
    outputs: tuple[int, int]
    keys: tuple[Key, ...]
    variables: tuple[str, ...] | None = ()

    def key(self, name: str) -> Key | None:
        """The configuration key of that name."""
        return next((key for key in self.keys if key.name == name), None)


def must(*names: str) -> tuple[Key, ...]:
    """Keys that have to be there."""
    return tuple(Key(name=name, required=True) for name in names)


def may(*names: str, choices: tuple[str, ...] = ()) -> tuple[Key, ...]:
    """Keys that may be there."""
    return tuple(Key(name=name, choices=choices) for name in names)
