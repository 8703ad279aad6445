"""aiogram is loaded with the models that we use, and works with those."""

import json
import subprocess
import sys

SCRIPT = """
import json, sys
from pydantic import BaseModel

before = BaseModel.__dict__["__pydantic_init_subclass__"]
from supportbot.gateway.adapters.telegram_loading import load_aiogram

load_aiogram()
from aiogram import types
from aiogram.methods.base import Response
from supportbot.gateway.adapters import telegram, telegram_methods

complete = [cls.__pydantic_complete__ for cls in telegram_methods.CALLED]
button = types.InlineKeyboardButton(text="a", callback_data="b")
keyboard = types.InlineKeyboardMarkup(inline_keyboard=[[button]])
message = telegram_methods.SendMessage(chat_id=1, text="x", reply_markup=keyboard)
answer = Response[dict].model_validate({"ok": False, "parameters": {"retry_after": 3}})
late = types.Message.__pydantic_complete__
types.Chat.model_rebuild(_types_namespace={**vars(types), "Default": object})
print(json.dumps({
    "complete": complete,
    "button": message.model_dump(warnings=False)["reply_markup"]["inline_keyboard"][0][0]["callback_data"],
    "retry_after": answer.parameters.retry_after,
    "message_is_complete": late,
    "chat_can_be_completed": types.Chat.__pydantic_complete__,
    "hook_is_gone": BaseModel.__dict__["__pydantic_init_subclass__"] is before,
}))
"""


def test_what_we_call_is_complete_and_what_we_do_not_use_is_left_out() -> None:
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=True)
    found = json.loads(run.stdout)
    assert all(found["complete"])
    assert found["button"] == "b"
    assert found["retry_after"] == 3
    assert not found["message_is_complete"]
    assert found["chat_can_be_completed"]
    assert found["hook_is_gone"]
    assert run.stderr == ""
