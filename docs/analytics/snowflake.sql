-- The same view `lines` in Snowflake, over a bucket that the repositories' `.learn` folders are copied to:
-- `aws s3 sync shop/.learn s3://journals/shop/.learn --exclude 'local/*'`, one folder a repository.
CREATE OR REPLACE FILE FORMAT journal_lines TYPE = JSON;
CREATE OR REPLACE STAGE journals URL = 's3://journals/' FILE_FORMAT = journal_lines;

CREATE OR REPLACE VIEW lines AS
WITH stored AS (
    SELECT metadata$filename AS filename, $1 AS json
    FROM @journals (FILE_FORMAT => journal_lines, PATTERN => '.*[.]learn/(events|packs)/.*[.]jsonl?')
), fields AS (
    SELECT
        split_part(filename, '/.learn/', 1) AS repository,
        json:"id"::varchar AS id,
        to_json(json) AS line,
        json:"skill"::varchar AS skill,
        json:"kind"::varchar AS kind,
        json:"pitfall"::varchar AS pitfall,
        json:"cause"::varchar AS cause,
        json:"of"::varchar AS about,
        json:"role"::varchar AS role,
        json:"outcome"::varchar AS outcome,
        json:"env"::varchar AS env,
        json:"service"::varchar AS service,
        json:"version"::varchar AS version,
        json:"sha"::varchar AS sha,
        json:"run"::varchar AS run,
        json:"by"::varchar AS reporter,
        json:"key"::varchar AS fact_key,
        json:"from"::varchar AS old_name,
        json:"to"::varchar AS new_name,
        json:"recovers"::varchar AS recovers,
        convert_timezone('UTC', json:"at"::timestamp_tz)::timestamp_ntz AS said_at,
        convert_timezone('UTC', json:"started"::timestamp_tz)::timestamp_ntz AS started,
        convert_timezone('UTC', json:"finished"::timestamp_tz)::timestamp_ntz AS finished,
        convert_timezone('UTC', json:"resolved_at"::timestamp_tz)::timestamp_ntz AS resolved_at,
        json:"proposed"::boolean AS proposed,
        json:"hotfix"::boolean AS hotfix,
        json:"reached"::boolean AS reached,
        json:"muted"::boolean AS muted,
        json:"count"::bigint AS floor_count
    FROM stored
), written AS (
    -- An id begins with the milliseconds since 1970 when it was made, ten digits to the base of 32.
    SELECT *, dateadd('millisecond', CAST(
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
        AS BIGINT), '1970-01-01'::timestamp_ntz) AS written_at
    FROM fields
    WHERE length(id) = 26
)
-- A time more than a day after the event was written comes from a wrong clock.
SELECT *, CASE WHEN said_at > dateadd('day', 1, written_at) THEN written_at ELSE said_at END AS happened
FROM written;
