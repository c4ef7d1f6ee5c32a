"""Partner Access: the partner portal that a software vendor runs for its partner programme."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from apiflask import APIFlask
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

import config
from partner_access import api, cli, extensions, guard
from partner_access.accounts.routes import accounts
from partner_access.activity import routes as _activity  # noqa: F401  (adds its pages to the blueprint of credit)
from partner_access.credit.client_pages.confirm_sign_up import confirm_sign_up
from partner_access.credit.client_pages.fast_path import FastPath
from partner_access.credit.client_pages.handover import transfer
from partner_access.credit.client_pages.landing import landing
from partner_access.credit.client_pages.managed_consent import confirm_managed
from partner_access.credit.routes import credit
from partner_access.db import database
from partner_access.integrations.routes import integrations
from partner_access.integrations.webhooks.routes import programme_webhooks, webhooks
from partner_access.organizations.routes import arrivals, organizations
from partner_access.pages import layout
from partner_access.pages.public import demo, public
from partner_access.staff.routes import staff
from partner_access.web import headers, proxies

ROOT = Path(__file__).parent.parent


def create_app(environ: Mapping[str, str] | None = None, **overrides: Any) -> Flask:
    """The application. environ: what to read the configuration from (os.environ); overrides: settings, for tests.

    Mistakes in the configuration are printed, one sentence each, and end the process with status 2.
    """
    try:
        settings = config.load(os.environ if environ is None else environ)
    except config.ConfigurationError as error:
        print("\n".join(error.mistakes), file=sys.stderr)  # noqa: T201  (there is no logger yet)
        raise SystemExit(2) from None
    # APIFlask is a Flask that can describe its API; pages and their errors stay as Flask has them.
    app = APIFlask(
        "partner_access",
        title="Partner Access",
        version=api.document.VERSION,
        json_errors=False,
        enable_openapi=False,
        template_folder=str(ROOT / "templates"),
        static_folder="static",
    )
    app.config.update(settings | {"PASSWORD_MEMORY_KIB": 19 * 1024} | overrides)
    app.config["SUPPORT"] = parseaddr(app.config["MAIL_DEFAULT_SENDER"])[1]
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    database.init_app(app)
    extensions.migrate.init_app(app, database, directory=str(ROOT / "migrations"))
    extensions.csrf.init_app(app)
    extensions.mail.init_app(app)
    of_clients = (landing, confirm_sign_up, transfer, confirm_managed)
    of_programs = (integrations, webhooks, programme_webhooks)
    for blueprint in (public, accounts, arrivals, organizations, credit, *of_clients, *of_programs, staff):
        app.register_blueprint(blueprint)
    if app.config["DEMO"]:
        app.register_blueprint(demo)
    api.init_app(app)
    layout.init_app(app)
    guard.init_app(app)
    cli.init_app(app)
    _wrap(app)
    return app


def _wrap(app: Flask) -> None:
    """What stands around the application: the proxies in front of it, its static files, the headers of all answers."""
    hops, base_url, static = app.config["TRUSTED_PROXIES"], app.config["BASE_URL"], f"{app.root_path}/static"
    pages = FastPath(app) if app.config["LANDING_FAST_PATH"] else app.wsgi_app
    inner = proxies.straighten(pages, base_url)
    told = ProxyFix(inner, x_for=hops, x_proto=hops) if hops else inner
    files = WhiteNoise(told, root=static, prefix="static/", max_age=3600, allow_all_origins=False)
    app.wsgi_app = headers.on_all(files, base_url)  # type: ignore[assignment,method-assign]
