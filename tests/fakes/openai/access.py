"""Paths and keys: which endpoint is meant, and whether the caller may use it."""

import re
from dataclasses import dataclass

from starlette.requests import Request

from tests.fakes.openai.errors import ApiError, AzureError
from tests.fakes.openai.models import Catalogue

ENDPOINTS = {"chat/completions": "chat", "embeddings": "embeddings"}
DEPLOYED = re.compile(r"/openai/deployments/([^/]+)/(chat/completions|embeddings)")
VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?|preview|latest|v1")


@dataclass(frozen=True)
class Admitted:
    """An endpoint, with the model where the path names it."""

    endpoint: str
    model: str | None = None
    azure: bool = False


def admitted(request: Request, keys: set[str], deployments: dict[str, str], catalogue: Catalogue) -> Admitted:
    """The endpoint of a request; refuses strangers and unknown paths."""
    path = request.url.path
    deployed = DEPLOYED.fullmatch(path)
    if deployed is not None:
        return _azure(request, deployed, keys, deployments, catalogue)
    _check_key(request, keys)
    name = path.removeprefix("/openai").removeprefix("/v1/").strip("/")
    if path.startswith(("/v1/", "/openai/v1/")):
        if request.method == "POST" and name in ENDPOINTS:
            return Admitted(ENDPOINTS[name])
        if request.method == "GET" and (name == "models" or name.startswith("models/")):
            return Admitted("models", name.removeprefix("models").strip("/") or None)
        if name in ENDPOINTS or name == "models":
            raise ApiError(405, f"Not allowed to {request.method} on /v1/{name} .")
    raise ApiError(404, f"Invalid URL ({request.method} {path})")


def _check_key(request: Request, keys: set[str]) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    key = key.strip() or request.headers.get("api-key", "")
    if not key or (scheme and scheme.lower() != "bearer"):
        message = "You didn't provide an API key. You need to provide your API key in an Authorization header."
        raise ApiError(401, message)
    if key not in keys:
        masked = f"{key[:3]}****{key[-2:]}" if len(key) > 12 else "****"
        message = f"Incorrect API key provided: {masked}. You can find your API key in your account."
        raise ApiError(401, message, code="invalid_api_key")


def _azure(
    request: Request, deployed: re.Match[str], keys: set[str], deployments: dict[str, str], catalogue: Catalogue
) -> Admitted:
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if request.headers.get("api-key", bearer) not in keys:
        message = "Access denied due to invalid subscription key or wrong API endpoint."
        raise AzureError(401, "401", message)
    if not VERSION.fullmatch(request.query_params.get("api-version", "")) or request.method != "POST":
        raise AzureError(404, "404", "Resource not found")
    name, operation = deployed.groups()
    model = deployments.get(name, name)
    if model not in catalogue:
        message = "The API deployment for this resource does not exist."
        raise AzureError(404, "DeploymentNotFound", message)
    return Admitted(ENDPOINTS[operation], model, azure=True)
