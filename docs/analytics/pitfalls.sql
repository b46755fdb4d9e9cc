-- Top pitfalls of all repositories. A count that a file knew when it was taken over is a floor; muted
-- pitfalls stay out.
WITH met AS (
    SELECT repository, skill, pitfall, count(*) AS total, max(happened) AS last_seen
    FROM occurrences GROUP BY repository, skill, pitfall
), floors AS (
    SELECT b.repository, b.skill, n.current_name AS pitfall, b.id, b.floor_count + count(o.id) AS total
    FROM counted b
    JOIN names n ON n.repository = b.repository AND n.skill = b.skill AND n.name = b.pitfall
    LEFT JOIN occurrences o ON o.repository = b.repository AND o.skill = b.skill
        AND o.pitfall = n.current_name AND o.id > b.id
    WHERE b.kind = 'baseline'
    GROUP BY b.repository, b.skill, n.current_name, b.id, b.floor_count
), both_known AS (
    SELECT repository, skill, pitfall, total, last_seen FROM met
    UNION ALL SELECT repository, skill, pitfall, total, NULL FROM floors
), muted AS (
    SELECT m.repository, m.skill, n.current_name AS pitfall
    FROM counted m
    JOIN names n ON n.repository = m.repository AND n.skill = m.skill AND n.name = m.pitfall
    WHERE m.kind = 'mute'
    GROUP BY m.repository, m.skill, n.current_name
    HAVING max_by(m.muted, m.happened)
)
SELECT repository, skill, pitfall, max(total) AS occurrences, max(last_seen) AS last_seen
FROM both_known b
WHERE NOT EXISTS (
    SELECT 1 FROM muted m
    WHERE m.repository = b.repository AND m.skill = b.skill AND m.pitfall = b.pitfall
)
GROUP BY repository, skill, pitfall
HAVING max(total) > 0
ORDER BY occurrences DESC, repository, pitfall;
