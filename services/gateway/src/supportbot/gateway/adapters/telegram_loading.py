"""Loading aiogram with only the models that we use, beside everything else.

aiogram completes some four hundred pydantic models when it is imported, of which we use about thirty. Leaving out the
others saves 100 MB and four fifths of the time: 59 MB and 0.6 s in place of 165 MB and 3 s. Where that does not work
out with another version of aiogram, all models are completed after all, as aiogram itself would have done.
"""

import asyncio
import gc
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Optional, Union, get_args

from pydantic import BaseModel

from supportbot.common.files.port import Files
from supportbot.common.telemetry.logging import logger
from supportbot.gateway.settings import BotAccount

if TYPE_CHECKING:
    from supportbot.gateway.adapters.telegram import TelegramBot

_BASE = ("aiogram.types.base", "TelegramObject")
_NAME = re.compile(r"\b[A-Z]\w+")
_log = logger(__name__)


async def open_bot(
    account: BotAccount, api_base: str, files: Path | None = None, contents: Files | None = None
) -> "TelegramBot":
    """A bot's access to the Bot API. The first call takes a moment, in a thread of its own.

    `files`: the folder of a local Bot API server, as this process sees it; `contents`: where ours are.
    """
    await asyncio.to_thread(load_aiogram)
    from supportbot.gateway.adapters.telegram import TelegramBot

    return TelegramBot(account, api_base, files, contents)


def load_aiogram() -> None:
    """Import aiogram and complete the models behind the methods that we call."""
    if "aiogram" in sys.modules:
        return
    with _uncollected(), _unfinished_models():
        import aiogram.types
    from supportbot.gateway.adapters.telegram_methods import CALLED

    namespace = _namespace(vars(aiogram.types))
    try:
        for model in _needed(CALLED, namespace):
            model.model_rebuild(_types_namespace=namespace)
        for method in CALLED:
            method.model_rebuild(_types_namespace=namespace)
    except Exception as error:  # whatever aiogram changed, the long way works
        _log.warning("aiogram's models are all completed, which takes a while", error=type(error).__name__)
        for name in aiogram.types.__all__:
            found = namespace[name]
            if isinstance(found, type) and issubclass(found, BaseModel):
                found.model_rebuild(_types_namespace=namespace)


@contextmanager
def _unfinished_models() -> Generator[None]:
    """Keep aiogram from completing its models: its base class gets a `model_rebuild` that does nothing, for now."""
    original = BaseModel.__dict__["__pydantic_init_subclass__"]
    bases: list[type[BaseModel]] = []

    def notice(cls: type[BaseModel], /, **_keywords: Any) -> None:
        if (cls.__module__, cls.__name__) == _BASE:
            bases.append(cls)
            cls.model_rebuild = classmethod(lambda _cls, **_options: None)  # type: ignore[assignment]  # on purpose

    BaseModel.__pydantic_init_subclass__ = classmethod(notice)  # type: ignore[assignment]  # the same
    try:
        yield
    finally:
        BaseModel.__pydantic_init_subclass__ = original  # type: ignore[method-assign]  # as it was
        for base in bases:
            del base.model_rebuild


@contextmanager
def _uncollected() -> Generator[None]:
    """A quarter of an import goes into looking for garbage among thousands of new classes."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _namespace(types: dict[str, Any]) -> dict[str, Any]:
    """The names that aiogram's annotations use, as aiogram itself completes its models with."""
    from aiogram.client.default import Default

    return {**types, "Default": Default, "Optional": Optional, "Union": Union, "Literal": Literal, "List": list}


def _needed(methods: tuple[type[BaseModel], ...], namespace: dict[str, Any]) -> list[type[BaseModel]]:
    """The models in the annotations of `methods` and in theirs, innermost first."""
    found: dict[type[BaseModel], None] = {}
    open_ones: set[type[BaseModel]] = set()

    def visit(model: type[BaseModel]) -> None:
        if model in found or model in open_ones:
            return
        open_ones.add(model)
        for inner in _models_in(model, namespace):
            visit(inner)
        found[model] = None

    from aiogram.types import ResponseParameters

    visit(ResponseParameters)
    for method in methods:
        for inner in _models_in(method, namespace):
            visit(inner)
    return list(found)


def _models_in(model: type[BaseModel], namespace: dict[str, Any]) -> list[type[BaseModel]]:
    """The models that a model's own and inherited annotations name."""
    names = [
        name
        for cls in model.__mro__
        if cls.__module__.startswith("aiogram.")
        for annotation in vars(cls).get("__annotations__", {}).values()
        for name in _NAME.findall(str(annotation))
    ]
    named = [namespace[name] for name in dict.fromkeys(names) if name in namespace]
    members = [member for one in named for member in _members(one)]
    return [one for one in members if isinstance(one, type) and issubclass(one, BaseModel)]


def _members(annotation: Any) -> list[Any]:
    """What a name stands for, with what is in it: a union, or a union with a word about how to tell its members."""
    return [annotation, *(member for part in get_args(annotation) for member in _members(part))]
