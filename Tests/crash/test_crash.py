"""Whatever moment a crash chooses, nothing is lost, doubled or seen with wrong bytes: a sample of what campaign.py tries."""

import datetime
import os
import re

import pytest
from campaign import Campaign, record, share, told, work
from disk import MODES, REVIVED, Operation, Tree, crashed
from failing import attempt_all
from recording import is_apart_possible
from scenarios import SCENARIOS
from without import notice

STATES = 1100
# Another sample each day; a failure names the state, and the number of the day.
SEED = int(os.environ.get("SEGUE_CRASH_SEED", datetime.date.today().toordinal()))
NEEDED = {
    ("place", "sync", "Music/*/*/.segue-*.part"): "pipe", ("record", "sync", "Music/.segue/catalogue.sqlite-wal"): "pipe",
    ("segue", "sync", "state/ledger.sqlite-wal"): "serve", ("place", "rename", "Music/*/*/*.flac"): "pipe",
    ("segue", "sync", "Music"): "anew", ("segue", "sync", "state/spool"): "stale", ("fetch", "sync", "state/spool"): "stale",
    ("fetch", "rename", "state/ledger.sqlite.artwork/*"): "run", ("fetch", "rename", "state/spool/*.media"): "pipe",
    ("fetch", "rename", "state/spool/*.json"): "cuts", ("decrypt", "rename", "state/spool/*.clear"): "pipe",
    ("resolve", "rename", "state/ledger.sqlite.hosts/*/*"): "run", ("segue", "rename", "state/ledger.sqlite.hosts/limits"): "run",
    ("segue", "rename", "state/ledger.sqlite.lists/*/*.txt"): "posted", ("resolve", "sync", "home/segue/*.part"): "passwords",
    ("place", "sync", "Music/*/*"): "dress"}


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    if not is_apart_possible():
        pytest.skip("the kernel gives no namespaces, or there is no strace")
    return Campaign(tmp_path_factory.mktemp("crash"), SEED)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_crash_loses_nothing_doubles_nothing_and_shows_nothing_wrong(name, campaign):
    before, again = len(campaign.failures), 2 if SCENARIOS[name].weight >= 10 or name in ("cuts", "stale", "inbox", "anew") else 0
    campaign.attempt(name, max(share(name, SCENARIOS, STATES) - 20 * again, 20), jobs=2, again=again)
    assert campaign.failures[before:] == [], f"seed {SEED}"
    assert campaign.states(name) >= (60 if again else 10)


@pytest.mark.parametrize("kind", NEEDED, ids=" ".join)
def test_a_sync_or_rename_that_is_left_out_is_noticed(kind, campaign):
    record(campaign.folder, NEEDED[kind])
    seen, _ = notice(campaign.folder, NEEDED[kind], kind, record, lambda *arguments: told(work("without", *arguments)))
    assert seen and re.match(rf"{NEEDED[kind]} \d+ \w+ \d+: ", seen), f"{kind}: {seen}"


@pytest.mark.parametrize("program", ["resolve", "fetch", "decrypt", "place"])
def test_lack_of_memory_ends_a_program_and_changes_nothing(program, campaign, capsys):
    wrong = attempt_all(campaign.folder, record, work, told, jobs=2, at_most=16, only=f"^{program} malloc")
    tried = re.search(rf"^\| {program} \|.* (\d+) of \d+ \|$", capsys.readouterr().out, re.MULTILINE)
    assert wrong == [] and int(tried[1]) >= 12


# A file is made and written; then synced, given its name, written once more, and the folder synced.
STEPS = [
    Operation("make", inode=2, path="a.part", parent=-1, mode=0o644), Operation("write", inode=2, content=b"x" * 1000), Operation("sync", inode=2, covers=2),
    Operation("rename", inode=2, path="a", former="a.part", parent=-1), Operation("write", inode=2, offset=1000, content=b"y" * 1000),
    Operation("sync", inode=-1, covers=5)]


def seen(cut, mode, seed=0):
    tree = crashed(Tree(), STEPS, cut, mode, seed)
    return {path: bytes(tree.file(inode)) for path, inode in tree.reachable.items()}


def test_a_kill_loses_nothing_and_a_power_cut_what_was_not_synced():
    assert seen(5, "kill") == {"a": b"x" * 1000 + b"y" * 1000} and seen(2, "least") == {} and seen(6, "least") == {"a": b"x" * 1000}
    assert seen(2, "bare") == {"a.part": b""} and seen(5, "bare") == {"a": b"x" * 1000}
    assert seen(5, "zeros") == {"a": b"x" * 1000 + bytes(1000)}


def test_bytes_are_torn_at_sectors_and_chance_is_the_same_for_the_same_seed():
    torn = [seen(5, "torn", seed)["a"] for seed in range(60)]
    assert torn == [seen(5, "torn", seed)["a"] for seed in range(60)] and len(set(torn)) == 8
    assert all(len(content) == 2000 and content[:1000] == b"x" * 1000 and {content[1000], content[1023]} in ({0}, {121}) for content in torn)


def test_a_coin_may_lose_a_name_and_a_journal_loses_the_latest_first():
    assert {tuple(seen(4, "coin", seed)) for seed in range(20)} == {(), ("a",), ("a.part",)}
    assert {tuple(seen(5, "behind", seed)) for seed in range(20)} == {("a.part",), ("a",)}


def test_a_file_comes_back_whose_removal_only_a_missing_sync_would_have_made_durable():
    removal = Operation("remove", inode=2, path="a", parent=-1)
    for kind, left in [("omitted", {"a"}), ("sync", set())]:
        steps = [*STEPS, removal, Operation(kind, inode=-1, covers=7)]
        assert set(crashed(Tree(), steps, 8, REVIVED).reachable) == set(crashed(Tree(), steps, 8, REVIVED, 1).reachable) == left
        assert set(crashed(Tree(), steps, 8, REVIVED, 2).reachable) == set()
    assert set(crashed(Tree(), [*STEPS, removal], 7, REVIVED).reachable) == set()


@pytest.mark.parametrize("mode", MODES)
def test_what_was_synced_is_there_in_every_state(mode):
    assert all(seen(6, mode, seed)["a"][:1000] == b"x" * 1000 for seed in range(10))
