"""A ledger or a catalogue that rotted: each program answers or says what is damaged; none is ended by it, and each ends."""

import contextlib
import re
import sqlite3

import pytest

LEDGER, CATALOGUE = "state/ledger.sqlite", "Music/.segue/catalogue.sqlite"
COMMANDS = {
    LEDGER: [
        ["list", "--json"], ["list", "--json", "--parent", "playlist:1"], ["show", "track:99"], ["stats", "--json"], ["history", "--json"], ["followed", "--json"],
        ["export"], ["run", "--quiet"], ["retry", "--all"], ["cancel", "--all"], ["clear", "--all"]],
    CATALOGUE: [["verify", "--library", "Music"], ["retag", "--dry-run"], ["move", "--dry-run"], ["sync", "--mirror", "--dry-run", "playlist:1"]]}
ADVICE = {LEDGER: "move it aside, with", CATALOGUE: "segue import"}


@pytest.fixture
def home(music, origin, drive):
    driven = drive(origin(music))
    assert driven.segue("run", "--quiet", "playlist:1", "track:99").status == 1
    assert driven.segue("follow", "playlist:1").status == 0
    return driven


def query(path, *statements):
    """Executes statements, one by one, and returns the rows of the last."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return [connection.execute(*statement).fetchall() for statement in statements][-1]


def whole(path):
    """The bytes of a database with all that is in its log."""
    query(path, ["PRAGMA wal_checkpoint(TRUNCATE)"])
    return path.read_bytes()


def restore(path, data):
    for left in path.parent.glob(path.name + "-*"):
        left.unlink()
    path.write_bytes(data)


def ask(driven, database, command):
    done = driven.segue(*command, timeout=60)
    # An item that is not found counts as an error of usage; one that is in no state of those that there are is not at its end.
    assert done.status in (0, 1, 64, 75, 78), (command, done.stderr)
    if done.status == 78:
        told = "is damaged" in done.stderr and ADVICE[database] in done.stderr
        assert database in done.stderr and (told or "cannot be used: " in done.stderr), (command, done.stderr)
    return done.status == 78


def unwatched(path, *statements, without=None):
    """Executes statements without triggers, and without an index, which keeps what it had."""
    writable, kept = ["PRAGMA writable_schema = ON"], "FROM sqlite_schema WHERE type = 'trigger' OR name = ?"
    rows = query(path, [f"SELECT * {kept}", [without]])
    query(path, writable, [f"DELETE {kept}", [without]])
    query(path, ["PRAGMA ignore_check_constraints = ON"], *statements)
    query(path, writable, *[["INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", row] for row in rows])


def put(path, table, column, value):
    """Puts a value into a column, whatever the table allows in it."""
    ((definition,),) = query(path, ["SELECT sql FROM sqlite_schema WHERE name = ?", [table]])
    lax = re.sub(r" STRICT\b,?|(?<!IS )NOT NULL", "", definition)
    for sql in (lax, definition):
        query(path, ["PRAGMA writable_schema = ON"], ["UPDATE sqlite_schema SET sql = ? WHERE name = ?", [sql, table]])
        if sql == lax:
            unwatched(path, [f"UPDATE OR IGNORE {table} SET {column} = ?", [value]])


@pytest.mark.parametrize("database", [LEDGER, CATALOGUE], ids=["ledger", "catalogue"])
@pytest.mark.parametrize("value", [None, b"\xff\xff"], ids=["nothing", "bytes"])
def test_no_program_is_ended_by_a_value_that_is_not_of_its_type(home, database, value):
    path = home.folder / database
    data = whole(path)
    tables = [name for name, in query(path, ["SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"])]
    columns = [
        (table, name) for table in tables if query(path, [f"SELECT 1 FROM {table}"])
        for _, name, *_, key in query(path, [f"PRAGMA table_info({table})"]) if not key]
    assert len(columns) > 20
    for command in COMMANDS[database]:
        restore(path, data)
        assert home.segue(*command).status in (0, 1), command
    damaged = 0
    for table, column in columns:
        restore(path, data)
        put(path, table, column, value)
        rotten = whole(path)
        for command in COMMANDS[database]:
            restore(path, rotten)
            damaged += ask(home, database, command)
    assert damaged > 10


def test_a_catalogue_whose_index_is_out_of_order_is_gone_through_once(home):
    path = home.folder / CATALOGUE
    data = bytearray(whole(path))
    ((last,),) = query(path, ["SELECT max(CAST(id AS BLOB)) FROM track"])
    place = next(m.start() for m in re.finditer(re.escape(last), data) if data[m.start() // 4096 * 4096] == 10)
    data[place] ^= 128
    restore(path, data)
    assert sum(ask(home, CATALOGUE, command) for command in COMMANDS[CATALOGUE])


def test_a_driver_ends_where_an_index_says_that_a_list_was_not_told(home):
    path = home.folder / LEDGER
    query(path, ["UPDATE membership SET told = 0"])
    unwatched(path, ["UPDATE membership SET told = 1"], without="membership_by_item")
    assert ask(home, LEDGER, ["run", "--quiet", "track:1"])


def test_a_driver_ends_where_an_index_has_what_is_ready_and_the_table_does_not(music, origin, drive):
    driven = drive(origin(music))
    assert driven.segue("run", "--quiet", "--only", "expand", "album:1", "album:2").status == 0
    path = driven.folder / LEDGER
    assert query(path, ["SELECT count(DISTINCT lane) FROM item WHERE state = 'ready'"]) == [(2,)]
    unwatched(path, ["DELETE FROM item WHERE state = 'ready'"], without="item_ready")
    assert ask(driven, LEDGER, ["run", "--quiet"])
