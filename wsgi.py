"""`server` is what a server runs (ASGI); `app` is the application in it (WSGI), which `flask` finds by itself."""

import logging
import os

from partner_access import create_app, revisions
from partner_access.db import database
from partner_access.web import headers, serving

app = create_app()
server = serving.Buffering(app, most=app.config["MAX_CONTENT_LENGTH"], headers=headers.always(app.config["BASE_URL"]))

if not os.environ.get(
    "FLASK_RUN_FROM_CLI"
):  # a command refuses by itself; a server starts, and says why it has no pages
    with app.app_context():
        wrong = revisions.fault(database.engine)
        database.engine.dispose()
    if wrong:
        logging.getLogger(__name__).error(wrong.sentence)
