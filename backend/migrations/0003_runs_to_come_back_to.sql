-- Lists of runs that stay quick over 100,000 of them: numbered in the order they were made, indexed by everything they
-- are filtered and sorted by, searched by text, with the bytes that each keeps in the artifact store. And versions that
-- a person gave a name.

CREATE TABLE numbered_runs (
    -- Rises with every run; every index ends with it, so that a filter gives its runs in the order of the list.
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    pipeline TEXT NOT NULL,
    pipeline_name TEXT NOT NULL,
    version INTEGER NOT NULL,
    experiment TEXT NOT NULL,
    engine TEXT NOT NULL,
    sandbox TEXT NOT NULL,
    phase TEXT NOT NULL,
    created INTEGER NOT NULL,
    started INTEGER,
    finished INTEGER,
    tasks INTEGER NOT NULL,
    counts TEXT NOT NULL,
    -- Bytes of artifacts and stored logs.
    size INTEGER NOT NULL DEFAULT 0,
    -- Milliseconds; -1 until it has ended.
    took INTEGER GENERATED ALWAYS AS (coalesce(finished - started, -1)) VIRTUAL
);
INSERT INTO numbered_runs (id, name, number, pipeline, pipeline_name, version, experiment, engine, sandbox, phase, created,
    started, finished, tasks, counts)
SELECT id, name, number, pipeline, pipeline_name, version, experiment, engine, sandbox, phase, created, started, finished,
    tasks, counts FROM runs ORDER BY id;
DROP TABLE runs;
ALTER TABLE numbered_runs RENAME TO runs;

CREATE INDEX runs_by_phase ON runs (phase, seq);
CREATE INDEX runs_by_pipeline ON runs (pipeline, seq);
CREATE INDEX runs_by_pipeline_and_phase ON runs (pipeline, phase, seq);
CREATE INDEX runs_by_experiment ON runs (experiment, seq);
CREATE INDEX runs_by_experiment_and_phase ON runs (experiment, phase, seq);
CREATE INDEX runs_by_engine ON runs (engine, seq);
CREATE INDEX runs_by_time ON runs (took, seq);
CREATE INDEX runs_by_size ON runs (size, seq);
CREATE INDEX runs_by_name ON runs (name COLLATE NOCASE, seq);

-- Any three letters in a row find a run.
CREATE VIRTUAL TABLE run_texts USING fts5 (
    name, pipeline_name, experiment, content = 'runs', content_rowid = 'seq', tokenize = 'trigram'
);
INSERT INTO run_texts (run_texts) VALUES ('rebuild');
CREATE TRIGGER run_text_made AFTER INSERT ON runs BEGIN
    INSERT INTO run_texts (rowid, name, pipeline_name, experiment)
    VALUES (new.seq, new.name, new.pipeline_name, new.experiment);
END;
CREATE TRIGGER run_text_gone AFTER DELETE ON runs BEGIN
    INSERT INTO run_texts (run_texts, rowid, name, pipeline_name, experiment)
    VALUES ('delete', old.seq, old.name, old.pipeline_name, old.experiment);
END;
CREATE TRIGGER run_text_changed AFTER UPDATE OF name, pipeline_name, experiment ON runs BEGIN
    INSERT INTO run_texts (run_texts, rowid, name, pipeline_name, experiment)
    VALUES ('delete', old.seq, old.name, old.pipeline_name, old.experiment);
    INSERT INTO run_texts (rowid, name, pipeline_name, experiment)
    VALUES (new.seq, new.name, new.pipeline_name, new.experiment);
END;

-- A version made by name; those that a run made have none until somebody gives it.
ALTER TABLE versions ADD COLUMN name TEXT;
CREATE INDEX versions_by_pipeline ON versions (pipeline, id);
CREATE INDEX runs_by_version ON runs (version);
