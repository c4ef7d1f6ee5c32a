"""The pages of people: asking for an account, signing in and out, passwords, sessions."""

from partner_access.accounts.routes import me as _me  # noqa: F401
from partner_access.accounts.routes import passwords as _passwords  # noqa: F401
from partner_access.accounts.routes import sign_in as _sign_in  # noqa: F401  (adds its pages to the blueprint)
from partner_access.accounts.routes.blueprint import accounts as accounts
