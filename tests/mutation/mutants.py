"""Small faults, put into a module one at a time: what a test suite that means something must notice.

Each mutant changes one node of the syntax tree: a comparison, a boolean operator, a negation, a constant, a
condition, an arithmetic sign, a statement left out. Docstrings, annotations, aliases of types, the options of
classes and texts for people are let be: no behaviour is in them.
"""

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_TEXT_MAX = 70
"""Characters of the code before and after in a mutant's name."""

Change = Callable[[Any], None]


class Mutant(NamedTuple):
    """One fault. `name` tells function, code before and after, and no line: it outlives edits elsewhere.

    `function` is the outermost function or method it is in, empty outside of all; `place` and `number` say
    which node of the tree, and which of its changes.
    """

    name: str
    line: int
    function: str
    place: int
    number: int


def mutants_of(source: str, module: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its nodes."""
    tree = ast.parse(source)
    places = {id(node): place for place, node in enumerate(ast.walk(tree))}
    seen: Counter[str] = Counter()
    for node, parent, function in _visited(tree, tree, ""):
        shown = parent if isinstance(node, ast.Constant) else node
        for number, change in enumerate(_changes(node, in_function=bool(function))):
            before, kept = _text(shown), copy.copy(node)
            change(node)
            changed = f"{before} => {_text(shown, node)}"
            node.__dict__.update(kept.__dict__)
            name = ".".join(filter(None, (module.removeprefix("laststop."), function))) + ": " + changed
            seen[name] += 1
            if seen[name] > 1:
                name = f"{name} ({seen[name]})"
            yield Mutant(name, _line(node), function, places[id(node)], number)


def mutated(source: str, mutant: Mutant) -> ast.Module:
    """The tree of a module with one of its mutants in it."""
    tree = ast.parse(source)
    node = list(ast.walk(tree))[mutant.place]
    list(_changes(node, in_function=bool(mutant.function)))[mutant.number](node)
    return ast.fix_missing_locations(tree)


def _visited(node: ast.AST, parent: ast.AST, function: str) -> Iterator[tuple[ast.AST, ast.AST, str]]:
    """Every node with behaviour in it, its parent, and the outermost function or method around it."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef) and "()" not in function:
        function = f"{function}.{node.name}" if function else node.name
        function += "()" if isinstance(node, ast.FunctionDef) else ""
    yield node, parent, function.removesuffix("()") if "()" in function else ""
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns"} or (isinstance(node, ast.ClassDef) and name == "keywords"):
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.AST):
                yield from _visited(each, node, function)


def _line(node: ast.AST) -> int:
    return node.target.lineno if isinstance(node, ast.comprehension) else getattr(node, "lineno", 0)


def _text(shown: ast.AST, changed: ast.AST | None = None) -> str:
    """The code of a node in a line; of a condition the condition alone, of a statement left out nothing."""
    match shown:
        case ast.Expr(value=ast.Constant(value=None)) if changed is shown:
            return "nothing"
        case ast.If(test=test):
            text = f"if {ast.unparse(test)}"
        case ast.comprehension(target=target, ifs=ifs):
            text = f"{ast.unparse(target)} if {' if '.join(map(ast.unparse, ifs))}" if ifs else "no filter"
        case ast.arguments(args=args, defaults=defaults, kwonlyargs=only, kw_defaults=given):
            pairs = [
                *zip(args[len(args) - len(defaults) :], defaults, strict=True),
                *zip(only, given, strict=True),
            ]
            text = ", ".join(f"{each.arg}={ast.unparse(value)}" for each, value in pairs if value is not None)
        case _:
            text = ast.unparse(shown)
    text = " ".join(text.split())
    return text if len(text) <= _TEXT_MAX else f"{text[: _TEXT_MAX - 1]}…"


def _changes(node: ast.AST, *, in_function: bool) -> Iterator[Change]:
    match node:
        case ast.Compare(ops=ops):
            yield from (_compare(place) for place in range(len(ops)))
        case ast.BoolOp():
            yield _other_word
        case ast.BinOp(op=ast.BitOr()) if not in_function:
            return  # a union of types
        case ast.BinOp(op=operator) if type(operator) in _ARITHMETIC:
            yield _arithmetic
        case ast.UnaryOp(op=ast.Not()):
            yield _without_not
        case ast.Constant(value=bool()):
            yield _flip
        case ast.Constant(value=int()):
            yield _one_more
        case ast.If() | ast.IfExp():
            yield _negated
        case ast.Return(value=value) if value is not None and not _is_none(value):
            yield lambda twin: setattr(twin, "value", ast.Constant(None))
        case ast.Expr(value=ast.Call()):
            yield lambda twin: setattr(twin, "value", ast.Constant(value=None))
        case ast.comprehension(ifs=[_, *_]):
            yield lambda twin: setattr(twin, "ifs", [])
        case _:
            return


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _compare(place: int) -> Change:
    def change(twin: ast.Compare) -> None:
        other = _COMPARISONS[type(twin.ops[place])]()
        twin.ops = [*twin.ops[:place], other, *twin.ops[place + 1 :]]

    return change


def _other_word(twin: ast.BoolOp) -> None:
    twin.op = ast.Or() if isinstance(twin.op, ast.And) else ast.And()


def _arithmetic(twin: ast.BinOp) -> None:
    twin.op = _ARITHMETIC[type(twin.op)]()


def _without_not(twin: ast.UnaryOp) -> None:
    """Twice negated is as good as none."""
    twin.operand = ast.UnaryOp(op=ast.Not(), operand=twin.operand)


def _flip(twin: ast.Constant) -> None:
    twin.value = not twin.value


def _one_more(twin: ast.Constant) -> None:
    assert isinstance(twin.value, int)
    twin.value += 1


def _negated(twin: ast.If | ast.IfExp) -> None:
    twin.test = ast.UnaryOp(op=ast.Not(), operand=twin.test)
