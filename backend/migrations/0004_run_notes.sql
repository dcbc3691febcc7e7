-- What the engine said about a run when it started, in JSON: what has no effect where it runs. Runs of which it said nothing
-- have no row.
CREATE TABLE run_notes (
    run TEXT PRIMARY KEY NOT NULL,
    notes TEXT NOT NULL
);
