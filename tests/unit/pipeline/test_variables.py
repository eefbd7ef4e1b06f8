import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laststop.errors import UsageError
from laststop.pipeline.variables import (
    Reference,
    UnresolvedVariableError,
    malformed,
    references,
    resolve,
    resolve_configuration,
)

VALUES = {
    "build": {"VERSION": "1.2", "TRAP": "#{build.VERSION}"},
    "codepipeline": {"PipelineExecutionId": "x"},
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("#{build.VERSION}", "1.2"),
        ("v#{build.VERSION}-#{codepipeline.PipelineExecutionId}!", "v1.2-x!"),
        ("#{build.TRAP}", "#{build.VERSION}"),  # a value is never read again
        ("##{build.VERSION}}", "#1.2}"),
        ("${build.VERSION} #{}", "${build.VERSION} #{}"),
    ],
)
def test_references_are_replaced_once(text: str, expected: str) -> None:
    assert resolve(text, VALUES) == expected


def test_references_are_found_in_order() -> None:
    assert references("#{b.K} #{a.K} #{b.K}") == (
        Reference(namespace="b", key="K"),
        Reference(namespace="a", key="K"),
        Reference(namespace="b", key="K"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#{a.b}", ()),
        ("#{a}", ("#{a}",)),
        ("#{a.b.c}", ("#{a.b.c}",)),
        ("#{a.b", ("#{a.b",)),
        ("#{ a.b }", ("#{",)),
        ("#{}", ("#{}",)),
        ("# {a}", ()),
    ],
)
def test_what_only_looks_like_a_reference_is_named(text: str, expected: tuple[str, ...]) -> None:
    assert malformed(text) == expected


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "#{biuld.VERSION}",
            "#{biuld.VERSION} has no value: nothing has set the namespace biuld",
            'did you mean "build"?',
        ),
        (
            "#{build.VERSOIN}",
            "#{build.VERSOIN} has no value: the namespace build holds only TRAP, VERSION",
            'did you mean "VERSION"?',
        ),
    ],
)
def test_a_missing_value_names_namespace_and_key(text: str, message: str, hint: str) -> None:
    with pytest.raises(UnresolvedVariableError) as caught:
        resolve(text, VALUES)
    assert str(caught.value) == message
    assert caught.value.hint == hint
    assert caught.value.reference.text == text


def test_a_namespace_without_values_says_so() -> None:
    with pytest.raises(UnresolvedVariableError, match="the namespace empty holds nothing"):
        resolve("#{empty.KEY}", {"empty": {}})


def test_a_configuration_is_resolved_value_by_value() -> None:
    configuration = {"UserParameters": "#{build.VERSION}", "#{build.VERSION}": "key"}
    assert resolve_configuration(configuration, VALUES) == {
        "UserParameters": "1.2",
        "#{build.VERSION}": "key",
    }


def test_a_configuration_that_grows_too_large_is_refused() -> None:
    with pytest.raises(UsageError, match="at most 102400 are allowed"):
        resolve_configuration({"A": "#{n.k}" * 2}, {"n": {"k": "x" * 60_000}})


@settings(deadline=None)
@given(st.text(), st.text())
def test_any_text_and_value_either_resolve_or_are_left_alone(text: str, value: str) -> None:
    assert resolve(f"#{{n.k}}{text.replace('#', '')}", {"n": {"k": value}}) == value + text.replace("#", "")
