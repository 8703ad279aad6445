"""qdrant-client's REST half alone.

Its front door also loads gRPC, and completes some four hundred pydantic models, of which we use about thirty.
Leaving that out saves 43 MB and three quarters of the time; leaving out numpy, of which nobody hands it any vectors,
14 MB more. The modules behind the door are the ones that qdrant-client itself sends REST with; what is not complete
yet, pydantic completes when it is first used.
"""

import importlib.util
import sys
from collections.abc import Generator
from contextlib import contextmanager
from types import ModuleType

from pydantic import BaseModel

_PACKAGES = ("qdrant_client", "qdrant_client.http")
_NUMPY_VECTORS = "qdrant_client._numpy_vectors"
"""What makes lists of numpy's arrays before pydantic looks at them."""


@contextmanager
def _without_front_doors() -> Generator[None]:
    """Let the modules in these packages be imported without running the packages' own code."""
    made = []
    for name in _PACKAGES:
        if name not in sys.modules:
            spec = importlib.util.find_spec(name)
            assert spec is not None, "qdrant-client is among this library's requirements"
            sys.modules[name] = importlib.util.module_from_spec(spec)
            made.append(name)
    if _NUMPY_VECTORS not in sys.modules:
        sys.modules[_NUMPY_VECTORS] = _without_conversion()
        made.append(_NUMPY_VECTORS)
    try:
        yield
    finally:
        for name in made:  # whoever imports the package itself, such as a test, gets all of it
            del sys.modules[name]


def _without_conversion() -> ModuleType:
    """In the place of that module; as pydantic takes it, nothing is converted."""
    module = ModuleType(_NUMPY_VECTORS)
    module.NumpyVectorsToLists = None  # type: ignore[attr-defined]
    return module


@contextmanager
def _completed_when_used() -> Generator[None]:
    """Models defined meanwhile are completed at their first use, in whatever thread they are defined."""
    before = BaseModel.model_config
    BaseModel.model_config = {**before, "defer_build": True}
    try:
        yield
    finally:
        BaseModel.model_config = before


with _without_front_doors(), _completed_when_used():
    from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
    from qdrant_client.http.api_client import AsyncApis
    from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse
    from qdrant_client.http.models import models

__all__ = ["AsyncApis", "ResourceExhaustedResponse", "ResponseHandlingException", "UnexpectedResponse", "models"]
