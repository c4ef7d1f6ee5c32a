"""The versions of the rules: which one decides what, and how staff save the next one.

A sign-up is decided by the version that was valid when it happened, however late it is delivered and however often it
is decided anew. A lead goes by the version that was valid when it was registered: for its term, for its renewal, and
when it is promoted. So a change is never retroactive, and the order of delivery decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from partner_access import audit
from partner_access.accounts.models import User
from partner_access.clock import day, now
from partner_access.credit.models import ClientAccount, ProvisionalSignUp, RuleSet, SiteHold
from partner_access.credit.rules import settings
from partner_access.credit.rules.settings import Rules
from partner_access.db import scope, session
from partner_access.errors import Conflict, Invalid, NotFound
from partner_access.seals import seals
from partner_access.transactions import insert_once, lock

LOCK, KEPT = "rules", "rule_sets"
A_MOMENT = timedelta(microseconds=1)
GO_BY_THEIR_TIME = ClientAccount.signed_up_at, ProvisionalSignUp.asked_at, SiteHold.submitted_at
"""The moments of what goes by the rules that were valid then."""


@dataclass(frozen=True)
class RulesVersion:
    """One version: its settings, from when on it decides, who saved it (`by`: None for a command), and why."""

    rules: Rules
    valid_from: datetime
    reason: str
    by: str | None

    @property
    def number(self) -> int:
        return self.rules.version


def at(moment: datetime) -> Rules:
    """The rules that decide what happened at a moment."""
    first, *later = _all()
    return next((row.rules for row in reversed(later) if row.valid_from <= moment), first.rules)


def present() -> Rules:
    """The rules that decide what happens now."""
    return at(now())


def in_words() -> settings.RulesInWords:
    """The present rules as texts say them."""
    return settings.in_words(present())


def newest() -> RulesVersion:
    """The version that was saved last."""
    return _all()[-1]


def version(number: int) -> Rules:
    """The rules of one version. Raises NotFound."""
    found = next((row.rules for row in _all() if row.number == number), None)
    if found is None:
        raise NotFound(f"The rules have no version {number}.", code="no-such-version")
    return found


def listing() -> list[RulesVersion]:
    """All versions, the newest first."""
    return list(reversed(_all()))


def lock_for_deciding() -> None:
    """Let nobody save rules until this transaction ends, and go by those that are saved now. Call it before deciding.

    Else a sign-up could be decided by the old rules although it came after the new ones, which were not visible yet.
    Those who decide do not wait for each other.
    """
    lock(LOCK, shared=True)
    session().info.pop(KEPT, None)


def change(proposed: Rules, reason: str, seen: int) -> RulesVersion:
    """Save the next version, valid from now on; what has been decided stays as it is.

    proposed: its own version number is of no account. seen: the newest version that whoever saves has seen. Raises
    Invalid beside a field, or when nothing would change, and Conflict when somebody else has saved one meanwhile.
    """
    reason = audit.checked(reason)
    for field, sentence in settings.mistakes(proposed).items():
        raise Invalid(sentence, code="setting-out-of-bounds", field=field)
    lock(LOCK)
    session().info.pop(KEPT, None)
    last, longest = newest(), max(row.rules.lead_days for row in _all())
    if proposed.return_months and proposed.return_months < settings.months_of_lead(longest):
        raise Invalid(settings.too_few_months(longest), code="setting-out-of-bounds", field="return_months")
    if last.number != seen:
        raise Conflict(_meanwhile_sentence(last), code="rules-changed-meanwhile")
    if settings.is_same(last.rules, proposed):
        raise Invalid("These are the rules already, so there is nothing to save.", code="nothing-changed")
    chosen = {name: getattr(proposed, name) for name in settings.LABELS}
    valid_from, by = _from_now_on(last), scope().actor.user_id
    row = RuleSet(version=last.number + 1, valid_from=valid_from, reason=reason, decided_by=by, **chosen)
    if not insert_once(row):
        raise Conflict(
            "Somebody else has saved rules at this moment. Look at them first.", code="rules-changed-meanwhile"
        )
    seals.add(row)
    session().info.pop(KEPT, None)
    audit.record("rules.changed", version=row.version, **chosen)
    return newest()


def _from_now_on(last: RulesVersion) -> datetime:
    """Now, but after all that is known and goes by the rules of its time, also where a clock stepped back."""
    found = (session().scalar(select(func.max(moment))) for moment in GO_BY_THEIR_TIME)
    known: list[datetime] = [moment for moment in found if moment]
    return max(now(), last.valid_from, *(moment + A_MOMENT for moment in known))


def _meanwhile_sentence(last: RulesVersion) -> str:
    return (
        f"{last.by or 'A command'} saved version {last.number} on {day(last.valid_from)} meanwhile: “{last.reason}” "
        "Look at the rules as they are now, and simulate yours again."
    )


def _all() -> tuple[RulesVersion, ...]:
    """Every version, the oldest first; read once a transaction, so that all of it goes by the same ones.

    Nothing is kept any longer: another process may save a version at any time, and all must agree from then on.
    """
    kept = session().info.get(KEPT)
    if kept is not None and kept[0] is session().get_transaction():
        found: tuple[RulesVersion, ...] = kept[1]
        return found
    statement = select(RuleSet, User.name).outerjoin(User, User.id == RuleSet.decided_by).order_by(RuleSet.version)
    found = tuple(_version(row, name) for row, name in session().execute(statement))
    session().info[KEPT] = session().get_transaction(), found
    return found


def _version(row: RuleSet, name: str | None) -> RulesVersion:
    rules = Rules(row.version, **{name: getattr(row, name) for name in settings.LABELS})
    return RulesVersion(rules, row.valid_from, row.reason, name)
