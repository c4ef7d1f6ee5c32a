"""Absolute addresses, always from BASE_URL: never from the Host that a request claims."""

from __future__ import annotations

from typing import Any

from flask import current_app


def absolute(endpoint: str, **values: Any) -> str:
    """The full address of a page, for mails and for text that people copy; works outside requests too."""
    path = current_app.url_map.bind("portal").build(endpoint, values)
    return f"{current_app.config['BASE_URL']}{path}"
