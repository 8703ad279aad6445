"""How asking a model can fail. The texts name stages and statuses, never prompts, replies or keys."""

from supportbot.common.errors import SupportbotError


class ModelError(SupportbotError):
    """A model gave nothing that an answer can be made from."""

    def __init__(self, what: str, *, cause: str) -> None:
        super().__init__(what)
        self.cause = cause
        """A short fixed word for traces and metrics, such as `failing`."""


class ModelUnavailableError(ModelError):
    """No model can be asked now; the documents' own words must do."""


class ModelOutageError(ModelUnavailableError):
    """The model API cannot be reached, is overloaded or broken; it may work again soon."""

    def __init__(self, what: str, *, cause: str, retry_after_s: float | None = None, may_retry: bool = True) -> None:
        super().__init__(what, cause=cause)
        self.retry_after_s = retry_after_s
        """How long the server asked us to wait; None where it did not say."""
        self.may_retry = may_retry
        """False where we did not even ask, because it did not work just now."""


class ModelQuotaError(ModelUnavailableError):
    """Money or tokens are used up; asking again does not help until somebody acts."""


class ModelAccessError(ModelUnavailableError):
    """The key, or the model's name, is not accepted; asking again does not help until somebody acts."""


class ModelRequestError(ModelUnavailableError):
    """The server refused this one request; others may work."""


class ModelTimeoutError(ModelError):
    """The model did not answer within what the question may take."""


class ModelOutputError(ModelError):
    """The model refused, said nothing, was cut off, or said something that is not of the agreed form."""
