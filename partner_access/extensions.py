"""The extensions, not yet bound to an application. The database itself is in db.py, beneath everything."""

from __future__ import annotations

from flask_mail import Mail
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect

migrate = Migrate(render_as_batch=True, compare_type=True)
csrf = CSRFProtect()
mail = Mail()
