"""The suites of turns once more, through PgBouncer."""

from tests.contract.turns.test_claims import *
from tests.contract.turns.test_dead_letters import *
from tests.contract.turns.test_people import *
from tests.contract.turns.test_sending import *
from tests.contract.turns.test_updates import *
