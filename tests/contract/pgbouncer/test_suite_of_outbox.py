"""The suites of outbox once more, through PgBouncer."""

from tests.contract.outbox.test_outbox import *
