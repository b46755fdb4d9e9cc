-- How long failed deployments took to be mended, by repository and service: from the end of the failed one
-- to the end of the one that mended it, else to the rollback, else to the end of the incident. Those that
-- nothing mended are left out.
WITH times AS (
    SELECT d.repository, coalesce(d.service, '') AS service,
        datediff('second', d.end_at, coalesce(m.end_at, d.rolled_back_at, d.over_at)) AS seconds
    FROM deployments d
    LEFT JOIN mended m ON m.repository = d.repository AND m.deployment = d.deployment
)
SELECT repository, service, count(*) AS mended, median(seconds) AS median_s, max(seconds) AS max_s
FROM times WHERE seconds >= 0
GROUP BY repository, service
ORDER BY repository, service;
