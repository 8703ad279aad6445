"""The tables of what operators keep about conversations in the inbox, and what serves its search. See tables.py."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    Uuid,
    func,
    text,
)

from supportbot.common.database.clock import UtcDateTime
from supportbot.common.database.schema.beside_writes import BESIDE_WRITES
from supportbot.common.database.schema.operator_tables import notes
from supportbot.common.database.schema.tables import conversations, messages, metadata, outbound

attended = text("mode = 'person' AND last_seq > done_seq")
"""Conversations in which something waits for a person. As text, like `pending`, so that its index serves statements."""
closed = text("mode = 'closed'")
written_by_person = text("author = 'person'")
named = text("user_name <> ''")

JOINTS = "ёЁ-./@_:+#"
JOINTS_AS = "еЕ        "
"""What PostgreSQL would read as part of one word, numbers and addresses among it, parts words; ё is read as е."""


def _conversation(*, primary_key: bool = False) -> Column[object]:
    key = ForeignKey("conversations.id", ondelete="CASCADE")
    return Column("conversation_id", Uuid(), key, nullable=False, primary_key=primary_key)


def words_of(column: str) -> str:
    """A text's words as PostgreSQL's index has them: stems, Russian and English. Statements must repeat it."""
    return f"to_tsvector('russian'::regconfig, translate({column}, '{JOINTS}', '{JOINTS_AS}'))"


triage = Table(
    "triage",
    metadata,
    _conversation(primary_key=True),
    Column("priority", SmallInteger(), nullable=False, server_default="0"),  # 0, 1 (high) or 2 (urgent)
    Column("snoozed_until", UtcDateTime()),  # out of sight until then; from then on it waits, until somebody acts
    Column("snoozed_seq", Integer(), nullable=False, server_default="0"),  # a newer message ends it
    CheckConstraint("priority BETWEEN 0 AND 2", name="priority"),
    Index("ix_triage_snoozed_until", "snoozed_until"),
)

labels = Table(
    "labels",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("created_at", UtcDateTime(), nullable=False),
)

conversation_labels = Table(
    "conversation_labels",
    metadata,
    _conversation(primary_key=True),
    Column("label", String(32), ForeignKey("labels.name", ondelete="CASCADE"), primary_key=True),
    Index("ix_conversation_labels_label", "label", "conversation_id"),
)

drafts = Table(
    "drafts",
    metadata,
    _conversation(primary_key=True),
    Column("operator_id", Uuid(), ForeignKey("operators.id", ondelete="CASCADE"), primary_key=True),
    Column("text", Text(), nullable=False),
    Column("is_note", Boolean(), nullable=False, server_default=text("false")),
    Column("updated_at", UtcDateTime(), nullable=False),
    Index("ix_drafts_operator", "operator_id"),
)

for _name, _which in {"attended": attended, "closed": closed}.items():
    Index(
        f"ix_conversations_{_name}",
        conversations.c.active_at,
        postgresql_where=_which,
        sqlite_where=_which,
        info=BESIDE_WRITES,
    )
Index(
    "ix_conversations_name",
    func.lower(conversations.c.user_name).label("lower_name"),
    postgresql_ops={"lower_name": "text_pattern_ops"},
    postgresql_where=named,
    info=BESIDE_WRITES,
).ddl_if(dialect="postgresql")
Index("ix_messages_words", text(words_of("text")), postgresql_using="gin", info=BESIDE_WRITES, _table=messages).ddl_if(
    dialect="postgresql"
)
Index(
    "ix_outbound_words",
    text(words_of("body")),
    postgresql_using="gin",
    postgresql_where=written_by_person,
    info=BESIDE_WRITES,
    _table=outbound,
).ddl_if(dialect="postgresql")
Index("ix_notes_words", text(words_of("text")), postgresql_using="gin", info=BESIDE_WRITES, _table=notes).ddl_if(
    dialect="postgresql"
)
