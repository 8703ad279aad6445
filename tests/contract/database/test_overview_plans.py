"""The overview's figures are read by indexes, however much was said."""

from datetime import UTC, datetime, timedelta

from supportbot.admin_api.overview.figures import figures_of
from supportbot.admin_api.overview.spans import Span
from supportbot.common.database.transactions import Database
from tests.contract.database.filling import fill_answers, fill_outbound
from tests.contract.database.test_plans import plans_of, reads_all_of

MESSAGES = 20_000
UNTIL = datetime.now(UTC)


async def test_no_figure_looks_at_every_conversation_or_message(database: Database) -> None:
    await fill_answers(database, MESSAGES)
    await fill_outbound(database, 5_000, lanes=200, waiting=0)
    span = Span("", UNTIL - timedelta(days=30), UNTIL, 3600)
    plans = await plans_of(database, lambda tx: figures_of(tx.connection, span))
    assert len(plans) == 7
    for plan in plans:
        for table in ("conversations", "messages", "outbound"):
            assert not reads_all_of(plan, table), plan
