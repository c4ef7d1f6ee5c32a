"""What the referral of a sign-up is: a visit's token, a link's code, or neither; that is said, never passed over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from partner_access.clock import day
from partner_access.credit.rules import versions
from partner_access.credit.touchpoints import links, visits


@dataclass(frozen=True)
class ReferralNote:
    """state: `none`, `visit`, `link`, `expired` (a visit that is over by the rules of the sign-up's time), `later` (a
    visit after the sign-up), or `unknown`, in a sentence."""

    state: str
    sentence: str


def note(referral: str | None, signed_up_at: datetime) -> ReferralNote:
    """What came as the referral of a sign-up at this time."""
    if not referral:
        return ReferralNote("none", "The sign-up came without a referral.")
    visit = visits.find(referral)
    if visit is None:
        code = links.find_code(referral)
        if code is None:
            return ReferralNote("unknown", "The referral is neither the token of a visit nor the code of a link here.")
        return ReferralNote("link", f"The referral is the code of the link {code.code}.")
    window = timedelta(days=versions.at(signed_up_at).window_days)
    when = day(visit.opened_at)
    if visit.opened_at > signed_up_at:
        return ReferralNote("later", f"The link {visit.code} was opened on {when}, after the sign-up.")
    if visit.opened_at < signed_up_at - window:
        sentence = f"The link {visit.code} was opened on {when}, more than {window.days} days before the sign-up."
        return ReferralNote("expired", sentence)
    return ReferralNote("visit", f"The referral is the opening of the link {visit.code} on {when}.")
