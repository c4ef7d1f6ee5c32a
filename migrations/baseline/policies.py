"""Whose rows are whose: PostgreSQL's row-level security, the second wall between organizations.

The portal tells each transaction for whom it acts (app.org_id, app.user_id, app.email_key); a policy lets through what
is theirs. SQLite has nothing of the kind.
"""

from __future__ import annotations

from alembic import op

ORG_ID = "nullif(current_setting('app.org_id', true), '')::uuid"
USER_ID = "nullif(current_setting('app.user_id', true), '')::uuid"
EMAIL_KEY = "nullif(current_setting('app.email_key', true), '')::text"

ORG_SCOPE = f"CREATE POLICY org_scope ON {{table}} USING (org_id = {ORG_ID}) WITH CHECK (org_id = {ORG_ID})"
"""An organization reads and writes its own rows."""
PERSON_READS = f"""
    CREATE POLICY person_reads ON {{table}} FOR SELECT
    USING ({ORG_ID} IS NULL AND user_id = {USER_ID})
"""
"""Outside any organization a person reads the rows that name them."""
ADDRESS_READS = f"""
    CREATE POLICY person_reads ON {{table}} FOR SELECT
    USING ({ORG_ID} IS NULL AND email_key = {EMAIL_KEY})
"""
"""Outside any organization whoever has proved the mailbox reads the rows that name its address."""

POLICIES = {
    "client": [ORG_SCOPE],
    "credit_entry": [ORG_SCOPE],
    "dispute_side": [ORG_SCOPE],
    "domain_claim": [ORG_SCOPE],
    "hand_over": [ORG_SCOPE],
    "invitation": [ORG_SCOPE, ADDRESS_READS],
    "join_request": [ORG_SCOPE, PERSON_READS],
    "late_claim": [ORG_SCOPE],
    "lead": [ORG_SCOPE],
    "ledger_month": [ORG_SCOPE],
    "mail_choice": [ORG_SCOPE],
    "managed_claim": [ORG_SCOPE],
    "membership": [ORG_SCOPE, PERSON_READS],
    "org_event": [ORG_SCOPE],
    "org_totals": [ORG_SCOPE],
    "owner_recovery": [ORG_SCOPE],
    "referral_link": [ORG_SCOPE],
}
"""Tenant tables, and what lets which of their rows through."""


def create() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, policies in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        # the owner too: migrations and portal may share a role
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        for policy in policies:
            op.execute(policy.format(table=table))
