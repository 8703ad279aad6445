"""A document says in the reader's language how far it is, and what is wrong with it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from supportbot.admin_api.documents.schemas import Document, DocumentProgress
from supportbot.admin_api.documents.telling import in_words
from supportbot.common.files.refusals import refused_text, warning_text

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def document(progress: dict[str, Any] | None = None, **values: Any) -> Document:
    unset = {name: None for name, field in Document.model_fields.items() if field.is_required()}
    none_yet = dict.fromkeys(DocumentProgress.model_fields)
    made = DocumentProgress.model_construct(**{**none_yet, "done": 0, "total": 0, "activity": "", **(progress or {})})
    return Document.model_construct(**{**unset, "audience": "public", "expired": False, **values, "progress": made})


@pytest.mark.parametrize(
    ("state", "progress", "values", "english", "russian"),
    [
        ("received", {}, {}, "Waits for its turn", "Ждёт своей очереди"),
        ("received", {"next_try_at": NOW}, {}, "Is tried again in a while", "Попытка скоро повторится"),
        ("indexing", {}, {}, "Is being worked on", "Обрабатывается"),
        ("indexing", {"activity": "reading"}, {}, "Is being read", "Читается"),
        (
            "indexing",
            {"activity": "indexing", "done": 3, "total": 10, "eta_seconds": 22.4},
            {},
            "Is written to the index: 3 of 10, about 22 seconds left",
            "Записывается в индекс: 3 из 10, осталось примерно 22 секунды",
        ),
        (
            "indexing",
            {"activity": "embedding", "done": 1, "total": 2, "eta_seconds": 290.0},
            {},
            "Vectors of its passages are made: 1 of 2, about 5 minutes left",
            "Вычисляются векторы его фрагментов: 1 из 2, осталось примерно 5 минут",
        ),
        ("live", {}, {}, "Answers are made from it", "По нему даются ответы"),
        (
            "live",
            {},
            {"audience": "operators"},
            "Only operators see it: no answer is made from it",
            "Его видят только операторы: ответы по нему не даются",
        ),
        ("live", {}, {"expired": True}, "Has expired: nobody finds it", "Срок истёк: его никто не находит"),
        ("failed", {}, {}, "Could not be indexed", "Обработать не удалось"),
        ("removing", {}, {}, "Is being removed", "Удаляется"),
    ],
)
def test_how_far_it_is(
    state: str, progress: dict[str, Any], values: dict[str, Any], english: str, russian: str
) -> None:
    given = document(progress, state=state, **values)
    assert [in_words(given, language).summary for language in ("en", "ru")] == [english, russian]


def test_what_is_wrong_with_it() -> None:
    given = document(state="failed", reason=refused_text("empty"), warning=warning_text("macros"))
    told = in_words(given, "ru")
    assert told.reason == "Файл пуст. Добавьте в него текст или удалите его"
    assert told.warning == "В нём есть макросы: они не запускались и не читались."
    assert in_words(given, "en").reason == given.reason
    assert in_words(document(state="live"), "ru").reason is None


def test_a_fault_within_a_reason_is_told_too() -> None:
    stored = refused_text("fault", error=refused_text("unexpected", error="KeyError"))
    told = in_words(document(state="failed", reason=stored), "ru").reason or ""
    assert told.startswith("Обработать не удалось: KeyError; подробности в журнале")
