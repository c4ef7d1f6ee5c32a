"""The six digits of a mail that proves a mailbox: how often they may be tried, and whether they are right."""

from __future__ import annotations

import unicodedata

from sqlalchemy import update

from partner_access import signing
from partner_access.accounts import throttles
from partner_access.accounts.models import MailedCode
from partner_access.db import changed

TRIES, TRIES_A_DAY = 5, 30
"""Of one code; and of all codes that are counted together, whatever mails are asked for in between."""


def try_code(row: MailedCode, code: str, *, counted_as: str) -> str:
    """Count a try and compare: `right`, `wrong` or `spent`. Where there is no code every try is wrong.

    counted_as: what TRIES_A_DAY are of, a purpose and an address. The caller says whether the code has expired.
    """
    model = type(row)
    if not throttles.take(counted_as, TRIES_A_DAY, throttles.DAY):
        return "spent"
    mine = update(model).where(model.id == row.id, model.code_tries < TRIES)
    # one conditional UPDATE: of many who try at once no more than TRIES are compared
    if not changed(mine.values(code_tries=model.code_tries + 1).execution_options(synchronize_session=False)):
        return "spent"
    digits = "".join(str(unicodedata.decimal(letter)) for letter in code if letter.isdecimal())  # of any script
    is_right = row.code_fingerprint and signing.code_matches(digits, str(row.id), row.code_fingerprint)
    return "right" if is_right else "wrong"
