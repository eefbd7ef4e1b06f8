import pytest

from laststop.errors import NotFoundError
from laststop.homes.embedded.trace import NO_SERVER
from laststop.words.facts_site import Forgotten
from laststop.words.failure import Failure
from unit.homes.home_workbench import COMPLETE, PIPELINE, RUNNING, Home

WAY = [
    "recorded",
    "published",
    "run started",
    "Source",
    "Build",
    "Release / deploy-site",
    "Release / announce",
    "Release / invalidate-edge",
    "seen at the edge",
    "verdict live",
    "Release / verify-live",
    "Release",
]


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path).serve().work()


def waits(trace):
    """(the step that has not happened, why)."""
    last = trace.steps[-1]
    return (last.name, last.waiting_because) if last.at is None else None


def test_a_change_that_is_live_shows_every_step_with_its_time(home):
    home.put("bgp", "1.0")
    home.work()
    found = home.trace("bgp", "1.0")
    assert [step.name for step in found.steps] == WAY
    assert (found.algorithm, found.version, found.verdict) == ("bgp", "1.0", "live")
    assert all(
        step.at and step.took_seconds is not None and step.waiting_because is None for step in found.steps
    )
    assert [step.at for step in found.steps] == sorted(step.at for step in found.steps)
    assert all(step.took_seconds >= 0 for step in found.steps)


def test_without_a_version_it_is_the_one_that_changed_last(home):
    home.put("bgp", "2.0")
    home.put("bgp", "1.0", "UPLOADED")
    assert home.trace("bgp").version == "1.0"
    home.phase("bgp", "2.0", RUNNING)
    assert home.trace("bgp").version == "2.0"


@pytest.mark.parametrize(
    ("algorithm", "version", "part"),
    [
        ("moon", None, 'no algorithm "moon"'),
        ("bgp", "9.9", "no version 9.9 of bgp"),
        ("moon", "1", "no version 1"),
    ],
)
def test_what_is_not_there_is_said_to_be_so(home, algorithm, version, part):
    home.put("bgp", "1.0")
    with pytest.raises(NotFoundError, match=part) as refused:
        home.trace(algorithm, version)
    assert refused.value.hint


def test_a_version_that_was_never_released_waits_for_its_phase(home):
    home.put("bgp", "1.0", RUNNING)
    for _ in range(2):
        assert waits(home.trace("bgp")) == ("published", f"phase {RUNNING} is no release phase")
        assert home.trace("bgp").verdict is None
        home.work()


@pytest.mark.parametrize(
    ("serving", "why"),
    [(True, "publishing is about to read it"), (False, NO_SERVER)],
    ids=["serving", "alone"],
)
def test_what_nobody_has_read_yet_waits_for_publishing(home, serving, why):
    home.put("bgp", "1.0")
    found = home.trace("bgp", serving=serving)
    assert ([step.name for step in found.steps], found.verdict) == (["recorded", "published"], "pending")
    assert waits(found) == ("published", why)


def test_what_is_published_waits_for_a_server_while_none_runs(home):
    home.put("bgp", "1.0")
    home.publish()
    assert waits(home.trace("bgp", serving=False)) == ("run started", NO_SERVER)
    assert waits(home.trace("bgp")) == ("run started", "waits for a run")


def test_a_change_behind_a_run_under_way_says_which_one(home):
    home.executor.held.add("build-site")
    home.push("c2")
    home.work()
    run = home.run_rows()[-1].id
    home.put("bgp", "1.0")
    home.work()
    assert waits(home.trace("bgp")) == ("run started", f"Build is held by run {run}")


def test_a_change_inside_a_run_names_the_action_that_is_at_work(home):
    home.executor.held.add("build-site")
    home.put("bgp", "1.0")
    home.work()
    run = home.run_rows()[-1].id
    found = home.trace("bgp")
    assert waits(found) == ("verdict", f"build-site of run {run[:8]} is under way")
    assert [step.name for step in found.steps] == [
        "recorded",
        "published",
        "run started",
        "Source",
        "verdict",
    ]


def test_a_change_before_a_closed_stage_says_why_it_is_closed(home):
    home.call(
        "DisableStageTransition", pipelineName=PIPELINE, stageName="Release", reason="freeze until Monday"
    )
    home.put("bgp", "1.0")
    home.work()
    assert waits(home.trace("bgp")) == ("verdict", "the way into Release is closed: freeze until Monday")


def test_a_change_before_a_stage_that_is_held_says_by_whom(home):
    home.executor.held.add("deploy-site")
    home.push("c2")
    home.work()
    inside = home.run_rows()[-1].id
    home.put("bgp", "1.0")
    home.work()
    assert waits(home.trace("bgp")) == ("verdict", f"waits before Release: run {inside} is inside")


def test_a_closed_way_into_build_keeps_the_run_from_being_decided(home):
    home.call("DisableStageTransition", pipelineName=PIPELINE, stageName="Build", reason="freeze")
    home.put("bgp", "1.0")
    home.work()
    assert waits(home.trace("bgp")) == ("run started", "the way into Build is closed: freeze")


@pytest.mark.parametrize("serving", [True, False])
def test_a_failed_change_says_why_it_failed_also_without_a_server(home, serving):
    home.broken = Failure(code="JobFailed", message="exit status 1")
    home.put("bgp", "1.0")
    home.work()
    run = home.run_rows()[-1].id
    found = home.trace("bgp", serving=serving)
    assert found.verdict == "failed"
    assert waits(found) == ("verdict", f"run {run} failed at Build / build-site: exit status 1")


def test_a_change_that_is_deployed_and_not_seen_waits_for_the_edge(home):
    home.edge.urls = ()
    home.put("bgp", "1.0")
    home.work()
    assert waits(home.trace("bgp")) == ("verdict", "deployed, not yet visible at every edge")


def test_a_change_that_the_page_covered_already_has_no_steps_of_an_older_run(home):
    home.put("bgp", "2.0")
    home.work()
    home.put("bgp", "1.0")
    home.work()
    found = home.trace("bgp", "1.0")
    assert [step.name for step in found.steps] == ["recorded", "published", "verdict replaced"]


def test_a_change_whose_run_is_no_longer_kept_still_has_its_verdict(home):
    home.put("bgp", "1.0")
    home.work()
    home.append(Forgotten(at=home.clock(), runs=(home.run_rows()[-1].id,)))
    assert [step.name for step in home.trace("bgp").steps] == ["recorded", "published", "verdict live"]


def test_a_second_test_of_a_live_version_is_traced_anew(home):
    home.put("bgp", "1.0")
    home.work()
    home.phase("bgp", "1.0", RUNNING)
    home.phase("bgp", "1.0", COMPLETE)
    assert waits(home.trace("bgp")) == ("published", "publishing is about to read it")
    home.work()
    assert [step.name for step in home.trace("bgp").steps] == ["recorded", "published", "verdict live"]


# the list


def test_every_version_is_listed_by_name_with_its_verdict(home):
    home.put("nat", "1.0", type_="firewall")
    home.put("bgp", "1.0")
    home.work()
    home.put("bgp", "0.9", "UPLOADED")
    home.pin("bgp", "1.0")
    home.put("bgp", "1.1")
    run = home.run_rows()[-1].id
    listed = [(x.type, x.algorithm, x.version, x.verdict, x.reason, x.run) for x in lines(home)]
    assert listed == [
        ("routing", "bgp", "0.9", None, "", None),
        ("routing", "bgp", "1.0", "live", "the page shows 1.0", run),
        ("routing", "bgp", "1.1", "pending", "recorded, and not published yet", None),
        ("firewall", "nat", "1.0", "live", "the page shows 1.0", run),
    ]


def lines(home, **only):
    from laststop.homes.embedded.listing import version_lines

    with home.store.view() as view:
        return version_lines(view, home.policy, home.locations, **only)


def test_the_list_can_be_of_one_type_or_one_algorithm(home):
    home.put("nat", "1.0", type_="firewall")
    home.put("bgp", "1.0")
    assert [x.algorithm for x in lines(home, type_="firewall")] == ["nat"]
    assert [x.algorithm for x in lines(home, algorithm="bgp")] == ["bgp"]
    assert lines(home, algorithm="moon") == []


def test_a_version_that_only_was_put_is_never_pending(home):
    """A verdict is about a change into a release phase."""
    home.put("bgp", "1.0", "UPLOADED")
    assert home.line("bgp", "1.0").verdict is None
    home.put("bgp", "1.0", COMPLETE)
    assert home.line("bgp", "1.0").verdict == "pending"
    home.phase("bgp", "1.0", RUNNING)
    assert home.line("bgp", "1.0").verdict == "pending", "its release has not been read yet"


def test_a_verdict_is_of_the_newest_change(home):
    home.put("bgp", "1.0")
    home.work()
    home.phase("bgp", "1.0", RUNNING)
    home.broken = Failure(code="JobFailed", message="exit status 1")
    home.phase("bgp", "1.0", COMPLETE)
    home.put("bgp", "1.1")
    home.work()
    assert home.line("bgp", "1.0").verdict == "failed"
    assert home.line("bgp", "1.1").verdict == "failed"


def test_without_a_document_for_its_type_an_open_change_is_only_pending(tmp_path):
    """The project was dealt anew, and the store still knows the old names."""
    home = Home(tmp_path).serve()
    home.put("bgp", "1.0")
    home.publish()
    again = Home(tmp_path, objects=1)
    assert (again.line("bgp", "1.0").verdict, again.line("bgp", "1.0").reason) == (
        "pending",
        "waits for a run",
    )
