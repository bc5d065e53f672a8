"""SQL that fills a portal as years of work would: every row as the portal's own actions and triggers leave it.

Made row by row through the portal these would take hours. Left out are the events of what comes before a review.
Every choice hangs on the row's number alone (`pick`), so that each filling is the same.
"""

PREPARE = """
    SET session_replication_role = replica;
    SET maintenance_work_mem = '512MB';
    SET work_mem = '128MB';
    CREATE FUNCTION pg_temp.pick(number bigint, what int, choices bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
        AS $$ SELECT abs(mod(hashint8extended(number, what), choices)) $$;
    CREATE TEMP TABLE sentence (language text, number int, words text, PRIMARY KEY (language, number));
    CREATE TEMP TABLE product (language text, number int, name text, PRIMARY KEY (language, number));
    CREATE TEMP TABLE person AS
        SELECT membership.team_id, membership.role, membership.user_id, person.name,
            row_number() OVER (PARTITION BY membership.team_id, membership.role ORDER BY membership.user_id) - 1
                AS number
        FROM accounts_membership AS membership JOIN accounts_user AS person ON person.id = membership.user_id
        WHERE person.email LIKE 'marketer%%' OR person.email LIKE 'reviewer%%';
    CREATE TEMP TABLE place AS  -- half of the work is the first team's
        SELECT share, (ARRAY(SELECT id FROM accounts_team ORDER BY id))[
            CASE WHEN share < 50 THEN 1 WHEN share < 75 THEN 2 WHEN share < 90 THEN 3 ELSE 4 END
        ] AS team_id
        FROM generate_series(0, 99) AS share;
    ANALYZE person;
    ANALYZE place;
"""

# One row a brief: what it is about. The last two fifths are those whose reviews are open, of the last ten days.
SUBJECT = """
    CREATE TEMP TABLE subject AS
    SELECT brief.id, brief.id > %(decided_briefs)s AS open, place.team_id, author.user_id AS author_id,
        author.name AS author_name, version.id AS version_id, prompt.id AS prompt_id, prompt.channel, prompt.language,
        version.system, version.template, version.decoding, model.id AS model_id, product.name AS product,
        product.name || CASE prompt.language
            WHEN 'en' THEN ', ' || replace(prompt.channel, '_', ' ') ELSE ' ' || prompt.name END AS title,
        CASE WHEN brief.id > %(decided_briefs)s
            THEN now() - interval '10 days'
                * ((%(briefs)s - brief.id + 1)::float8 / (%(briefs)s - %(decided_briefs)s + 1))
            ELSE now() - interval '10 days'
                - interval '290 days' * ((%(decided_briefs)s - brief.id)::float8 / %(briefs)s)
        END AS created_at
    FROM generate_series(1, %(briefs)s) AS brief(id)
    JOIN place ON place.share = pg_temp.pick(brief.id, 1, 100)
    JOIN person AS author ON author.team_id = place.team_id AND author.role = 'marketer'
        AND author.number = pg_temp.pick(brief.id, 2, %(marketers)s)
    JOIN (SELECT *, row_number() OVER (PARTITION BY team_id ORDER BY id) - 1 AS number FROM generation_prompt) AS prompt
        ON prompt.team_id = place.team_id AND prompt.number = pg_temp.pick(brief.id, 3, %(prompts)s)
    JOIN generation_promptversion AS version ON version.prompt_id = prompt.id
    JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS number FROM generation_modelversion) AS model
        ON model.number = pg_temp.pick(brief.id, 4, %(models)s)
    JOIN (SELECT language, count(*) AS names FROM product GROUP BY language) AS offer
        ON offer.language = prompt.language
    JOIN product ON product.language = prompt.language AND product.number = pg_temp.pick(brief.id, 5, offer.names);
    ANALYZE subject;
"""

BRIEFS = """
    INSERT INTO generation_brief (id, title, channel, language, "values", training_consent, revision, created_at,
        updated_at, author_id, team_id, prompt_version_id)
    SELECT id, title, channel, language, jsonb_build_object('product', product, 'tone', 'friendly'), true, 1,
        created_at, created_at, author_id, team_id, version_id
    FROM subject;
"""

RUNS = """
    INSERT INTO generation_generationrun (id, status, attempt, queued_at, started_at, finished_at, error_code, error,
        messages, decoding, seed, variants, versions, prompt_tokens, completion_tokens, seconds, brief_id,
        requested_by_id, team_id, model_id, model_name, preset, token_estimate)
    SELECT id, 'SUCCEEDED', 1, created_at, created_at, created_at + interval '20 seconds', '', '',
        jsonb_build_array(
            jsonb_build_object('role', 'system', 'content', system),
            jsonb_build_object('role', 'user', 'content', replace(template, '{{ product }}', product))
        ),
        decoding, id, 4, '{}', 180, 320, 20, id, author_id, team_id, model_id, '', '', 700
    FROM subject;
"""

DRAFTS = """
    INSERT INTO generation_draft (id, variant, origin, contributors, text, raw_text, sha256, language, finish_reason,
        token_count, mean_logprob, created_at, author_id, brief_id, team_id, run_id)
    SELECT id, variant, 'model', ARRAY[author_id], text, text, encode(sha256(convert_to(text, 'UTF8')), 'hex'),
        language, 'stop', 80, -0.7, created_at + interval '20 seconds', author_id, brief_id, team_id, brief_id
    FROM (
        SELECT draft.id, draft.variant, subject.id AS brief_id, subject.team_id, subject.author_id, subject.language,
            subject.created_at,
            product || gap || one.words || gap || two.words || gap || three.words || gap || four.words || gap || CASE
                WHEN pg_temp.pick(draft.id, 15, 30) = 0 THEN ending[3]
                WHEN pg_temp.pick(draft.id, 15, 4) = 0 THEN ending[2]
                ELSE ending[1]
            END AS text
        FROM subject
        CROSS JOIN LATERAL (
            SELECT 4 * (subject.id - 1) + 1 + variant AS id, variant FROM generate_series(0, 3) AS variant
        ) AS draft
        CROSS JOIN LATERAL (SELECT CASE language WHEN 'en' THEN ' ' ELSE '' END AS gap) AS gap
        CROSS JOIN LATERAL (
            SELECT CASE language WHEN 'en' THEN %(english_endings)s::text[] ELSE %(chinese_endings)s::text[] END
                AS ending
        ) AS ending
        JOIN sentence AS one
            ON one.language = subject.language AND one.number = pg_temp.pick(draft.id, 11, %(sentences)s)
        JOIN sentence AS two
            ON two.language = subject.language AND two.number = pg_temp.pick(draft.id, 12, %(sentences)s)
        JOIN sentence AS three
            ON three.language = subject.language AND three.number = pg_temp.pick(draft.id, 13, %(sentences)s)
        JOIN sentence AS four
            ON four.language = subject.language AND four.number = pg_temp.pick(draft.id, 14, %(sentences)s)
    ) AS written;
    ANALYZE generation_draft;
"""

# One row a review. Two of the four variants were submitted. The second team has two steps: editors, then legal.
COURSE = """
    CREATE TEMP TABLE course AS
    SELECT review.id, draft.id AS draft_id, subject.team_id, subject.author_id, subject.author_name, subject.open,
        subject.title, subject.channel, subject.language, subject.prompt_id, subject.model_id,
        subject.created_at + interval '20 minutes' AS submitted_at, policy.id AS policy_id,
        editors.id AS editors_id, legal.id AS legal_id,
        CASE WHEN subject.open THEN '' WHEN fate < 60 THEN 'APPROVED' WHEN fate < 85 THEN 'CHANGES_REQUESTED'
            ELSE 'REJECTED' END AS verdict,
        NOT subject.open AND fate < 15 AS corrected,
        subject.open AND pg_temp.pick(review.id, 22, 1000) < 15 AS held,
        subject.open AND pg_temp.pick(review.id, 23, 100) < 3 AS assigned,
        legal.id IS NOT NULL AND fate < 60 AND (NOT subject.open OR fate < 12) AS passed_first,
        one.user_id AS reviewer_id, one.name AS reviewer_name, two.user_id AS second_id, two.name AS second_name,
        CASE WHEN pg_temp.pick(review.id, 24, 100) < 2 THEN 1 WHEN pg_temp.pick(review.id, 24, 100) < 12 THEN 2
            WHEN pg_temp.pick(review.id, 24, 100) < 92 THEN 3 ELSE 4 END AS priority,
        interval '1 hour' * (1 + pg_temp.pick(review.id, 25, 40)) AS took,
        subject.title || ' · ' || left(draft.sha256, 8) AS label, draft.sha256
    FROM subject
    CROSS JOIN LATERAL (
        SELECT 2 * (subject.id - 1) + 1 + place AS id, place FROM generate_series(0, 1) AS place
    ) AS review
    CROSS JOIN LATERAL (SELECT pg_temp.pick(review.id, 21, 100) AS fate) AS fate
    JOIN generation_draft AS draft ON draft.id = 4 * (subject.id - 1) + 1 + review.place
    JOIN review_reviewpolicy AS policy ON policy.team_id = subject.team_id
        AND policy.number = (SELECT max(number) FROM review_reviewpolicy WHERE team_id = subject.team_id)
    LEFT JOIN review_reviewgroup AS editors ON editors.team_id = subject.team_id AND editors.name = 'Editors'
    LEFT JOIN review_reviewgroup AS legal ON legal.team_id = subject.team_id AND legal.name = 'Legal'
    JOIN person AS one ON one.team_id = subject.team_id AND one.role = 'reviewer'
        AND one.number = pg_temp.pick(review.id, 26, %(editors)s)
    JOIN person AS two ON two.team_id = subject.team_id AND two.role = 'reviewer'
        AND two.number = %(editors)s + pg_temp.pick(review.id, 27, %(reviewers)s - %(editors)s);
    ANALYZE course;
"""

# As a table that is not temporary: only such ones are read by several processes.
WORDS = """
    SET parallel_setup_cost = 0;
    SET parallel_tuple_cost = 0;
    CREATE UNLOGGED TABLE benchmark_words AS
    SELECT draft.id AS draft_id, portal_search_vector(brief.title || E'\\n' || draft.text) AS words
    FROM generation_draft AS draft JOIN generation_brief AS brief ON brief.id = draft.brief_id
    WHERE draft.variant IN (0, 1);
    ANALYZE benchmark_words;
"""

CORRECTIONS = """
    INSERT INTO generation_draft (id, origin, contributors, text, raw_text, sha256, language, finish_reason, created_at,
        author_id, brief_id, parent_id, team_id)
    SELECT %(drafts)s + row_number() OVER (ORDER BY course.id), 'human',
        ARRAY(SELECT DISTINCT unnest(draft.contributors || reviewer_id) ORDER BY 1), better, '',
        encode(sha256(convert_to(better, 'UTF8')), 'hex'), draft.language, '', submitted_at + took, reviewer_id,
        draft.brief_id, draft.id, draft.team_id
    FROM course JOIN generation_draft AS draft ON draft.id = course.draft_id
    CROSS JOIN LATERAL (SELECT replace(replace(draft.text, 'The ', 'This '), '它', '此物') || '.' AS better) AS better
    WHERE corrected;
    CREATE TEMP TABLE correction AS
        SELECT parent_id AS draft_id, id, sha256 FROM generation_draft WHERE id > %(drafts)s;
    ANALYZE correction;
"""

REVIEWS = """
    INSERT INTO review_review (id, status, submitted_at, claimed_at, claimed_until, claimed_by_id, decided_at,
        decided_by_id, approved_draft_id, draft_id, current_draft_id, submitted_by_id, team_id, assigned_to_id, barred,
        break_glass, channel, disputed, due_at, escalated_at, language, model_id, priority, prompt_id,
        second_opinion, step, group_id, policy_id)
    SELECT course.id,
        CASE WHEN NOT open THEN verdict WHEN held THEN 'IN_REVIEW' ELSE 'PENDING' END,
        submitted_at,
        CASE WHEN held THEN now() - interval '5 minutes'
            WHEN NOT open THEN submitted_at + took - interval '90 seconds' END,
        CASE WHEN held THEN now() + interval '25 minutes'
            WHEN NOT open THEN submitted_at + took + interval '28 minutes' END,
        CASE WHEN held OR NOT open THEN last_id END,
        CASE WHEN NOT open THEN submitted_at + took END,
        CASE WHEN NOT open THEN last_id END,
        CASE verdict WHEN 'APPROVED' THEN coalesce(correction.id, course.draft_id) END,
        course.draft_id, coalesce(correction.id, course.draft_id), course.author_id, course.team_id,
        CASE WHEN assigned AND NOT passed_first THEN last_id END,
        ARRAY(SELECT DISTINCT unnest(draft.contributors || CASE WHEN open THEN '{}' ELSE ARRAY[last_id] END
            || CASE WHEN passed_first THEN ARRAY[reviewer_id] ELSE '{}' END) ORDER BY 1),
        '', channel, false, submitted_at + interval '72 hours',
        CASE WHEN open AND submitted_at < now() - interval '73 hours' THEN submitted_at + interval '72 hours' END,
        course.language, model_id, priority, prompt_id, false,
        CASE WHEN passed_first THEN 2 ELSE 1 END, CASE WHEN passed_first THEN legal_id ELSE editors_id END, policy_id
    FROM course
    JOIN generation_draft AS draft ON draft.id = course.draft_id
    CROSS JOIN LATERAL (SELECT CASE WHEN passed_first THEN second_id ELSE reviewer_id END AS last_id) AS last
    LEFT JOIN correction ON correction.draft_id = course.draft_id;
    INSERT INTO review_searchentry (review_id, words)
        SELECT review.id, words FROM review_review AS review JOIN benchmark_words USING (draft_id);
    DROP TABLE benchmark_words;
"""

# A correction is made at the first step, so that the second approves it as it is.
VERDICTS = """
    CREATE TEMP TABLE verdict AS
    SELECT row_number() OVER (ORDER BY review_id, step) AS id, *
    FROM (
        SELECT course.id AS review_id, 1::smallint AS step, reviewer_id, reviewer_name,
            CASE WHEN passed_first THEN 'APPROVED' ELSE verdict END AS verdict, course.draft_id,
            coalesce(correction.id, course.draft_id) AS text_id, coalesce(correction.sha256, course.sha256) AS sha256,
            submitted_at + took - CASE WHEN passed_first THEN interval '30 minutes' ELSE interval '0' END AS given_at,
            passed_first AS goes_on, team_id, label
        FROM course LEFT JOIN correction ON correction.draft_id = course.draft_id WHERE NOT open OR passed_first
        UNION ALL
        SELECT course.id, 2::smallint, second_id, second_name, verdict, coalesce(correction.id, course.draft_id),
            coalesce(correction.id, course.draft_id), coalesce(correction.sha256, course.sha256), submitted_at + took,
            false, team_id, label
        FROM course LEFT JOIN correction ON correction.draft_id = course.draft_id WHERE NOT open AND passed_first
    ) AS given;
    ANALYZE verdict;
    INSERT INTO review_feedback (id, review_id, team_id, reviewer_id, step, kind, verdict, draft_id, approved_draft_id,
        facts_checked, accuracy, brand_fit, language, comment, seconds, given_at)
    SELECT id, review_id, team_id, reviewer_id, step, 'review', verdict, draft_id,
        CASE verdict WHEN 'APPROVED' THEN text_id END,
        false, 1 + pg_temp.pick(review_id, 31, 5), 1 + pg_temp.pick(review_id, 32, 5), NULL,
        CASE verdict WHEN 'APPROVED' THEN '' ELSE 'See the brief: half of the facts are missing.' END,
        30 + pg_temp.pick(id, 33, 300), given_at
    FROM verdict;
    INSERT INTO review_feedbackreason (id, feedback_id, reason_id)
    SELECT row_number() OVER (ORDER BY verdict.id), verdict.id, reason.id
    FROM verdict JOIN (
        SELECT *, row_number() OVER (PARTITION BY team_id ORDER BY id) - 1 AS number FROM review_reasoncode
    ) AS reason ON reason.team_id = verdict.team_id AND reason.number = pg_temp.pick(verdict.id, 34, 8)
    WHERE verdict <> 'APPROVED';
"""

EVENTS = """
    INSERT INTO audit_auditevent (at, actor_id, actor_name, team_id, action, target_type, target_id, target_label, data,
        request_id, user_agent)
    SELECT at, actor_id, actor_name, team_id, action, 'review.review', review_id::text, left(label, 200), data, '', ''
    FROM (
        SELECT submitted_at AS at, author_id AS actor_id, author_name AS actor_name, team_id,
            'review.submitted' AS action, id AS review_id, label,
            jsonb_build_object('before', '{}'::jsonb, 'after', '{"status": "PENDING"}'::jsonb, 'sha256', sha256) AS data
        FROM course
        UNION ALL
        SELECT given_at - interval '90 seconds', reviewer_id, reviewer_name, team_id, 'review.in_review', review_id,
            label, '{"before": {"status": "PENDING"}, "after": {"status": "IN_REVIEW"}}'
        FROM verdict
        UNION ALL
        SELECT now() - interval '5 minutes', CASE WHEN passed_first THEN second_id ELSE reviewer_id END,
            CASE WHEN passed_first THEN second_name ELSE reviewer_name END, team_id, 'review.in_review', id, label,
            '{"before": {"status": "PENDING"}, "after": {"status": "IN_REVIEW"}}'
        FROM course WHERE held
        UNION ALL
        SELECT given_at, reviewer_id, reviewer_name, team_id,
            CASE WHEN goes_on THEN 'review.judged' ELSE 'review.' || lower(verdict) END, review_id, label,
            jsonb_build_object('before', '{"status": "IN_REVIEW"}'::jsonb,
                'after', jsonb_build_object('status', CASE WHEN goes_on THEN 'PENDING' ELSE verdict END),
                'verdict', verdict, 'step', step, 'sha256', sha256, 'corrected', draft_id <> text_id,
                'reasons', '[]'::jsonb)
        FROM verdict
    ) AS told
    ORDER BY at;
"""

STATEMENTS = {
    "subjects": SUBJECT,
    "briefs": BRIEFS,
    "runs": RUNS,
    "drafts": DRAFTS,
    "words": WORDS,
    "what became of them": COURSE,
    "corrections": CORRECTIONS,
    "reviews": REVIEWS,
    "feedback": VERDICTS,
    "events": EVENTS,
}
TABLES = (
    "generation_brief",
    "generation_generationrun",
    "generation_draft",
    "review_review",
    "review_searchentry",
    "review_feedback",
    "review_feedbackreason",
    "audit_auditevent",
)
