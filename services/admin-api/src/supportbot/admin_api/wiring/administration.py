"""How it goes and what is set: overview, costs, settings, troubles, keys and people."""

from supportbot.admin_api.administration.curve import CurveStore
from supportbot.admin_api.administration.key_pages import KeyPages
from supportbot.admin_api.administration.people_pages import PeoplePages
from supportbot.admin_api.administration.settings_pages import SettingsPages
from supportbot.admin_api.administration.threshold import ThresholdService
from supportbot.admin_api.administration.threshold_endpoints import ThresholdEndpoints
from supportbot.admin_api.administration.trouble_pages import TroublePages
from supportbot.admin_api.answers.endpoints import AnswerEndpoints
from supportbot.admin_api.answers.repository import AnswerRepository
from supportbot.admin_api.answers.service import AnswerService
from supportbot.admin_api.costs.endpoints import CostEndpoints
from supportbot.admin_api.costs.repository import CostRepository
from supportbot.admin_api.dead_letters.endpoints import DeadLetterEndpoints
from supportbot.admin_api.dead_letters.repository import DeadLetterRepository
from supportbot.admin_api.dead_letters.service import DeadLetterService
from supportbot.admin_api.overview.figures import FigureStore
from supportbot.admin_api.overview.pages import OverviewPages
from supportbot.admin_api.overview.questions import QuestionStore
from supportbot.admin_api.wiring.ground import Area, Ground


def overview_area(ground: Ground) -> Area:
    """Figures for people, answers and costs for programs."""
    database, repository = ground.database, AnswerRepository(ground.database)
    stores = FigureStore(database), QuestionStore(database), AnswerService(repository)
    return Area(
        (OverviewPages(*stores, ground.rendering, ground.pages).router(),),
        (
            CostEndpoints(CostRepository(database), ground.keys).router(),
            AnswerEndpoints(repository, AnswerService(repository), ground.keys).router(),
        ),
    )


def administration_area(ground: Ground) -> Area:
    """The pages of administrators, and dead letters for programs."""
    database, rendering, guard = ground.database, ground.rendering, ground.pages
    thresholds = ThresholdService(database)
    letters = DeadLetterRepository(database)
    replaying = DeadLetterService(database, letters)
    own = {"UPLOAD_LIMIT": ground.given.upload_limit, "DOCUMENT_VERSIONS": ground.given.versions_kept}
    return Area(
        (
            SettingsPages(database, CurveStore(database), thresholds, own, rendering, guard).router(),
            TroublePages(database, letters, replaying, rendering, guard).router(),
            KeyPages(database, rendering, guard).router(),
            PeoplePages(database, rendering, guard).router(),
        ),
        (
            DeadLetterEndpoints(letters, replaying, ground.keys).router(),
            ThresholdEndpoints(thresholds, ground.keys).router(),
        ),
    )
