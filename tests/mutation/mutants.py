"""Small faults, put into a module one at a time: what a test suite that means something must notice.

Each mutant changes one node of the syntax tree: a comparison, a boolean operator, a negation, a constant, a
condition, an arithmetic sign, a statement left out. Docstrings, annotations and texts for people are let be.
"""

import ast
import copy
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


Change = Callable[[Any], None]


class Mutant(NamedTuple):
    """One fault: where, what, and the module's source with it."""

    line: int
    what: str
    source: str


def mutants_of(source: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its nodes."""
    tree = ast.parse(source)
    for place, node in enumerate(ast.walk(tree)):
        for what, change in _changes(node):
            mutated = copy.deepcopy(tree)
            twin = list(ast.walk(mutated))[place]
            change(twin)
            ast.fix_missing_locations(mutated)
            yield Mutant(getattr(node, "lineno", 0), what, ast.unparse(mutated))


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:  # noqa: C901, PLR0912 one arm per kind of node
    match node:
        case ast.Compare(ops=ops):
            for place, operator in enumerate(ops):
                yield _named(operator, _COMPARISONS[type(operator)]), _compare(place)
        case ast.BoolOp(op=ast.And()):
            yield "and -> or", lambda twin: setattr(twin, "op", ast.Or())
        case ast.BoolOp(op=ast.Or()):
            yield "or -> and", lambda twin: setattr(twin, "op", ast.And())
        case ast.BinOp(op=operator) if type(operator) in _ARITHMETIC:
            yield _named(operator, _ARITHMETIC[type(operator)]), _arithmetic
        case ast.UnaryOp(op=ast.Not()):
            yield "not x -> x", _without_not
        case ast.Constant(value=bool()):
            yield f"{node.value} -> {not node.value}", _flip
        case ast.Constant(value=int()):
            yield f"{node.value} -> {node.value + 1}", _one_more
        case ast.If() | ast.IfExp():
            yield "if x -> if not x", _negated
        case ast.Return(value=value) if value is not None and not _is_none(value):
            yield "return x -> return None", lambda twin: setattr(twin, "value", ast.Constant(None))
        case ast.Expr(value=ast.Call()):
            yield "call left out", lambda twin: setattr(twin, "value", ast.Constant(value=None))
        case ast.comprehension(ifs=[_, *_]):
            yield "filter left out", lambda twin: setattr(twin, "ifs", [])
        case _:
            return


def _named(old: object, new: type) -> str:
    return f"{type(old).__name__} -> {new.__name__}"


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _compare(place: int) -> Change:
    def change(twin: ast.Compare) -> None:
        twin.ops[place] = _COMPARISONS[type(twin.ops[place])]()

    return change


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
