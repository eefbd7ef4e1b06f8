"""Names of the AWS home: the rule, what overrides it, and what cannot be one."""

import pytest

from laststop.config.aws_names import aws_names, aws_names_problems
from laststop.pipeline.problems import path_text

STREAM = "arn:aws:dynamodb:eu-west-1:111122223333:table/Algorithms/stream/2024-05-17T08:30:00.000"


def test_names_follow_the_project_and_buckets_the_account() -> None:
    names = aws_names("translations", "", {"account": "111122223333"})
    assert names.ledger_table == "translations-ledger"
    assert names.documents_bucket == "translations-documents-111122223333"
    assert names.site_bucket == "translations-site-111122223333"


def test_what_the_file_names_wins() -> None:
    given = {"account": "111122223333", "site_bucket": "www-acme", "catalog_table": "Algorithms"}
    names = aws_names("translations", "acme-documents", given)
    assert (names.documents_bucket, names.site_bucket) == ("acme-documents", "www-acme")
    assert names.catalog_table == "Algorithms"


def test_the_longest_project_still_has_names_that_aws_takes() -> None:
    names = aws_names("a" * 40, "", {"account": "111122223333"})
    assert max(len(names.documents_bucket), len(names.artifacts_bucket), len(names.site_bucket)) <= 63


def test_a_placeholder_without_a_value_is_none() -> None:
    assert "connection_arn" not in aws_names("translations", "", {}).placeholders
    assert aws_names("translations", "", {"region": "eu-west-1"}).placeholders["region"] == "eu-west-1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("region", "Ireland"),
        ("account", "1111-2222-3333"),
        ("account", "11112222333"),
        ("connection_arn", "arn:aws:codecommit:eu-west-1:111122223333:connection/1"),
        ("connection_provider", "Github"),
        ("site_bucket", "My_Site"),
        ("ledger_table", "a b"),
        ("catalog_stream_arn", "arn:aws:dynamodb:eu-west-1:111122223333:table/Algorithms"),
    ],
)
def test_what_cannot_be_a_name_is_told_at_its_place(name: str, value: str) -> None:
    (problem,) = aws_names_problems({name: value})
    assert path_text(problem.path) == f"names.aws.{name}"
    assert problem.hint


def test_a_stream_and_its_table_go_together() -> None:
    (problem,) = aws_names_problems({"catalog_stream_arn": STREAM})
    assert 'catalog_table = "Algorithms"' in problem.hint
    assert list(aws_names_problems({"catalog_stream_arn": STREAM, "catalog_table": "Algorithms"})) == []


def test_names_of_the_users_own_are_left_alone() -> None:
    assert list(aws_names_problems({"branch": "main", "approval_topic": "anything at all"})) == []
