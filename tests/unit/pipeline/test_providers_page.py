"""The page about providers names all that run here, with every key they take and every variable they give."""

from pathlib import Path

import pytest

from laststop.build.reports.formats import COVERAGE_FORMATS, TEST_FORMATS
from laststop.pipeline.catalogue import EMBEDDED_PROVIDERS, PROVIDERS

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "providers.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", EMBEDDED_PROVIDERS)
def test_a_provider_stands_on_the_page_with_its_keys_and_variables(kind: str) -> None:
    assert f"`{kind}`" in PAGE
    provider = PROVIDERS[kind]
    hidden = ("VpcId", "Subnets", "SecurityGroupIds", "NotificationArn", "CustomData", "ExternalEntityLink")
    words = [*(key.name for key in provider.keys if key.name not in hidden), *(provider.variables or ())]
    assert [word for word in words if f"`{word}`" not in PAGE] == []


def test_every_format_of_reports_stands_on_the_page() -> None:
    assert [word for word in (*TEST_FORMATS, *COVERAGE_FORMATS) if f"`{word}`" not in PAGE] == []
