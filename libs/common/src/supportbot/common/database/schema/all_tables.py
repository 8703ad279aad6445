"""Every table that there is, for whoever needs all of them at once: migrations and tests."""

from supportbot.common.database.schema import (
    attachment_tables,
    inbox_tables,
    learning_tables,
    mail_tables,
    operator_tables,
    people_tables,
    setting_tables,
    staff_tables,
    standing_tables,
    tables,
    web_tables,
)

metadata = tables.metadata
assert learning_tables.model_calls.name in metadata.tables
assert people_tables.people.name in metadata.tables
assert operator_tables.operators.name in metadata.tables
assert staff_tables.staff_places.name in metadata.tables
assert inbox_tables.triage.name in metadata.tables
assert attachment_tables.attachments.name in metadata.tables
assert web_tables.web_sources.name in metadata.tables
assert standing_tables.standings.name in metadata.tables
assert setting_tables.chosen_settings.name in metadata.tables
assert mail_tables.mails.name in metadata.tables
