"""The mailer, from the settings."""

from zoneinfo import ZoneInfo

from supportbot.admin_api.answers.repository import AnswerRepository
from supportbot.admin_api.answers.service import AnswerService
from supportbot.admin_api.mail.alert_letters import AlertLetters
from supportbot.admin_api.mail.mailer import Mailer, MailPlan
from supportbot.admin_api.mail.weekly_report import WeeklyReport
from supportbot.admin_api.mail.writing import Writing
from supportbot.admin_api.overview.figures import FigureStore
from supportbot.admin_api.settings import AdminApiSettings
from supportbot.common.database.transactions import Database


def open_mailer(settings: AdminApiSettings, database: Database) -> Mailer | None:
    """What sends mails; None where no mail server is named."""
    access = settings.mail
    if access is None:
        return None
    writing = writing_of(settings)
    report = WeeklyReport(FigureStore(database), AnswerService(AnswerRepository(database)), writing)
    return Mailer(database, MailPlan(access, AlertLetters(writing, access.recipients), report, settings.weekly))


def writing_of(settings: AdminApiSettings) -> Writing:
    """How mails are worded."""
    return Writing(settings.mail_language, ZoneInfo(settings.weekly_report_zone), settings.company_name)
