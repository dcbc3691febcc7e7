-- Pipelines, their versions, experiments, runs with their plans, and the events that runs are made of.
-- Times are milliseconds since 1970. JSON columns hold what the API's types are written as.

CREATE TABLE pipelines (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    text TEXT NOT NULL,
    revision INTEGER NOT NULL,
    tasks INTEGER NOT NULL,
    thumbnail TEXT NOT NULL,
    is_foreign INTEGER NOT NULL,
    created INTEGER NOT NULL,
    edited INTEGER NOT NULL,
    runs INTEGER NOT NULL DEFAULT 0,
    last_number INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX pipelines_by_edit ON pipelines (edited DESC, id);

-- Immutable snapshots made by Run.
CREATE TABLE versions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    pipeline TEXT NOT NULL,
    revision INTEGER NOT NULL,
    text TEXT NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (pipeline, revision)
);

CREATE TABLE experiments (
    name TEXT PRIMARY KEY NOT NULL,
    description TEXT NOT NULL,
    created INTEGER NOT NULL,
    runs INTEGER NOT NULL DEFAULT 0,
    last_used INTEGER
);

CREATE TABLE runs (
    id TEXT PRIMARY KEY NOT NULL,
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
    counts TEXT NOT NULL
);
CREATE INDEX runs_by_pipeline ON runs (pipeline, id);
CREATE INDEX runs_by_experiment ON runs (experiment, id);
CREATE INDEX runs_by_phase ON runs (phase, id);

-- Beside the runs, so that lists of runs read small rows only.
CREATE TABLE run_plans (
    run TEXT PRIMARY KEY NOT NULL,
    plan TEXT NOT NULL,
    arguments TEXT NOT NULL
);

-- AUTOINCREMENT: an id is never used again, even after the newest events were deleted.
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run TEXT NOT NULL,
    time INTEGER NOT NULL,
    fact TEXT NOT NULL
);
CREATE INDEX events_by_run ON events (run, id);

-- Storage that stays: one row a folder under the data folder's volumes.
CREATE TABLE volumes (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    lifetime TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    last_used INTEGER,
    UNIQUE (lifetime, pipeline, name)
);
CREATE TABLE volume_uses (
    run TEXT NOT NULL,
    volume TEXT NOT NULL,
    PRIMARY KEY (run, volume)
);
CREATE INDEX volume_uses_by_volume ON volume_uses (volume);

-- Names that people gave to what they uploaded.
CREATE TABLE uploads (
    sha256 TEXT NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    files INTEGER NOT NULL,
    is_folder INTEGER NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (sha256, name)
);
