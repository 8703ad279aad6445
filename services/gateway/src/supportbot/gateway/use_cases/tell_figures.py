"""Tell an admin how things stand: `/status` now, `/stats` over a week."""

from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import statement_start
from supportbot.common.database.outbound import Reply, queue_staff_notice
from supportbot.common.database.schema.staff_tables import ratings
from supportbot.common.database.schema.tables import (
    answers,
    conversations,
    documents,
    escalations,
    feedback,
    outbound,
    unsettled,
)
from supportbot.common.database.transactions import Transaction
from supportbot.common.database.updates import remember_update
from supportbot.common.i18n import spoken_language, translate
from supportbot.common.ids import BotId
from supportbot.gateway.domain.followups import ReplyQueued
from supportbot.gateway.domain.updates import UserMessage

WEEK_S = 7 * 24 * 3600.0


async def tell_figures(tx: Transaction, bot: BotId, update: UserMessage, digest: str) -> ReplyQueued:
    """Queue the figures that an admin asked for; to be called for people in ADMIN_IDS alone."""
    await remember_update(tx, bot, str(update.update_id), digest)
    language = spoken_language(update.language)
    figures = await (_now if update.slash == "status" else _week)(tx.connection)
    text = translate(f"staff.{update.slash}", language, **figures)
    reply = Reply(text, "staff_notice", details={"kind": "staff_note", "language": language})
    key = f"figures:{bot}:{update.update_id}"
    await queue_staff_notice(tx, key=key, conversation_id=None, bot=bot, chat=update.chat, reply=reply)
    return ReplyQueued()


async def _now(connection: AsyncConnection) -> dict[str, Any]:
    c, o, d = conversations.c, outbound.c, documents.c
    waiting = select(func.count(func.distinct(escalations.c.conversation_id))).where(escalations.c.state == "open")
    counted = {
        "waiting": waiting,
        "people": select(func.count()).where(c.mode == "person"),
        "thinking": select(func.count()).where(c.last_seq > c.done_seq, c.mode == "machine"),
        "unsent": select(func.count()).where(unsettled, o.status != "uncertain"),
        "uncertain": select(func.count()).where(unsettled, o.status == "uncertain"),
        "documents": select(func.count()).where(d.state == "ready"),
        "failed": select(func.count()).where(d.state == "failed"),
    }
    return {name: (await connection.execute(one)).scalar_one() for name, one in counted.items()}


async def _week(connection: AsyncConnection) -> dict[str, Any]:
    a, f = answers.c, feedback.c
    recent = a.created_at > statement_start(-WEEK_S)
    total = func.count()
    answered = func.coalesce(func.sum(case((a.decision == "answer", 1), else_=0)), 0)
    passed = func.coalesce(func.sum(case((a.decision == "escalate", 1), else_=0)), 0)
    row = (await connection.execute(select(total, answered, passed).where(recent))).one()
    voted = and_(f.given_at > statement_start(-WEEK_S))
    up = func.coalesce(func.sum(case((f.vote > 0, 1), else_=0)), 0)
    down = func.coalesce(func.sum(case((f.vote < 0, 1), else_=0)), 0)
    votes = (await connection.execute(select(up, down).where(voted))).one()
    stars = select(func.avg(ratings.c.stars), total).where(ratings.c.given_at > statement_start(-WEEK_S))
    mean, rated = (await connection.execute(stars)).one()
    return {
        "questions": row[0],
        "answered": row[1],
        "passed": row[2],
        "up": votes[0],
        "down": votes[1],
        "rated": rated,
        "mean": f"{float(mean):.1f}" if rated else "—",
    }
