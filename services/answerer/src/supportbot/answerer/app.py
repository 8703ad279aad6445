"""The answerer put together: wiring only."""

from dataclasses import dataclass

from supportbot.answerer.adapters.answer_cache import AnswerCache
from supportbot.answerer.adapters.chosen_threshold import ChosenThreshold
from supportbot.answerer.adapters.isolation import AloneAnswerer
from supportbot.answerer.adapters.newest_calibration import NewestCalibration
from supportbot.answerer.adapters.trials import DatabaseTrials
from supportbot.answerer.adapters.turn_answerer import TurnAnswerer
from supportbot.answerer.adapters.turns import DatabaseTurns
from supportbot.answerer.answering import open_answering
from supportbot.answerer.entrypoints.trials import TrialWorker
from supportbot.answerer.entrypoints.turns import TurnWorker
from supportbot.answerer.service import AnswererService, Parts
from supportbot.answerer.settings import AnswererSettings
from supportbot.answerer.turn_ports import Answerer
from supportbot.answerer.use_cases.take_turn import TakeTurn
from supportbot.common.bus.port import Bus
from supportbot.common.cache.port import Cache
from supportbot.common.database.transactions import Database
from supportbot.common.knowledge.port import KnowledgeIndex


@dataclass(frozen=True)
class Dependencies:
    """What the answerer stands on, chosen by whoever opens it: embedded or networked."""

    database: Database
    bus: Bus
    index: KnowledgeIndex
    settings: AnswererSettings
    cache: Cache | None = None
    """Where answers are kept to be given again; without one each question is answered anew."""
    alone: Answerer | None = None
    """Who answers what may kill the process; a child process where nothing is given."""


def build(dependencies: Dependencies) -> AnswererService:
    """The answerer, ready to be started."""
    database, bus, index, settings = dependencies.database, dependencies.bus, dependencies.index, dependencies.settings
    answer = open_answering(index, settings)
    cache = dependencies.cache
    kept = AnswerCache(cache, database, index, settings) if cache and settings.answer_cache else None
    beside_others = TurnAnswerer(answer, bus, kept)
    alone = dependencies.alone or AloneAnswerer(
        index,
        copies_index=not settings.qdrant_url,
        recalibration=lambda: answer.recalibration,
        threshold=lambda: answer.threshold,
    )
    turns = DatabaseTurns(database)
    worker = TurnWorker(
        turns,
        TakeTurn(turns, beside_others, alone, machine_answers=settings.machine_answers),
        concurrency=settings.answer_concurrency,
    )
    worker.subscribe(bus)
    trials = DatabaseTrials(database)
    tried = TrialWorker(trials, beside_others.alone, lambda: answer.threshold)
    threshold = ChosenThreshold(database, bus, answer)
    parts = Parts(worker, beside_others, NewestCalibration(database, answer), threshold, tried, trials)
    return AnswererService(database, bus, index, settings, parts)
