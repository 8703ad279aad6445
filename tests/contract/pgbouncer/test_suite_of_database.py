"""The suites of database once more, through PgBouncer."""

from tests.contract.database.test_outbox_tail import *
from tests.contract.database.test_telegram_rows import *
from tests.contract.database.test_transactions import *
