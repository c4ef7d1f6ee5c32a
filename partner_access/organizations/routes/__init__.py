"""The pages of organizations: proving a mailbox and what happens then, the team, its domains and its settings."""

from partner_access.organizations.routes import domains as _domains  # noqa: F401  (adds its pages to the blueprint)
from partner_access.organizations.routes import emails as _emails  # noqa: F401
from partner_access.organizations.routes import invitations as _invitations  # noqa: F401
from partner_access.organizations.routes import invited as _invited  # noqa: F401
from partner_access.organizations.routes import join as _join  # noqa: F401
from partner_access.organizations.routes import members as _members  # noqa: F401
from partner_access.organizations.routes import recovery as _recovery  # noqa: F401
from partner_access.organizations.routes import settings as _settings  # noqa: F401
from partner_access.organizations.routes import team as _team  # noqa: F401
from partner_access.organizations.routes import verify as _verify  # noqa: F401
from partner_access.organizations.routes.blueprints import arrivals as arrivals
from partner_access.organizations.routes.blueprints import organizations as organizations
