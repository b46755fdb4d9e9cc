-- Change fail rate by repository, service and month: deployments that reached production and were rolled
-- back, had an incident or were mended by a later one, of all that reached it.
WITH reached AS (
    SELECT d.repository, coalesce(d.service, '') AS service,
        substr(CAST(d.start_at AS VARCHAR), 1, 7) AS month,
        d.rolled_back OR d.incident OR coalesce(m.by_one_that_reached, false)
            OR coalesce(lead(d.hotfix AND d.recovers IS NULL) OVER (
                PARTITION BY d.repository, d.skill, d.service ORDER BY d.start_at
            ), false) AS has_failed
    FROM deployments d
    LEFT JOIN mended m ON m.repository = d.repository AND m.deployment = d.deployment
    WHERE d.reached
)
SELECT repository, service, month,
    sum(CASE WHEN has_failed THEN 1 ELSE 0 END) AS failed,
    count(*) AS deployments,
    sum(CASE WHEN has_failed THEN 1 ELSE 0 END) / count(*) AS change_fail_rate
FROM reached
GROUP BY repository, service, month
ORDER BY repository, service, month;
