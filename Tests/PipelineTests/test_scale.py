"""A long ledger costs no more memory than a short one."""


def test_a_hundred_times_the_items_take_the_same_memory(drive, peak_memory, tmp_path):
    memory = {}
    for count in (1000, 100_000):
        driven = drive(None, [{"name": "one", "run": ["cat"], "replicas": 2, "window": 64}], name=f"drive-{count}")
        references = tmp_path / f"references-{count}"
        references.write_text("".join(f"track:{n}\n" for n in range(count)))

        def peak(command, *arguments, **files):
            return peak_memory("segue", command, "--pipeline", driven.file, *arguments, cwd=driven.folder, **files)

        memory[count] = {
            "add": peak("add", "-", stdin=references), "run": peak("run", "--quiet"), "stats": peak("stats"),
            "list": peak("list", "--state", "done", "--limit", "100"), "failed": peak("list", "--state", "failed")}
        assert driven.stats()["done"] == count
    # The caches fill once, with some 6 MB; a million items take no more than 100,000. What grew by 100 bytes an item is found.
    for command, short in memory[1000].items():
        assert memory[100_000][command] < min(64 << 20, short + (10 << 20)), (command, memory)
