"""Which of our languages a browser's user reads."""

from starlette.requests import Request

from supportbot.common.i18n import LANGUAGES

LANGUAGE_COOKIE = "supportbot_language"
YEAR_S = 365 * 24 * 3600


def chosen_language(request: Request) -> str | None:
    """The language asked for by `?lang=`, if it is one of ours."""
    asked = request.query_params.get("lang")
    return asked if asked in LANGUAGES else None


def reader_language(request: Request) -> str:
    """The language to write in: asked for now, chosen before, or what the browser prefers; else English."""
    kept = request.cookies.get(LANGUAGE_COOKIE)
    return chosen_language(request) or (
        kept if kept in LANGUAGES else _preferred(request.headers.get("accept-language", ""))
    )


def _preferred(header: str) -> str:
    best, best_quality = LANGUAGES[0], 0.0
    for part in header[:1000].split(","):
        tag, _, parameter = part.strip().partition(";")
        language = tag.split("-")[0].lower()
        quality = _quality(parameter.strip())
        if language in LANGUAGES and quality > best_quality:
            best, best_quality = language, quality
    return best


def _quality(parameter: str) -> float:
    try:
        return float(parameter.removeprefix("q=")) if parameter else 1.0
    except ValueError:
        return 0.0
