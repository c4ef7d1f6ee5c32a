"""Work on a client that a teammate began, and that a colleague goes on with when they have left."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Mapped, declared_attr, foreign, mapped_column, relationship

from partner_access.accounts.models import User


class InCharge:
    """Who of the team is in charge of a row; its class has the one column that says who began it.

    taken_over_by: the colleague who is in charge since whoever began it went.
    """

    taken_over_by: Mapped[uuid.UUID | None] = mapped_column()

    @declared_attr
    def beginner(cls) -> Mapped[User | None]:
        return relationship(User, lazy="joined")

    @declared_attr
    def successor(cls: type[InCharge]) -> Mapped[User | None]:
        return relationship(User, primaryjoin=lambda: foreign(cls.taken_over_by) == User.id, viewonly=True)

    @property
    def begun_by(self) -> str:
        """Who began it, by name: nobody of the team where the vendor's product said that it is so."""
        return self.beginner.name if self.beginner else "the programme"

    @property
    def in_charge(self) -> User | None:
        """Whom mails about it go to while they are in the team; None: whom the team has chosen."""
        return self.successor or self.beginner
