import errno
import multiprocessing
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from laststop.errors import (
    ConflictError,
    DeniedError,
    InvariantError,
    LaststopError,
    TransientError,
    UsageError,
)
from laststop.homes.embedded.store import database as database_module
from laststop.homes.embedded.store.database import Database
from laststop.homes.embedded.store.journal import Store
from laststop.homes.embedded.store.sqlite_errors import _NAMES, _OURS, error_for, mapped
from laststop.homes.embedded.store.statements import load
from laststop.words.facts_catalog import ChangeRecorded
from unit.homes.home_workbench import EPOCH


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "state" / "laststop.db"


@pytest.fixture
def database(path):
    database = Database(path)
    yield database
    database.close()


def pragma(connection, name):
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def note(connection, reader="publish", seq=1):
    connection.execute(load("journal.sql")["move_cursor"], (reader, seq))


def noted(database, reader="publish"):
    with database.reading() as connection:
        row = connection.execute(load("journal.sql")["cursor"], (reader,)).fetchone()
    return row[0] if row else None


# the file


def test_a_fresh_store_is_as_durable_as_promised_and_knows_its_schema(database):
    with database.writing() as connection:
        assert pragma(connection, "journal_mode") == "wal"
        assert pragma(connection, "synchronous") == 2, "FULL"
        assert pragma(connection, "auto_vacuum") == 2, "INCREMENTAL"
        assert pragma(connection, "user_version") == len(database_module._schema())


def test_opening_again_changes_no_schema_and_keeps_what_was_written(path, database):
    with database.writing() as connection:
        note(connection, seq=7)
    again = Database(path)
    assert noted(again) == 7
    again.close()


def test_a_store_that_was_migrated_step_by_step_is_as_a_fresh_one(tmp_path, monkeypatch):
    first = database_module._schema()
    monkeypatch.setattr(
        database_module, "_schema", lambda: [*first, "CREATE TABLE later (n INTEGER) STRICT;"]
    )
    fresh = Database(tmp_path / "fresh.db")
    monkeypatch.setattr(database_module, "_schema", lambda: first)
    old = Database(tmp_path / "old.db")
    with old.writing() as connection:
        note(connection, seq=3)
    old.close()
    monkeypatch.setattr(
        database_module, "_schema", lambda: [*first, "CREATE TABLE later (n INTEGER) STRICT;"]
    )
    migrated = Database(tmp_path / "old.db")
    shapes = []
    for each in (fresh, migrated):
        with each.reading() as connection:
            shapes.append(connection.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall())
    assert shapes[0] == shapes[1]
    assert noted(migrated) == 3
    fresh.close()
    migrated.close()


def test_a_migration_that_breaks_half_way_leaves_the_store_as_it_was(tmp_path, monkeypatch):
    Database(tmp_path / "s.db").close()
    first = database_module._schema()
    monkeypatch.setattr(
        database_module, "_schema", lambda: [*first, "CREATE TABLE later (n);", "CREATE oops;"]
    )
    with pytest.raises(InvariantError):
        Database(tmp_path / "s.db")
    plain = sqlite3.connect(tmp_path / "s.db")
    assert pragma(plain, "user_version") == len(first)
    assert plain.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'later'").fetchone() == (0,)
    plain.close()


def test_a_store_of_a_newer_laststop_is_refused_with_the_next_step(path):
    Database(path).close()
    plain = sqlite3.connect(path)
    plain.execute("PRAGMA user_version = 99")
    plain.close()
    with pytest.raises(UsageError, match="a newer laststop wrote this store \\(schema 99") as refused:
        Database(path)
    assert str(path) in str(refused.value)
    assert "newer laststop" in refused.value.hint


def test_a_file_that_is_no_store_is_refused_and_left_as_it_is(path):
    path.parent.mkdir()
    path.write_bytes(b"a shopping list\n" * 100)
    with pytest.raises(UsageError, match="not a database") as refused:
        Database(path)
    assert "restore a backup" in refused.value.hint
    assert path.read_bytes().startswith(b"a shopping list")


def test_a_folder_that_cannot_be_made_is_said_with_its_place(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(LaststopError) as refused:
        Database(tmp_path / "file" / "deep" / "laststop.db")
    assert str(tmp_path / "file") in refused.value.place


OPENERS, FRESH_STORES = 4, 8


def open_and_note(folder: str, barrier, number: int) -> None:
    """Open store after store at the same instant as the others; the barrier breaks if one of them fails."""
    for store in range(FRESH_STORES):
        barrier.wait(30)
        try:
            database = Database(Path(folder) / f"{store}.db")
            with database.writing() as connection:
                note(connection, f"process {number}", number)
            database.close()
        except BaseException:
            barrier.abort()
            raise


def test_processes_that_open_a_fresh_store_at_once_all_find_it_whole(tmp_path):
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(OPENERS)
    processes = [
        context.Process(target=open_and_note, args=(str(tmp_path), barrier, n)) for n in range(OPENERS)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * OPENERS
    for store in range(FRESH_STORES):
        database = Database(tmp_path / f"{store}.db")
        assert [noted(database, f"process {n}") for n in range(OPENERS)] == list(range(OPENERS))
        database.close()


@pytest.mark.parametrize("hold", ["BEGIN", "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_a_fresh_file_that_somebody_else_is_using_is_waited_for(path, hold):
    path.parent.mkdir()
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("PRAGMA auto_vacuum=INCREMENTAL")  # as far as another opener may just have come
    holder.execute("VACUUM")
    holder.execute(hold)
    holder.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    done = threading.Timer(0.2, holder.close)
    done.start()
    Database(path).close()
    done.join()


def test_a_fresh_file_that_stays_locked_is_worth_another_try(path, monkeypatch):
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.05)
    path.parent.mkdir()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(TransientError, match="locked"):
        Database(path)
    holder.close()
    Database(path).close()


# writing


def write_and_raise(database, error):
    with database.writing() as connection:
        note(connection)
        raise error


def test_a_block_that_raises_leaves_nothing_behind_and_the_next_one_works(database):
    with pytest.raises(ZeroDivisionError):
        write_and_raise(database, ZeroDivisionError())
    assert noted(database) is None
    with database.writing() as connection:
        note(connection, seq=2)
    assert noted(database) == 2


def test_a_killed_block_leaves_nothing_behind(database):
    with pytest.raises(KeyboardInterrupt):
        write_and_raise(database, KeyboardInterrupt())
    assert noted(database) is None


def test_a_locked_store_is_worth_another_try(path, database, monkeypatch):
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.05)
    other = Database(path)
    with database.writing(), pytest.raises(TransientError, match="locked") as refused, other.writing():
        pass
    assert "try again" in refused.value.hint
    other.close()


def test_a_full_disk_is_worth_another_try_and_nothing_was_written(database):
    with database.writing() as connection:
        pages = pragma(connection, "page_count")
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(TransientError, match="full") as refused, database.writing() as connection:
        connection.execute("INSERT INTO pipeline_state VALUES ('p', zeroblob(1000000))")
    assert "make room" in refused.value.hint
    with database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM pipeline_state").fetchone() == (0,)


def write_facts(path: str, worker: int, count: int) -> None:
    store = Store(Path(path))
    for number in range(count):
        with store.transaction() as transaction:
            before = transaction.cursor("sum")
            transaction.append(
                ChangeRecorded(at=EPOCH, algorithm=f"w{worker}", version=str(number), event="INSERT", new={})
            )
            transaction.move_cursor("sum", before + 1)
    store.close()


def test_writers_in_several_processes_lose_no_write_and_share_one_order(path):
    Store(path).close()
    context = multiprocessing.get_context("spawn")
    workers, count = 3, 40
    processes = [context.Process(target=write_facts, args=(str(path), w, count)) for w in range(workers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * workers
    store = Store(path)
    with store.view() as view:
        facts = view.after(0, 10_000)
        assert view.cursor("sum") == workers * count, "read, add one, write: nobody in between"
    assert [each.seq for each in facts] == list(range(1, workers * count + 1))
    for worker in range(workers):
        mine = [each.fact.version for each in facts if each.fact.algorithm == f"w{worker}"]
        assert mine == [str(number) for number in range(count)]
    store.close()


# reading


def test_a_view_stays_as_it_began_whatever_is_written_meanwhile(database):
    with database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM cursor").fetchone() == (0,)
        with database.writing() as writer:
            note(writer)
        assert connection.execute("SELECT count(*) FROM cursor").fetchone() == (0,)
    assert noted(database) == 1


def test_a_view_inside_a_view_is_the_same_view(database):
    with database.reading() as outer:
        with database.writing() as writer:
            note(writer)
        with database.reading() as inner:
            assert inner is outer
            assert inner.execute("SELECT count(*) FROM cursor").fetchone() == (0,)
        assert outer.in_transaction


def test_nothing_can_be_written_through_a_view(database):
    with pytest.raises(DeniedError), database.reading() as connection:
        note(connection)


def test_a_reader_does_not_wait_for_a_writer(database):
    """Also not the first read of a thread, which needs a connection."""
    found = []
    with database.writing() as connection:
        note(connection)
        thread = threading.Thread(target=lambda: found.append(noted(database)))
        thread.start()
        thread.join(5)
        assert found == [None]
    assert noted(database) == 1


def test_threads_that_come_and_go_leave_no_connections_behind(database):
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        pytest.skip("needs /proc")

    def look() -> None:
        noted(database)

    look()
    before = len(list(folder.iterdir()))
    for _ in range(40):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert len(list(folder.iterdir())) <= before + 3


def test_views_of_several_threads_at_once_are_apart(database):
    inside, done = threading.Barrier(4), []

    def look(number: int) -> None:
        with database.reading() as connection:
            inside.wait(5)
            done.append((number, id(connection)))
            inside.wait(5)

    threads = [threading.Thread(target=look, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    inside.wait(5)
    inside.wait(5)
    for thread in threads:
        thread.join()
    assert len({connection for _, connection in done}) == 3


def test_the_data_version_moves_with_every_commit_and_only_then(path, database):
    other = Database(path)
    seen = [database.data_version()]
    noted(database)
    seen.append(database.data_version())
    with other.writing() as connection:
        note(connection)
    seen.append(database.data_version())
    with database.writing() as connection:
        note(connection, seq=2)
    seen.append(database.data_version())
    assert seen[0] == seen[1]
    assert len({seen[0], seen[2], seen[3]}) == 3
    other.close()


def test_a_store_in_memory_reads_its_own_writes(tmp_path):
    database = Database(None)
    with database.writing() as connection:
        note(connection)
        assert noted(database) == 1
    assert noted(database) == 1
    database.close()


def test_a_closed_store_is_not_used_by_accident(path):
    database = Database(path)
    noted(database)
    database.close()
    with pytest.raises(LaststopError), database.writing():
        pass


def test_a_writer_waits_its_turn_and_gets_it(path, database):
    other, waited = Database(path), []

    def write() -> None:
        began = time.monotonic()
        with other.writing() as connection:
            note(connection, seq=5)
        waited.append(time.monotonic() - began)

    thread = threading.Thread(target=write)
    with database.writing() as connection:
        thread.start()
        time.sleep(0.1)
        note(connection, seq=4)
    thread.join(10)
    assert waited
    assert waited[0] >= 0.05
    assert noted(database) == 5
    other.close()


# what SQLite says


PRIMARY_CODES = """
ABORT AUTH BUSY CANTOPEN CONSTRAINT CORRUPT EMPTY ERROR FORMAT FULL INTERNAL INTERRUPT IOERR LOCKED MISMATCH
MISUSE NOLFS NOMEM NOTADB NOTFOUND NOTICE PERM PROTOCOL RANGE READONLY SCHEMA TOOBIG WARNING
"""
"""sqlite.org, "Primary Result Code List" (read 2026-11), without OK, ROW and DONE, which are no errors."""


def test_every_primary_code_has_a_place_and_only_one():
    names = {f"SQLITE_{name}" for name in PRIMARY_CODES.split()}
    assert all(hasattr(sqlite3, name) for name in names)
    assert names == _NAMES.keys() | _OURS
    assert not _NAMES.keys() & _OURS


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("SQLITE_BUSY_SNAPSHOT", TransientError),
        ("SQLITE_IOERR_FSYNC", TransientError),
        ("SQLITE_CANTOPEN_ISDIR", UsageError),
        ("SQLITE_READONLY_DBMOVED", DeniedError),
        ("SQLITE_CONSTRAINT_PRIMARYKEY", ConflictError),
        ("SQLITE_CORRUPT_INDEX", UsageError),
        ("SQLITE_ERROR_SNAPSHOT", InvariantError),
        ("SQLITE_MISUSE", InvariantError),
        ("", InvariantError),
        ("SOMETHING_NEW", InvariantError),
    ],
)
def test_extended_codes_count_as_their_primary_one(code, kind):
    found, hint = error_for(code)
    assert found is kind
    assert hint


def test_the_errors_of_other_people_pass_through():
    with pytest.raises(OSError, match="elsewhere") as passed, mapped("the store"):
        raise OSError(errno.ENOENT, "elsewhere")
    assert not isinstance(passed.value, LaststopError)


def test_named_statements_are_found_whole():
    for file in ("journal.sql", "catalog.sql", "runs.sql", "site.sql", "notices.sql", "projection.sql"):
        for name, statement in load(file).items():
            assert sqlite3.complete_statement(statement + ";"), f"{file} {name}"
            assert ";" not in statement, f"{file} {name} is more than one"
