-- As version 0.1.0 made it.
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
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
    told       INTEGER NOT NULL DEFAULT 0,  -- whether the last stage knows how it ended
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
INSERT INTO grdb_migrations VALUES ('items, their memberships and failures');
INSERT INTO grdb_migrations VALUES ('commands, and the items that nothing holds');
INSERT INTO stage VALUES (1, 'expand');
INSERT INTO stage VALUES (2, 'resolve');
INSERT INTO stage VALUES (3, 'fetch');
INSERT INTO stage VALUES (4, 'decrypt');
INSERT INTO stage VALUES (5, 'place');
INSERT INTO stage VALUES (6, 'record');
