from hypothesis import given
from hypothesis import strategies as st

from laststop.site.manifest import Manifest, entry_of
from laststop.site.plan import difference, plan_deploy

sites = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from([b"1", b"22", b"333"]))


def site(files: dict[str, bytes]) -> Manifest:
    return Manifest(files={path: entry_of(path, content) for path, content in files.items()})


def test_a_first_release_adds_everything_and_stores_each_content_once() -> None:
    plan = plan_deploy(site({"a": b"1", "b": b"1", "c": b"22"}), None)
    assert plan.difference.added == ("a", "b", "c")
    assert plan.needed == site({"a": b"1", "c": b"22"}).digests
    assert plan.upload_bytes == 3


def test_what_the_live_release_holds_under_any_name_is_not_asked_for() -> None:
    plan = plan_deploy(site({"moved": b"1", "new": b"22"}), site({"a": b"1"}))
    assert plan.difference.added == ("moved", "new")
    assert plan.difference.removed == ("a",)
    assert plan.needed == {entry_of("new", b"22").digest}


def test_another_content_type_of_equal_bytes_is_a_change_without_a_blob() -> None:
    old = Manifest(files={"a": entry_of("a.txt", b"1")})
    plan = plan_deploy(Manifest(files={"a": entry_of("a.html", b"1")}), old)
    assert plan.difference.changed == ("a",)
    assert plan.needed == frozenset()


@given(sites, sites)
def test_applying_a_difference_to_the_old_site_gives_the_new_one(
    old: dict[str, bytes], new: dict[str, bytes]
) -> None:
    found = difference(site(old), site(new))
    rebuilt = {path: content for path, content in old.items() if path not in found.removed}
    rebuilt.update({path: new[path] for path in found.shown})
    assert rebuilt == new
    assert len({*found.added, *found.changed, *found.removed}) == len(
        found.added + found.changed + found.removed
    )
    assert plan_deploy(site(new), site(old)).needed == site(new).digests - site(old).digests
