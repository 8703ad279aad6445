"""Prometheus metrics that several services touch. Their names are promised to whoever watches the product."""

from prometheus_client import Counter, Gauge, Histogram

_STEPS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

MESSAGES_RECEIVED = Counter("supportbot_messages_received_total", "Messages stored", ["channel", "kind"])
TURNS_FINISHED = Counter("supportbot_turns_finished_total", "Turns finished", ["decision", "reason"])
TURN_SECONDS = Histogram("supportbot_turn_seconds", "From claim to finish", buckets=_STEPS)
CLAIM_SECONDS = Histogram("supportbot_claim_seconds", "Claiming of a turn", buckets=_STEPS)
ANSWER_SECONDS = Histogram("supportbot_answer_seconds", "Finding and writing of an answer", buckets=_STEPS)
STAGE_SECONDS = Histogram("supportbot_stage_seconds", "Stages of answering", ["stage"], buckets=_STEPS)
TURNS_LOST = Counter("supportbot_turns_lost_total", "Turns whose claim was lost before they were finished")
TURNS_FAILED = Counter("supportbot_turns_failed_total", "Attempts at a turn that failed", ["cause"])
REPLIES_SENT = Counter("supportbot_replies_sent_total", "Requests to send a reply", ["channel", "outcome"])
EVENTS_PUBLISHED = Counter("supportbot_events_published_total", "Events given to the bus", ["event", "outcome"])
EVENTS_CONSUMED = Counter("supportbot_events_consumed_total", "Events handled", ["queue", "outcome"])
EVENTS_REDELIVERED = Counter("supportbot_events_redelivered_total", "Events delivered more than once", ["queue"])
EVENTS_DROPPED = Counter("supportbot_events_dropped_total", "Events that found a full local queue", ["queue"])
EVENTS_REJECTED = Counter("supportbot_events_rejected_total", "Messages that were no event", ["queue", "reason"])
BUS_CONNECTED = Gauge("supportbot_bus_connected", "Whether a line to RabbitMQ is up", ["line"])
BUS_LINES_LOST = Counter("supportbot_bus_lines_lost_total", "Lines to RabbitMQ that had to be made again", ["line"])
OUTBOX_WAITING = Gauge("supportbot_outbox_waiting", "Events in the outbox; without RabbitMQ they stay for a minute")
OUTBOX_OLDEST_SECONDS = Gauge("supportbot_outbox_oldest_seconds", "Age of the oldest event in the outbox")
OUTBOX_SWEPT = Counter("supportbot_outbox_swept_total", "Events published by the sweep")
PASSAGES_WRITTEN = Counter("supportbot_passages_written_total", "Passages encoded and written to the knowledge index")
DOCUMENTS_INDEXED = Counter("supportbot_documents_indexed_total", "Document versions indexed", ["outcome"])
DOCUMENTS = Gauge("supportbot_documents", "Documents by the stage that they are at, or `failed`", ["stage"])
DOCUMENT_STAGE_SECONDS = Histogram(
    "supportbot_document_stage_seconds",
    "How long documents took to reach a stage from the one before",
    ["stage"],
    buckets=(*_STEPS, 60, 120, 300),
)
INDEX_SECONDS = Histogram("supportbot_index_seconds", "Indexing of one document", buckets=_STEPS)
MODEL_CALLS = Counter("supportbot_model_calls_total", "Requests to the model API", ["stage", "outcome"])
MODEL_TOKENS = Counter("supportbot_model_tokens_total", "Tokens used at the model API", ["stage", "kind"])
MODEL_COST = Counter(
    "supportbot_model_cost_total", "Paid to models, in the currency of MODEL_PRICES", ["stage", "model"]
)
ANSWERS_REPEATED = Counter("supportbot_answers_repeated_total", "Answers of a model given again without asking it")
MODEL_CAPPED = Counter("supportbot_model_capped_total", "Requests not made, as a day's limit was used up", ["limit"])
TURNS_DUE = Gauge("supportbot_turns_due", "Turns that wait for the machine; 1000 where there are more")
OLDEST_DUE_SECONDS = Gauge("supportbot_oldest_due_seconds", "How long the turn due longest has waited")
ESCALATIONS_OPEN = Gauge("supportbot_escalations_open", "Questions that wait for a person, by kind", ["dead_letter"])
OLDEST_ESCALATION_SECONDS = Gauge(
    "supportbot_oldest_escalation_seconds", "How long the question has waited that waits longest for a person"
)
REPLIES_UNCERTAIN = Gauge("supportbot_replies_uncertain", "Replies of which nobody knows yet whether they arrived")
REDIS_AWAY = Gauge("supportbot_redis_away", "1 while Redis is away and memory stands in for it")
MAILS = Counter("supportbot_mails_total", "Attempts to send a mail", ["kind", "outcome"])
SPANS_LOST = Counter("supportbot_spans_lost_total", "Spans that the collector did not take")

# Prometheus sees no increase in what appears with its first event: what alerts wait for is there from the start, at 0.
DOCUMENTS_INDEXED.labels("failed")
MODEL_CAPPED.labels("all")
for _kind in ("alerts", "report"):
    MAILS.labels(_kind, "given_up")
REPLIES_SENT.labels("telegram", "unauthorised")

DB_REFUSALS = Counter("db_connection_pool_refusals_total", "Requests for a connection that waited in vain")
DB_CHECKED_OUT = Gauge("db_connection_pool_checked_out", "Database connections in use")
DB_SIZE = Gauge("db_connection_pool_size", "Database connections that the pool keeps")
DB_OVERFLOW = Gauge("db_connection_pool_overflow", "Database connections beyond the pool's size")
