"""`GET /me`: whose token this is, and what it may; the first call of whoever plugs in."""

from __future__ import annotations

from partner_access.api.blueprint import api, gives
from partner_access.api.schemas.base import OwnOrg, TokenAnswer
from partner_access.integrations import callers
from partner_access.web.access import any_token


@api.get("/me")
@any_token
@gives(TokenAnswer)
def me() -> TokenAnswer:
    """Say whose token this is

    Works with every token that is good, whatever its scope: try it first.
    """
    row = callers.token()
    return TokenAnswer(
        id=row.id,
        name=row.name,
        kind="organization" if row.org else "programme",
        scope=row.scope,
        created_at=row.created_at,
        expires_at=row.expires_at,
        organization=OwnOrg(slug=row.org.slug, name=row.org.name) if row.org else None,
    )
