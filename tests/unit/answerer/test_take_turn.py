"""What becomes of a claimed turn."""

from structlog.testing import capture_logs

from supportbot.answerer.domain.answer import Answer, Question
from supportbot.answerer.turn_ports import AnswererDiedError
from supportbot.answerer.use_cases.take_turn import ALONE_AGAIN_S, ATTEMPTS, ATTEMPTS_BESIDE_OTHERS, TakeTurn
from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.database.turn_contents import Exchange, TurnMessage
from supportbot.common.database.turns import Outcome, Turn
from supportbot.common.i18n import translate
from supportbot.common.knowledge.port import KnowledgeIndexUnavailableError
from tests.unit.answerer.fake_turns import FakeTurns


class StoresNoAnswer(FakeTurns):
    """Cannot store what was answered, as with a value that the database refuses."""

    async def finish(self, turn: Turn, outcome: Outcome) -> str:
        if not outcome.dead_letter:
            msg = "out of range"
            raise ValueError(msg)
        return await super().finish(turn, outcome)


class Unreadable(FakeTurns):
    """Cannot read what is asked."""

    async def read(self, turn: Turn) -> tuple[list[TurnMessage], list[Exchange], str | None]:
        raise ValueError(turn.turn_to)


class Answering:
    """An answerer that says the same to everything, or fails in the same way."""

    def __init__(self, result: Answer | Exception) -> None:
        self.result = result
        self.questions: list[Question] = []

    async def __call__(self, _turn: Turn, question: Question, /) -> Answer:
        self.questions.append(question)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


ANSWER = Answer(decision="answer", reason="answered", language="en", text="Within 30 days.", confidence=0.9)
UNSURE = Answer(decision="escalate", reason="low_confidence", language="ru", confidence=0.2)


async def take(turns: FakeTurns, beside: Answering, alone: Answering | None = None) -> None:
    turn = await turns.claim()
    assert turn is not None
    await TakeTurn(turns, beside, alone or Answering(AssertionError("must not run alone")))(turn)


async def test_a_burst_of_messages_is_answered_as_one_question() -> None:
    turns, answering = FakeTurns(), Answering(ANSWER)
    turns.add("How do I", "  ", "return an item?")
    await take(turns, answering)
    assert answering.questions[0].text == "How do I\nreturn an item?"
    assert answering.questions[0].history[0].role == "assistant"
    assert [outcome.shown for _turn, outcome in turns.finished] == ["Within 30 days."]


async def test_a_finished_turn_is_one_line_without_what_was_said() -> None:
    turns = FakeTurns()
    turns.add("My secret question")
    with capture_logs() as logs:
        await take(turns, Answering(ANSWER))
    (line,) = logs
    assert (line["event"], line["decision"], line["reason"], line["attempt"]) == (
        "A turn is finished",
        "answer",
        "answered",
        1,
    )
    assert line["conversation_id"] == str(turns.finished[0][0].conversation_id)
    assert "secret" not in str(line)
    assert "30 days" not in str(line)


async def test_an_index_that_is_away_is_told_once_for_all_questions() -> None:
    turns, answering = FakeTurns(), Answering(KnowledgeIndexUnavailableError("Qdrant is away"))
    take_turn = TakeTurn(turns, answering, Answering(AssertionError("must not run alone")))
    with capture_logs() as logs:
        for result in (answering.result, answering.result, ANSWER):
            answering.result = result
            turns.add("How do I return an item?")
            turn = await turns.claim()
            assert turn is not None
            await take_turn(turn)
    told = [line["event"] for line in logs if line["event"] != "A turn is finished"]
    assert told == ["People get all questions, as the documents cannot be searched", "The documents are searched again"]


async def test_what_is_not_sure_goes_to_a_person_in_the_language_of_the_answer() -> None:
    turns = FakeTurns()
    turns.add("Почему?")
    await take(turns, Answering(UNSURE))
    outcome = turns.finished[0][1]
    assert outcome.decision == "escalate"
    assert outcome.shown == translate("answer.escalated", "ru")
    assert outcome.citations == ()


async def test_a_wish_for_a_person_is_handed_over_without_a_search() -> None:
    turns, answering = FakeTurns(), Answering(ANSWER)
    turns.add("", kind="person", language="ru")
    await take(turns, answering)
    assert answering.questions == []
    assert turns.finished[0][1].reason == "asked_for_person"
    assert turns.finished[0][1].shown == translate("answer.escalated_on_request", "ru")


async def test_where_the_machine_is_switched_off_a_person_gets_every_question() -> None:
    turns, answering = FakeTurns(), Answering(ANSWER)
    turns.add("How do I return an item?", language="en")
    turn = await turns.claim()
    assert turn is not None
    await TakeTurn(turns, answering, answering, machine_answers=False)(turn)
    assert answering.questions == []
    finished = turns.finished[0][1]
    assert (finished.decision, finished.reason) == ("escalate", "machine_off")
    assert finished.shown == translate("answer.escalated_off", "en")


async def test_a_photo_goes_to_a_person_whatever_is_written_below_it() -> None:
    turns = FakeTurns()
    turns.add("Is this broken?", kind="photo")
    answering = Answering(ANSWER)
    await take(turns, answering)
    assert answering.questions == []
    finished = turns.finished[0][1]
    assert (finished.decision, finished.reason, finished.question) == ("escalate", "attachment", "Is this broken?")
    assert finished.shown == translate("answer.escalated_attachment", "en")


async def test_a_sticker_gets_a_friendly_note() -> None:
    turns = FakeTurns()
    turns.add("", kind="sticker")
    await take(turns, Answering(ANSWER))
    assert turns.finished[0][1].decision == "reply"
    assert turns.finished[0][1].shown == translate("answer.unreadable", "en")


async def test_a_turn_that_somebody_else_owns_is_dropped_without_being_given_back() -> None:
    turns = FakeTurns()
    turns.lost.add(turns.add("Hello?").conversation_id)
    await take(turns, Answering(ANSWER))
    assert turns.finished == []
    assert turns.released == []


async def test_an_error_gives_the_turn_back_with_its_attempt_counted() -> None:
    turns = FakeTurns()
    turn = turns.add("Hello?")
    await take(turns, Answering(ValueError("a bug")))
    assert [(released, counted) for released, _wait, counted in turns.released] == [(turn, True)]


async def test_an_outage_of_the_database_gives_the_turn_back() -> None:
    turns = FakeTurns()
    turns.add("Hello?")
    await take(turns, Answering(DatabaseUnavailableError("away")))
    assert len(turns.released) == 1


async def test_documents_that_cannot_be_searched_mean_a_person() -> None:
    turns = FakeTurns()
    turns.add("Hello?")
    await take(turns, Answering(KnowledgeIndexUnavailableError("damaged")))
    assert turns.finished[0][1].reason == "index_unavailable"


async def test_what_killed_its_own_process_is_tried_again_at_once() -> None:
    for attempts in (ATTEMPTS_BESIDE_OTHERS + 1, ATTEMPTS - 1):
        turns = FakeTurns()
        turn = turns.add("What kills you?", attempts=attempts)
        await take(turns, Answering(AssertionError("beside others")), Answering(AnswererDiedError("exit code -11")))
        assert turns.finished == []
        assert turns.released == [(turn, ALONE_AGAIN_S, True)]


async def test_the_third_attempt_runs_alone() -> None:
    turns, beside, alone = FakeTurns(), Answering(AssertionError("beside others")), Answering(ANSWER)
    turns.add("Hello?", attempts=ATTEMPTS_BESIDE_OTHERS + 1)
    await take(turns, beside, alone)
    assert turns.finished[0][1].text == "Within 30 days."
    assert beside.questions == []


async def test_the_last_death_makes_a_dead_letter_that_tells_its_cause() -> None:
    turns = FakeTurns()
    turns.add("Hello?", attempts=ATTEMPTS, language="ru")
    await take(turns, Answering(ANSWER), Answering(AnswererDiedError("exit code -9")))
    outcome = turns.finished[0][1]
    assert outcome.dead_letter
    assert outcome.decision == "escalate"
    assert outcome.trace == {"cause": "exit code -9", "attempts": ATTEMPTS}
    assert outcome.shown == translate("answer.escalated_trouble", "ru")


async def test_waits_between_attempts_leave_room_for_all_of_them_within_a_minute() -> None:
    waits = []
    for attempt in range(1, ATTEMPTS):
        turns = FakeTurns()
        turns.add("Hello?", attempts=attempt)
        failing = Answering(ValueError("a bug"))
        await take(turns, failing, failing)
        waits.append(turns.released[0][1])
    assert waits == sorted(waits)
    assert sum(waits) < 20


async def test_what_fails_outside_of_the_answering_is_tried_again_before_a_person_gets_it() -> None:
    turns = StoresNoAnswer()
    turn = turns.add("How do I return an item?", attempts=ATTEMPTS - 1)
    await take(turns, Answering(ANSWER), alone=Answering(ANSWER))
    assert (turns.finished, [released for released, _, _ in turns.released]) == ([], [turn])


async def test_an_answer_that_can_never_be_stored_becomes_a_dead_letter_with_its_question() -> None:
    turns = StoresNoAnswer()
    turns.add("How do I return an item?", attempts=ATTEMPTS)
    await take(turns, Answering(ANSWER), alone=Answering(ANSWER))
    ((_, outcome),) = turns.finished
    assert (outcome.question, outcome.reason, turns.released) == ("How do I return an item?", "dead_letter", [])
    assert outcome.trace == {"cause": "ValueError in each attempt", "attempts": ATTEMPTS}


async def test_a_question_that_can_never_be_read_becomes_a_dead_letter_without_it() -> None:
    turns = Unreadable()
    turns.add("?", attempts=ATTEMPTS)
    await take(turns, Answering(ANSWER), alone=Answering(ANSWER))
    ((_, outcome),) = turns.finished
    assert (outcome.question, outcome.reason, outcome.decision) == ("", "dead_letter", "escalate")
