"""A mutant takes the place of what is loaded already, wherever it was imported."""

import sys
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

from mutation.mutants import Mutant, mutated


class UnusableError(Exception):
    """A mutant whose module cannot even be imported."""


def put(module: str, source: str, mutant: Mutant) -> None:
    """Change a loaded module as the mutant says, for this process and for good.

    A function gets other code and defaults, and stays the same object, so everybody who imported it calls the
    mutant. A constant is replaced in every module that imported it under its name.
    Raises: UnusableError when the mutated module raises anything while it is run.
    """
    whole = sys.modules[module]
    twin = ModuleType(module)
    code = compile(mutated(source, mutant), whole.__file__ or module, "exec")
    try:
        exec(code, twin.__dict__)
    except Exception as error:
        raise UnusableError(mutant.name) from error
    if mutant.function:
        _change_function(_function(whole, mutant.function), _function(twin, mutant.function))
        return
    for old, new in _pairs(whole, twin):
        _change_function(old, new)
    for name, value in _constants(twin):
        if value != getattr(whole, name):
            _replace(name, getattr(whole, name), value)


def _function(module: ModuleType, name: str) -> FunctionType:
    found: Any = module
    for part in name.split("."):
        found = vars(found)[part]
    if isinstance(found, property):
        found = found.fget
    if hasattr(found, "cache_clear"):
        found.cache_clear()
    found = getattr(found, "__wrapped__", found)
    assert isinstance(found, FunctionType), f"{name} is no function"
    return found


def _change_function(old: FunctionType, new: FunctionType) -> None:
    old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__


def _pairs(whole: ModuleType, twin: ModuleType) -> Iterator[tuple[FunctionType, FunctionType]]:
    """Functions of the module itself, before and after: their defaults stand outside of them."""
    for name, made in vars(twin).items():
        if isinstance(made, FunctionType) and made.__module__ == twin.__name__:
            yield _function(whole, name), made


def _constants(twin: ModuleType) -> Iterator[tuple[str, Any]]:
    """What the module itself assigned and is neither function nor class nor module."""
    for name, value in vars(twin).items():
        if not name.startswith("__") and not isinstance(value, FunctionType | ModuleType | type):
            yield name, value


def _replace(name: str, old: object, new: object) -> None:
    for module in list(sys.modules.values()):
        if getattr(module, "__dict__", {}).get(name) is old:
            setattr(module, name, new)
