"""Routers put together."""

from fastapi import APIRouter, FastAPI


def add_routes(to: FastAPI | APIRouter, *routers: APIRouter) -> None:
    """Serve the routers' routes as they are, in their order.

    FastAPI's `include_router` takes every route's parameters apart a second time, at the first request, which then
    waits for it; that is for a prefix or for demands added on the way, and ours are said where a route is made.
    """
    for router in routers:
        to.routes.extend(router.routes)
