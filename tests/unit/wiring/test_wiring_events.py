"""Who is told events follows from the settings."""

import pytest

from laststop.config.project_file import load_project
from laststop.errors import UsageError
from laststop.wiring.embedded import EmbeddedHome
from laststop.wiring.events import EventCouriers

SETTINGS = """\
[project]
name = "shop"
types = ["routing"]

[functions]
page = "page.py:handler"

[[events]]
name = "pager"
pattern = '{"source": ["aws.codepipeline"]}'
function = "page"

[[events]]
name = "chat"
pattern = '{"source": ["aws.codepipeline"]}'
webhook = "https://hooks.example.com/x"
"""


@pytest.fixture
def home(tmp_path):
    (tmp_path / "laststop.toml").write_text(SETTINGS)
    home = EmbeddedHome(load_project(tmp_path))
    yield home
    home.close()


def couriers(home, environ):
    return EventCouriers(home, None, lambda text: text, lambda _: None, environ)


def test_each_has_a_courier_with_a_place_of_its_own(home):
    told = couriers(home, {"LASTSTOP_WEBHOOK_SECRET": "s"})
    told.start()
    told.stop()
    with home.store.view() as view:
        rows = view.connection.execute("SELECT reader FROM cursor ORDER BY reader").fetchall()
    assert rows == [("events:chat",), ("events:pager",)]


def test_a_webhook_without_a_secret_is_refused_at_the_start(home):
    with pytest.raises(UsageError, match=r"\[\[events\]\] webhook"):
        couriers(home, {})
