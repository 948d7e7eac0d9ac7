import Episodes
import GRDB

/// The tables and how they came to be: a migration that was released is never edited, the next one follows it.
enum Schema {
    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("items, their memberships and failures") { try $0.execute(sql: first) }
        migrator.registerMigration("commands, and the items that nothing holds") { try $0.execute(sql: second) }
        migrator.registerMigration("for how long an item was asked to wait") { try $0.execute(sql: pauses) }
        migrator.registerMigration("which stage wrote an item's media") {
            try $0.execute(sql: "ALTER TABLE item ADD COLUMN media_stage INTEGER")
        }
        migrator.registerMigration("items that are held back for what they need") { try $0.execute(sql: holds) }
        migrator.registerMigration("what else items are known by") { database in
            try database.execute(sql: aliases)
            let insert = try database.makeStatement(sql: "INSERT INTO alias (id, item) VALUES (?, ?)")
            for (id, item) in try Owners(added: database).all { try insert.execute(arguments: [id, item]) }
        }
        migrator.registerMigration("lists that are followed") { try $0.execute(sql: follows) }
        migrator.registerMigration("notices for those who are told, and what they were told last") {
            try $0.execute(sql: notices)
        }
        migrator.registerMigration("what ended on each day, and in each of the last minutes") {
            try $0.execute(sql: days)
        }
        migrator.registerMigration("what became of the last try to send a notice") { try $0.execute(sql: tries) }
        migrator.registerMigration("files of the library that were found damaged") { try $0.execute(sql: damage) }
        return migrator
    }()

    // No IN with more than two values: SQLite would build a table of them for every row that is written.
    private static let first = """
        CREATE TABLE stage (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

        CREATE TABLE item (
            number       INTEGER PRIMARY KEY,
            id           TEXT NOT NULL UNIQUE,
            state        TEXT NOT NULL CHECK (
                state = 'ready' OR state = 'running' OR state = 'waiting' OR state = 'open' OR state = 'paused'
                OR state = 'done' OR state = 'skipped' OR state = 'failed' OR state = 'cancelled'),
            stage        INTEGER NOT NULL REFERENCES stage,  -- that is next, that has it, or that was the last
            lane         INTEGER NOT NULL,                   -- the collection it takes turns with others for
            priority     INTEGER NOT NULL DEFAULT 1,         -- 0 goes first
            claim        INTEGER,                            -- proves who may finish it
            due          INTEGER,                            -- milliseconds since 1970
            outcome      TEXT CHECK (outcome = 'done' OR outcome = 'skipped' OR outcome = 'failed'), -- known before the end
            failures     INTEGER NOT NULL DEFAULT 0,         -- in a row, at failed_stage
            failed_stage INTEGER,
            strikes      INTEGER NOT NULL DEFAULT 0,         -- replicas that died with it alone
            alone        INTEGER NOT NULL DEFAULT 0,         -- a suspect: no other record beside it
            members      INTEGER,                            -- of a collection: those not at their end
            title        TEXT,
            artist       TEXT,
            artwork      TEXT,                               -- a spooled picture that it still needs
            line         BLOB,                               -- what its stage gets
            resume       BLOB,                               -- of one that failed: what resume_stage got
            resume_stage INTEGER,
            added        INTEGER NOT NULL,
            finished     INTEGER,
            CHECK ((state = 'running') = (claim IS NOT NULL)),
            CHECK ((state = 'waiting') = (due IS NOT NULL)),
            CHECK ((state = 'done' OR state = 'skipped' OR state = 'failed' OR state = 'cancelled')
                = (finished IS NOT NULL)),
            CHECK (line IS NOT NULL OR finished IS NOT NULL)
        ) STRICT;
        CREATE INDEX item_ready ON item (stage, priority, lane) WHERE state = 'ready' AND alone = 0;
        CREATE INDEX item_suspect ON item (stage) WHERE state = 'ready' AND alone = 1;
        CREATE INDEX item_due ON item (due) WHERE state = 'waiting';
        CREATE INDEX item_running ON item (claim) WHERE claim IS NOT NULL;
        CREATE INDEX item_artwork ON item (artwork) WHERE artwork IS NOT NULL;
        CREATE INDEX item_state ON item (state) WHERE state NOT IN ('ready', 'running');

        CREATE TRIGGER item_move BEFORE UPDATE OF state ON item
        WHEN NEW.state <> OLD.state AND 0 = instr(
            CASE OLD.state
                WHEN 'ready' THEN ' running paused cancelled '
                WHEN 'running' THEN ' ready waiting open done skipped failed paused cancelled '
                WHEN 'waiting' THEN ' ready paused cancelled '
                WHEN 'open' THEN ' ready done cancelled '
                WHEN 'paused' THEN ' ready cancelled '
                ELSE ' ready '
            END, ' ' || NEW.state || ' ')
        BEGIN SELECT RAISE(ABORT, 'no such move of an item'); END;

        CREATE TABLE tally (              -- how many items stand where; the triggers keep it
            stage   INTEGER NOT NULL,
            state   TEXT NOT NULL,
            outcome TEXT NOT NULL,        -- '' while it is not known
            count   INTEGER NOT NULL,
            PRIMARY KEY (stage, state, outcome)
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER tally_insert AFTER INSERT ON item BEGIN
            INSERT INTO tally VALUES (NEW.stage, NEW.state, ifnull(NEW.outcome, ''), 1)
            ON CONFLICT DO UPDATE SET count = count + 1;
        END;
        CREATE TRIGGER tally_update AFTER UPDATE OF state, stage, outcome ON item
        WHEN (OLD.state, OLD.stage, OLD.outcome) IS NOT (NEW.state, NEW.stage, NEW.outcome) BEGIN
            UPDATE tally SET count = count - 1
            WHERE stage = OLD.stage AND state = OLD.state AND outcome = ifnull(OLD.outcome, '');
            INSERT INTO tally VALUES (NEW.stage, NEW.state, ifnull(NEW.outcome, ''), 1)
            ON CONFLICT DO UPDATE SET count = count + 1;
        END;

        CREATE TABLE membership (
            collection INTEGER NOT NULL REFERENCES item,
            seq        INTEGER NOT NULL CHECK (seq >= 1),
            item       INTEGER NOT NULL REFERENCES item,
            told       INTEGER NOT NULL DEFAULT 0,  -- 1 if the last stage knows how it ended, 2 if it refused to
            PRIMARY KEY (collection, seq)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX membership_by_item ON membership (item, told);

        CREATE TABLE failure (
            item    INTEGER NOT NULL REFERENCES item,
            at      INTEGER NOT NULL,         -- milliseconds since 1970
            stage   INTEGER NOT NULL REFERENCES stage,
            class   TEXT NOT NULL,
            code    TEXT NOT NULL,
            message TEXT NOT NULL,
            host    TEXT
        ) STRICT;
        CREATE INDEX failure_by_item ON failure (item);

        CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
        """

    private static let second = """
        CREATE TABLE command (            -- what users did lately, for a driver to tell
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            at     INTEGER NOT NULL,      -- milliseconds since 1970
            verb   TEXT NOT NULL,
            item   TEXT,                  -- its id; NULL for all, or all in a state
            items  INTEGER NOT NULL       -- how many were changed
        ) STRICT;
        CREATE TRIGGER tally_delete AFTER DELETE ON item BEGIN
            UPDATE tally SET count = count - 1
            WHERE stage = OLD.stage AND state = OLD.state AND outcome = ifnull(OLD.outcome, '');
        END;
        CREATE INDEX item_top ON item (number) WHERE lane = 0 OR lane = number;
        CREATE INDEX item_cancelled ON item (finished) WHERE state = 'cancelled';
        """

    private static let holds = """
        ALTER TABLE item ADD COLUMN held TEXT;             -- of one that waits: the host or the catalog that it waits for
        CREATE INDEX item_held ON item (stage, held, number) WHERE held IS NOT NULL;
        CREATE TRIGGER item_held_no_more AFTER UPDATE OF state ON item
        WHEN NEW.held IS NOT NULL AND NEW.state <> 'waiting'
        BEGIN UPDATE item SET held = NULL WHERE number = NEW.number; END;
        """

    private static let aliases = """
        CREATE TABLE alias (              -- further ids of items
            id   TEXT NOT NULL PRIMARY KEY,
            item INTEGER NOT NULL REFERENCES item
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX alias_by_item ON alias (item);
        """

    private static let follows = """
        CREATE TABLE follow (
            id       TEXT NOT NULL PRIMARY KEY,   -- of the list
            line     BLOB NOT NULL,               -- its request
            every    INTEGER NOT NULL CHECK (every > 0), -- milliseconds
            mirrors  INTEGER NOT NULL,            -- whether tracks that left it go to the trash
            trash    INTEGER,                     -- how many may go there at once, if a user said so
            keep     INTEGER,                     -- how many of its newest tracks are wanted
            phase    TEXT NOT NULL CHECK (phase = 'resting' OR phase = 'asked' OR phase = 'settling' OR phase = 'ended'),
            due      INTEGER,                     -- milliseconds since 1970, as are all moments
            wait     INTEGER NOT NULL DEFAULT 0,  -- due is no later than this after it was set; 0 where that was by hand
            added    INTEGER NOT NULL,
            tried    INTEGER,                     -- when it was asked for last
            good     INTEGER,                     -- when it was last read to its end
            changed  INTEGER,                     -- when it was last found to be another one
            failures INTEGER NOT NULL DEFAULT 0,  -- in a row
            result   TEXT,
            message  TEXT,
            known    TEXT NOT NULL,               -- ids of its tracks, as are the next three
            gained   TEXT NOT NULL DEFAULT '[]',  -- new at its last change
            lost     TEXT NOT NULL DEFAULT '[]',
            leaving  TEXT NOT NULL DEFAULT '[]',  -- left it, and have yet to go to the trash
            seen     TEXT,                        -- by what its server tells whether it has changed
            CHECK ((phase = 'ended') = (due IS NULL))
        ) STRICT;
        CREATE INDEX follow_due ON follow (phase, due);
        CREATE INDEX follow_set ON follow (due - wait) WHERE phase = 'resting';
        """

    private static let notices = """
        CREATE TABLE notice (             -- what has to be told, once for each who is told
            number    INTEGER PRIMARY KEY AUTOINCREMENT,
            id        TEXT NOT NULL UNIQUE,
            recipient TEXT NOT NULL,      -- by the name in the pipeline file
            event     TEXT NOT NULL,
            at        INTEGER NOT NULL,   -- when the first of it happened, in milliseconds since 1970
            due       INTEGER NOT NULL,
            gathers   INTEGER NOT NULL,   -- whether what happens now still joins it
            count     INTEGER NOT NULL,   -- how often it happened
            items     TEXT NOT NULL,      -- the first of them, a line of JSON each
            failures  INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE UNIQUE INDEX notice_gathers ON notice (recipient, event) WHERE gathers = 1;
        CREATE INDEX notice_next ON notice (recipient, failures, number);
        CREATE TABLE told (               -- what was told last of something, so that it is not told again
            subject TEXT PRIMARY KEY,
            value   TEXT NOT NULL,
            at      INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    private static let tries = """
        ALTER TABLE notice ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;  -- also those that are no failures
        ALTER TABLE notice ADD COLUMN trouble TEXT;                      -- why the last one was in vain
        ALTER TABLE notice ADD COLUMN again INTEGER; -- when its recipient is tried again, in milliseconds since 1970
        """

    // A week is the longest pause that is taken into account.
    private static let pauses = """
        ALTER TABLE item ADD COLUMN pause_ms INTEGER;      -- of one that waits: due is no later than this after it was booked
        UPDATE item SET pause_ms = 604800000 WHERE state = 'waiting';
        CREATE INDEX item_asked ON item (due - pause_ms) WHERE state = 'waiting';
        """

    private static let days = """
        CREATE TABLE day (                -- stays when the items are forgotten
            number INTEGER NOT NULL,      -- since 1970, by the clock of this machine
            kind   TEXT NOT NULL,         -- done, skipped, or the class of a failure
            items  INTEGER NOT NULL,
            bytes  INTEGER NOT NULL,
            PRIMARY KEY (number, kind)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE minute (             -- the last ones, for the pace
            number INTEGER NOT NULL,      -- since 1970
            kind   TEXT NOT NULL,
            items  INTEGER NOT NULL,
            bytes  INTEGER NOT NULL,
            PRIMARY KEY (number, kind)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO day
        SELECT unixepoch(finished / 1000, 'unixepoch', 'localtime') / 86400, iif(state <> 'failed', state, ifnull(
            (SELECT class FROM failure WHERE failure.item = item.number ORDER BY rowid DESC LIMIT 1), 'permanent')),
            count(*), 0
        FROM item WHERE state IN ('done', 'skipped', 'failed') AND lane <> number GROUP BY 1, 2;
        """

    private static let damage = """
        CREATE TABLE damage (
            number  INTEGER PRIMARY KEY AUTOINCREMENT,
            at      INTEGER NOT NULL,     -- milliseconds since 1970
            id      TEXT NOT NULL,        -- of the track
            path    TEXT NOT NULL UNIQUE, -- within the library
            finding TEXT NOT NULL,
            queued  INTEGER NOT NULL      -- whether the track was put back in the queue
        ) STRICT;
        """
}
