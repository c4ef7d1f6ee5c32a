"""Every reason a credit can have: code -> sentence -> next step. Pages, mails and files use these same sentences.

Slots are filled from the finding: {date} of the touch, {until}, {who}, {code}.
"""

from partner_access.credit.reasons.accounts import ACCOUNTS
from partner_access.credit.reasons.claims import CLAIMS
from partner_access.credit.reasons.ends import ENDS
from partner_access.credit.reasons.reason import Reason
from partner_access.credit.reasons.touches import TOUCHES

REASONS: dict[str, Reason] = {**ACCOUNTS, **TOUCHES, **ENDS, **CLAIMS}

__all__ = ["REASONS", "Reason"]
