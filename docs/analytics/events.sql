-- From stored lines to what counts, as docs/format.md says. The same text for every engine.

-- Of two texts with one id the redacted one wins; of the events with one key the earliest.
CREATE OR REPLACE VIEW known AS
WITH by_id AS (
    SELECT * FROM lines
    QUALIFY row_number() OVER (
        PARTITION BY repository, id
        ORDER BY CASE WHEN position('[redacted:' IN line) > 0 THEN 0 ELSE 1 END, line
    ) = 1
)
SELECT * FROM by_id
QUALIFY row_number() OVER (
    PARTITION BY repository, coalesce(fact_key, id), CASE WHEN fact_key IS NULL THEN 0 ELSE 1 END
    ORDER BY happened, id
) = 1;

-- A retraction can be retracted, and that one again. Retracting an event with a key retracts the key.
CREATE OR REPLACE VIEW retracted AS
WITH takes_back AS (
    SELECT repository, id, about FROM known WHERE kind = 'retraction'
), third AS (
    SELECT a.* FROM takes_back a JOIN takes_back b ON a.repository = b.repository AND a.about = b.id
    JOIN takes_back c ON b.repository = c.repository AND b.about = c.id
), second AS (
    SELECT a.* FROM takes_back a JOIN takes_back b ON a.repository = b.repository AND a.about = b.id
    WHERE NOT EXISTS (SELECT 1 FROM third t WHERE t.repository = a.repository AND t.about = a.id)
), live AS (
    SELECT a.* FROM takes_back a
    WHERE NOT EXISTS (SELECT 1 FROM second s WHERE s.repository = a.repository AND s.about = a.id)
)
SELECT DISTINCT l.repository, l.id, l.fact_key
FROM lines l JOIN live ON live.repository = l.repository AND live.about = l.id;

-- Events that take part in the numbers: not retracted, and confirmed where they were only proposed.
CREATE OR REPLACE VIEW counted AS
WITH whole AS (
    SELECT e.* FROM known e
    LEFT JOIN (SELECT DISTINCT repository, id FROM retracted) r
        ON r.repository = e.repository AND r.id = e.id
    LEFT JOIN (SELECT DISTINCT repository, fact_key FROM retracted) k
        ON k.repository = e.repository AND k.fact_key = e.fact_key
    WHERE r.id IS NULL AND k.fact_key IS NULL
), confirmed AS (
    SELECT DISTINCT repository, about FROM whole WHERE kind = 'confirmation'
)
SELECT e.* FROM whole e
LEFT JOIN confirmed c ON c.repository = e.repository AND c.about = e.id
WHERE NOT coalesce(e.proposed, false) OR c.about IS NOT NULL;

-- What each id of a pitfall is called now: all renames of the skill, one after the other.
CREATE OR REPLACE VIEW names AS
WITH RECURSIVE renames AS (
    SELECT repository, skill, old_name, new_name,
        row_number() OVER (PARTITION BY repository, skill ORDER BY happened, id) AS step
    FROM counted WHERE kind = 'rename'
), used AS (
    SELECT DISTINCT repository, skill, pitfall AS name FROM known WHERE pitfall IS NOT NULL
    UNION SELECT DISTINCT repository, skill, cause FROM known WHERE cause IS NOT NULL
), follow AS (
    SELECT repository, skill, name, name AS current_name, CAST(0 AS BIGINT) AS step FROM used
    UNION ALL
    SELECT f.repository, f.skill, f.name,
        CASE WHEN r.old_name = f.current_name THEN r.new_name ELSE f.current_name END,
        CAST(r.step AS BIGINT)
    FROM follow f
    JOIN renames r ON r.repository = f.repository AND r.skill = f.skill AND r.step = f.step + 1
)
SELECT repository, skill, name, max_by(current_name, step) AS current_name
FROM follow GROUP BY repository, skill, name;

-- A row for each pitfall that an occurrence counts for: its own, and the one that caused it.
CREATE OR REPLACE VIEW occurrences AS
WITH own AS (
    SELECT repository, skill, id, happened, pitfall AS name FROM counted
    WHERE kind = 'occurrence' AND pitfall IS NOT NULL
    UNION
    SELECT repository, skill, id, happened, cause FROM counted
    WHERE kind = 'occurrence' AND cause IS NOT NULL
)
SELECT DISTINCT o.repository, o.skill, o.id, o.happened, n.current_name AS pitfall
FROM own o
JOIN names n ON n.repository = o.repository AND n.skill = o.skill AND n.name = o.name;

-- Reports of deployments, and which deployment each is of. Reports of one run are one. Others are one when
-- they speak of the same artifact in the same place, begin within two hours of each other, and come from
-- different reporters: the second report of one reporter is of the second deployment.
CREATE OR REPLACE VIEW reports AS
WITH facts AS (
    SELECT *, coalesce(env, 'production') AS place,
        min(coalesce(started, finished, happened)) OVER (PARTITION BY repository, skill, coalesce(run, id)) AS start_at,
        coalesce(
            max(version) OVER (PARTITION BY repository, skill, coalesce(run, id)),
            max(substr(sha, 1, 7)) OVER (PARTITION BY repository, skill, coalesce(run, id)),
            run, id
        ) AS artifact,
        CASE WHEN run IS NULL THEN 0 ELSE 1 END AS has_run,
        CASE reporter WHEN 'ci' THEN 0 WHEN 'hook' THEN 1 WHEN 'detect' THEN 2 WHEN 'hand' THEN 3 ELSE 4 END AS trust
    FROM counted WHERE kind = 'deploy'
), gaps AS (
    SELECT *, CASE WHEN datediff('second', lag(start_at) OVER (
        PARTITION BY repository, skill, place, service, artifact ORDER BY start_at, id
    ), start_at) <= 7200 THEN 0 ELSE 1 END AS is_new
    FROM facts
), sittings AS (
    SELECT *, sum(is_new) OVER (
        PARTITION BY repository, skill, place, service, artifact ORDER BY start_at, id
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS sitting
    FROM gaps
), counted_off AS (
    SELECT *, CASE WHEN has_run = 1 THEN dense_rank() OVER (
            PARTITION BY repository, skill, place, service, artifact, sitting, has_run ORDER BY run
        ) ELSE row_number() OVER (
            PARTITION BY repository, skill, place, service, artifact, sitting, has_run, reporter
            ORDER BY start_at, id
        ) END AS nth
    FROM sittings
)
SELECT *, min(id) OVER (
        PARTITION BY repository, skill, place, service, artifact, sitting, nth
    ) AS deployment
FROM counted_off;

-- One row a deployment; the most trusted report that knows something decides.
CREATE OR REPLACE VIEW deployments AS
WITH merged AS (
    SELECT repository, skill, place, service, deployment,
        coalesce(
            min_by(outcome, CASE WHEN outcome IN ('succeeded', 'failed', 'blocked') THEN trust END), 'unknown'
        ) AS outcome,
        coalesce(
            min_by(started, CASE WHEN started IS NOT NULL THEN trust END),
            min_by(finished, CASE WHEN finished IS NOT NULL THEN trust END), min(start_at)
        ) AS start_at,
        coalesce(
            min_by(finished, CASE WHEN finished IS NOT NULL THEN trust END),
            min_by(started, CASE WHEN started IS NOT NULL THEN trust END), min(start_at)
        ) AS end_at,
        max(version) AS version,
        max(recovers) AS recovers,
        max(CASE WHEN hotfix THEN 1 ELSE 0 END) = 1 AS hotfix,
        max(CASE WHEN reached THEN 1 ELSE 0 END) = 1 AS moved
    FROM reports GROUP BY repository, skill, place, service, deployment
), endings AS (
    SELECT repository, about, max(resolved_at) AS resolved_at FROM counted
    WHERE kind = 'resolution' GROUP BY repository, about
), tied AS (
    -- Occurrences that name a report of it, or its version.
    SELECT m.repository, m.deployment, c.role, c.happened,
        coalesce(o.resolved_at, c.resolved_at) AS resolved_at
    FROM counted c
    LEFT JOIN endings o ON o.repository = c.repository AND o.about = c.id
    LEFT JOIN reports r ON r.repository = c.repository AND r.id = c.about
    JOIN merged m ON m.repository = c.repository AND m.skill = c.skill AND (
        m.deployment = r.deployment
        OR (r.id IS NULL AND m.version = c.version AND m.start_at <= c.happened
            AND (c.service IS NULL OR c.service = m.service))
    )
    WHERE c.kind = 'occurrence'
    QUALIFY row_number() OVER (PARTITION BY c.repository, c.id ORDER BY m.start_at DESC) = 1
), troubles AS (
    SELECT repository, deployment,
        max(CASE WHEN role = 'rollback' THEN 1 ELSE 0 END) = 1 AS rolled_back,
        max(CASE WHEN role = 'incident' THEN 1 ELSE 0 END) = 1 AS incident,
        min(CASE WHEN role = 'rollback' THEN coalesce(resolved_at, happened) END) AS rolled_back_at,
        max(resolved_at) AS over_at
    FROM tied GROUP BY repository, deployment
)
SELECT m.repository, m.skill, m.place, m.service, m.deployment, m.version, m.outcome, m.start_at, m.end_at,
    m.recovers, m.hotfix,
    coalesce(t.rolled_back, false) AS rolled_back,
    coalesce(t.incident, false) AS incident,
    t.rolled_back_at, t.over_at,
    -- Production was changed: it succeeded, or failed after traffic had moved, as a rollback proves.
    m.outcome = 'succeeded'
        OR (m.outcome = 'failed' AND (m.moved OR coalesce(t.rolled_back, false))) AS reached
FROM merged m
LEFT JOIN troubles t ON t.repository = m.repository AND t.deployment = m.deployment;

-- Deployments that a later one mended, which named any report of them.
CREATE OR REPLACE VIEW mended AS
SELECT r.repository, r.deployment,
    max(CASE WHEN m.reached THEN 1 ELSE 0 END) = 1 AS by_one_that_reached,
    min(CASE WHEN m.outcome = 'succeeded' THEN m.end_at END) AS end_at
FROM deployments m
JOIN reports r ON r.repository = m.repository AND r.id = m.recovers
GROUP BY r.repository, r.deployment;
