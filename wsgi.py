"""The application that a WSGI server runs, and that `flask` finds by itself."""

from partner_access import create_app

app = create_app()
