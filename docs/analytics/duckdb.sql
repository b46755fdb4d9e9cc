-- The journals of all repositories below the present folder as the view `lines`: one row a stored line.
-- Other folders: change the globs, `*` is the repository. A line that is no JSON is left out.
SET VARIABLE files = (
    SELECT list(file ORDER BY file)
    FROM glob(['*/.learn/events/*/*.json', '*/.learn/packs/*.jsonl'])
);

CREATE OR REPLACE VIEW lines AS
WITH fields AS (
    SELECT
        regexp_extract(replace(filename, '\', '/'), '(.*)/\.learn/', 1) AS repository,
        json ->> '$.id' AS id,
        CAST(json AS VARCHAR) AS line,
        json ->> '$.skill' AS skill,
        json ->> '$.kind' AS kind,
        json ->> '$.pitfall' AS pitfall,
        json ->> '$.cause' AS cause,
        json ->> '$.of' AS about,
        json ->> '$.role' AS role,
        json ->> '$.outcome' AS outcome,
        json ->> '$.env' AS env,
        json ->> '$.service' AS service,
        json ->> '$.version' AS version,
        json ->> '$.sha' AS sha,
        json ->> '$.run' AS run,
        json ->> '$.by' AS reporter,
        json ->> '$.key' AS fact_key,
        json ->> '$.from' AS old_name,
        json ->> '$.to' AS new_name,
        json ->> '$.recovers' AS recovers,
        CAST(CAST(json ->> '$.at' AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS TIMESTAMP) AS said_at,
        CAST(CAST(json ->> '$.started' AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS TIMESTAMP) AS started,
        CAST(CAST(json ->> '$.finished' AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS TIMESTAMP) AS finished,
        CAST(CAST(json ->> '$.resolved_at' AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS TIMESTAMP) AS resolved_at,
        CAST(json ->> '$.proposed' AS BOOLEAN) AS proposed,
        CAST(json ->> '$.hotfix' AS BOOLEAN) AS hotfix,
        CAST(json ->> '$.reached' AS BOOLEAN) AS reached,
        CAST(json ->> '$.muted' AS BOOLEAN) AS muted,
        CAST(json ->> '$.count' AS BIGINT) AS floor_count
    FROM read_ndjson_objects(getvariable('files'), filename = true, ignore_errors = true)
), written AS (
    -- An id begins with the milliseconds since 1970 when it was made, ten digits to the base of 32.
    SELECT *, TIMESTAMP '1970-01-01' + to_milliseconds(CAST(
        (position(substr(id, 1, 1) IN '0123456789ABCDEFGHJKMNPQRSTVWXYZ') - 1) * power(32, 9)
        + (position(substr(id, 2, 1) IN '0123456789ABCDEFGHJKMNPQRSTVWXYZ') - 1) * power(32, 8)
        + (position(substr(id, 3, 1) IN '0123456789ABCDEFGHJKMNPQRSTVWXYZ') - 1) * power(32, 7)
        + (position(substr(id, 4, 1) IN '0123456789ABCDEFGHJKMNPQRSTVWXYZ') - 1) * power(32, 6)
        + (position(substr(id, 5, 1) IN '0123456789ABCDEFGHJKMNPQRSTVWXYZ') - 1) * power(32, 5)
        + (position(substr(id, 6, 1) IN '0123456789ABCDEFGHJKMNPQRSTVWXYZ') - 1) * power(32, 4)
        + (position(substr(id, 7, 1) IN '0123456789ABCDEFGHJKMNPQRSTVWXYZ') - 1) * power(32, 3)
        + (position(substr(id, 8, 1) IN '0123456789ABCDEFGHJKMNPQRSTVWXYZ') - 1) * power(32, 2)
        + (position(substr(id, 9, 1) IN '0123456789ABCDEFGHJKMNPQRSTVWXYZ') - 1) * power(32, 1)
        + (position(substr(id, 10, 1) IN '0123456789ABCDEFGHJKMNPQRSTVWXYZ') - 1) * power(32, 0)
        AS BIGINT)) AS written_at
    FROM fields
    WHERE length(id) = 26
)
-- A time more than a day after the event was written comes from a wrong clock.
SELECT *, CASE WHEN said_at > written_at + INTERVAL 1 DAY THEN written_at ELSE said_at END AS happened
FROM written;
