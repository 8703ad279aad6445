"""How asking a model can fail. The texts name stages and statuses, never prompts, replies or keys."""

from supportbot.common.errors import SupportbotError


class ModelError(SupportbotError):
    """A model gave nothing that an answer can be made from."""

    def __init__(self, what: str, *, cause: str) -> None:
        super().__init__(what)
        self.cause = cause
        """A short fixed word for traces and metrics, such as `overloaded`."""


class ModelUnavailableError(ModelError):
    """The model API cannot be reached, is overloaded or broken; it may work again later."""

    def __init__(self, what: str, *, cause: str, retry_after_s: float | None = None) -> None:
        super().__init__(what, cause=cause)
        self.retry_after_s = retry_after_s
        """How long the server asked us to wait; None where it did not say."""


class ModelTimeoutError(ModelError):
    """The model did not answer within what the question may take."""


class ModelQuotaError(ModelError):
    """Money or tokens are used up; asking again does not help until somebody acts."""


class ModelAccessError(ModelError):
    """The key, or the model's name, is not accepted; asking again does not help until somebody acts."""


class ModelRequestError(ModelError):
    """The server refused this one request; others may work."""


class ModelOutputError(ModelError):
    """The model refused, said nothing, was cut off, or said something that is not of the agreed form."""
