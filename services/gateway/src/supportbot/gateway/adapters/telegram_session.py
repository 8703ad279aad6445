"""How requests to the Bot API go out: one at a time per call, never repeated by themselves."""

from typing import Any, cast

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramNetworkError, TelegramServerError
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiohttp import ClientError, ClientTimeout

from supportbot.gateway.adapters.telegram_methods import CALLED
from supportbot.gateway.domain.update_bytes import decode

CONNECT_TIMEOUT_S = 5.0
SERVER_ERROR = 500
NAME_KEPT_S = 30
"""aiogram would keep an address for an hour, and a Bot API server that moved would be away so long."""


class TelegramSession(AiohttpSession):
    """aiogram's session with separate limits for connecting and for the whole, and an error for every 5xx."""

    def __init__(self, api_base: str, timeout_s: float) -> None:
        super().__init__(api=TelegramAPIServer.from_base(api_base.rstrip("/")), json_loads=decode, timeout=timeout_s)
        self._connector_init["ttl_dns_cache"] = NAME_KEPT_S
        # pydantic drops a model that nobody holds: aiogram would make one anew for every reply, a third of a sending.
        self._replies: list[Any] = [Response[method.__returning__] for method in CALLED]  # type: ignore[name-defined]

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109  # the base's signature
    ) -> TelegramType:
        session = await self.create_session()
        url = self.api.api_url(token=bot.token, method=method.__api_method__)
        form = self.build_form_data(bot=bot, method=method)
        total = self.timeout if timeout is None else float(timeout)
        limits = ClientTimeout(total=total, sock_connect=CONNECT_TIMEOUT_S)
        try:
            async with session.post(url, data=form, timeout=limits, allow_redirects=False) as response:
                content = (await response.read()).decode(errors="replace")
        except (ClientError, OSError, TimeoutError) as error:
            # The text of some errors holds the address, and with it the token.
            raise TelegramNetworkError(method=method, message=type(error).__name__) from error
        if response.status >= SERVER_ERROR:
            raise TelegramServerError(method=method, message=f"Telegram answered {response.status}")
        checked = self.check_response(bot=bot, method=method, status_code=response.status, content=content)
        return cast(TelegramType, checked.result)
