"""`/audio/transcriptions`: a form with a model and a file, answered with what a test scripted."""

import json

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from tests.fakes.openai.control import ModelControl

PATH = "/v1/audio/transcriptions"
FORMATS = ("flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm")


async def transcribed(control: ModelControl, request: Request) -> Response:
    """The reply to one recording."""
    if request.headers.get("authorization") not in {f"Bearer {key}" for key in control.keys}:
        return _refused(401, "Incorrect API key provided.", "invalid_api_key")
    async with request.form() as form:
        model, file = form.get("model"), form.get("file")
        if not isinstance(model, str) or not model:
            return _refused(400, "you must provide a model parameter", None)
        if not isinstance(file, UploadFile):
            return _refused(400, "Missing required parameter: 'file'.", "missing_required_parameter")
        if (file.filename or "").rpartition(".")[2] not in FORMATS:
            return _refused(400, f"Invalid file format. Supported formats: {list(FORMATS)}", None)
        control.recordings.append((model, await file.read()))
    if control.transcript is None:
        return _refused(500, "The server had an error while processing your request.", None)
    return Response(json.dumps({"text": control.transcript}, ensure_ascii=False), media_type="application/json")


def _refused(status: int, message: str, code: str | None) -> Response:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return Response(json.dumps({"error": error}), status, media_type="application/json")
