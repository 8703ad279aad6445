"""What can be wrong with a backup or a restoration."""

from supportbot.common.errors import SupportbotError


class BackupError(SupportbotError):
    """No backup could be made; nothing of it is left."""


class BadArchiveError(SupportbotError):
    """The file is no backup that this version can restore: damaged, cut off, of something else, or of a newer one."""


class CannotRestoreError(SupportbotError):
    """The archive is sound, but this is not the place or the moment for it; nothing was changed."""
