"""The application that a WSGI server runs, and that `flask` finds by itself."""

import logging
import os

from partner_access import create_app, revisions
from partner_access.db import database

app = create_app()

if not os.environ.get(
    "FLASK_RUN_FROM_CLI"
):  # a command refuses by itself; a server starts, and says why it has no pages
    with app.app_context():
        wrong = revisions.fault(database.engine)
        database.engine.dispose()
    if wrong:
        logging.getLogger(__name__).error(wrong.sentence)
