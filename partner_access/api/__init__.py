"""The API: what the vendor's product and an organization's own programs call, in JSON, with a token."""

from __future__ import annotations

from apiflask import APIFlask

from partner_access.api import client_events, clients, document, events, leads, me, orgs, own, sign_ups
from partner_access.api.blueprint import api
from partner_access.api.docs import docs
from partner_access.extensions import csrf

OPERATIONS = (me, sign_ups, client_events, events, orgs, leads, clients, own)
"""Each adds its operations to the blueprint by being imported."""


def init_app(app: APIFlask) -> None:
    """Put the operations, their document and its page on the application."""
    csrf.exempt(api)  # a token is sent by a program that means to, never by a browser on another site's behalf
    app.register_blueprint(api)
    app.register_blueprint(docs)
    document.init_app(app)
