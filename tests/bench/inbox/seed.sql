-- {count} conversations of {each} messages, with ids in the order of time, as the product makes them.
CREATE FUNCTION seed_id(at timestamptz, seed text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || substr(md5(seed), 1, 20))::uuid
$$;
CREATE TABLE seed_texts AS
    SELECT n, string_agg(word, ' ') AS body FROM (
        SELECT n, CASE WHEN random() < 0.5 THEN words[1 + floor(random() * random() * array_length(words, 1))::int]
                       ELSE 'w' || floor(random() * 20000)::int END AS word
        FROM generate_series(1, 50000) AS n, generate_series(1, 10) AS place, string_to_array(
            'order delivery return refund invoice address courier warranty account password payment discount exchange '
            'parcel receipt cancel broken colour size delay заказ доставка возврат деньги чек адрес курьер гарантия '
            'кабинет пароль оплата скидка обмен посылка товар отменить сломался цвет размер задержка', ' ') AS words
    ) AS drawn GROUP BY n;
ALTER TABLE seed_texts ADD PRIMARY KEY (n);
INSERT INTO conversations (id, channel, bot, chat, user_name, language, last_seq, done_seq, out_seq, mode, due_at,
                           created_at, active_at)
    SELECT seed_id(begun, 'c' || i), CASE i % 3 WHEN 0 THEN 'web' ELSE 'telegram' END,
           CASE i % 3 WHEN 0 THEN '' ELSE '1001' END, i::text, CASE i % 3 WHEN 0 THEN '' ELSE 'Person ' || i END,
           CASE i % 2 WHEN 0 THEN 'ru' ELSE 'en' END, {each}, CASE WHEN i % 30 = 0 AND i > {count} - 3000 THEN {each} - 1 ELSE {each} END,
           {each}, CASE WHEN i % 30 = 0 AND i > {count} - 3000 OR i % 50 = 1 THEN 'person' WHEN i % 5 < 3 THEN 'closed' ELSE 'machine' END,
           now(), begun, begun + make_interval(secs => {each} * 20)
    FROM generate_series(1, {count}) AS i, LATERAL (SELECT now() - make_interval(secs => ({count} - i) * 300) AS begun) AS b;
INSERT INTO messages (id, conversation_id, seq, kind, text, received_at)
    SELECT seed_id(asked, 'm' || c.id || s), c.id, s, 'text', t.body, asked
    FROM conversations AS c, generate_series(1, {each}) AS s,
         LATERAL (SELECT c.created_at + make_interval(secs => s * 20) AS asked) AS a,
         seed_texts AS t WHERE t.n = 1 + (c.chat::bigint * 7919 + s * 104729) % 50000
    ORDER BY asked;
INSERT INTO outbound (reply_key, conversation_id, lane, out_seq, author, channel, bot, chat, body, details, turn_to,
                      status, not_before, created_at)
    SELECT c.id || ':' || s || ':0', c.id, c.id::text, s, CASE WHEN s % 5 = 0 THEN 'person' ELSE 'machine' END,
           c.channel, c.bot, c.chat, t.body, '{{}}', s, 'sent', c.active_at, c.active_at
    FROM conversations AS c, generate_series(1, {each}, 2) AS s, seed_texts AS t
    WHERE t.n = 1 + (c.chat::bigint * 6007 + s * 3571) % 50000;
INSERT INTO escalations (id, conversation_id, turn_to, question, reason, state, created_at)
    SELECT gen_random_uuid(), id, last_seq, 'Is it covered?', 'low_confidence',
           CASE WHEN chat::int > {count} - 1000 THEN 'open' ELSE 'answered' END, active_at
    FROM conversations WHERE chat::int % 4 = 0;
INSERT INTO triage (conversation_id, priority, snoozed_until, snoozed_seq)
    SELECT id, chat::int % 3, CASE WHEN chat::int % 2 = 0 THEN now() + make_interval(hours => 1 + chat::int % 100)
                                   WHEN chat::int % 31 = 0 THEN now() - interval '1 hour' END, last_seq
    FROM conversations WHERE chat::int % 77 = 0;
INSERT INTO labels SELECT 'label ' || n, now() FROM generate_series(0, 19) AS n;
INSERT INTO conversation_labels SELECT id, 'label ' || chat::int % 20 FROM conversations WHERE chat::int % 3 = 1;
DROP TABLE seed_texts;
DROP FUNCTION seed_id
