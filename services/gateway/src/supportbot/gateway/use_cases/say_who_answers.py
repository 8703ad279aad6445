"""Say, where every process looks, whether people answer here: no turn may end with a promise that nobody keeps."""

import asyncio
from functools import partial

from supportbot.common.database.people_there import PeopleThere, note_people_there
from supportbot.common.database.transactions import Database, DatabaseUnavailableError
from supportbot.common.telemetry.logging import logger

AGAIN_S = 10.0
_log = logger(__name__)


async def say_who_answers(database: Database, people: PeopleThere) -> bool:
    """Store it, where it changed. False where the database is away."""
    try:
        changed = await database.write(partial(note_people_there, people=people))
    except DatabaseUnavailableError as error:
        _log.warning("It cannot be stored yet whether people answer", error=str(error))
        return False
    if changed and people.answer:
        _log.info("People answer from now on")
    elif changed:
        _log.info("Nobody is promised a person from now on", told=people.offer or "nothing")
    return True


async def keep_saying_who_answers(database: Database, people: PeopleThere) -> None:
    """Store it as soon as the database is there again; where it is stored nothing is written."""
    await say_who_answers(database, people)
    await asyncio.sleep(AGAIN_S)
