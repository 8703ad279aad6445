"""A bot's name is asked for until Telegram tells it."""

from collections.abc import Iterator

from supportbot.common.ids import BotId
from supportbot.gateway.ports import TelegramError
from supportbot.gateway.use_cases.intake import OwnName
from supportbot.gateway.use_cases.learn_name import learn_name


async def test_the_name_is_asked_for_until_it_is_known_and_not_again() -> None:
    answers: Iterator[str | TelegramError] = iter((TelegramError("away"), TelegramError("away"), "shop_bot", "another"))

    async def username() -> str:
        answer = next(answers)
        if isinstance(answer, TelegramError):
            raise answer
        return answer

    own = OwnName()
    await learn_name(own, BotId("7"), username, again_s=0)
    await learn_name(own, BotId("7"), username, again_s=0)
    assert own.username == "shop_bot"
    assert next(answers) == "another"
