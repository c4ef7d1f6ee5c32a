"""What a team's pages call things: roles, states, policies, how a membership came to be. Pure."""

from __future__ import annotations

PROVENANCES: dict[str, str] = {
    "domain": "Joined by e-mail domain",
    "invitation": "Was invited",
    "join-request": "Asked to join and was let in",
    "application": "Founded the organization",
    "staff": "Was added by the programme",
    "merged": "Came with an organization that became part of this one",
    "address-changed": "Was in already, and changed their e-mail address",
}
"""How a membership came to be, in words."""


def how_it_came(provenance: str, *, via: str = "", by: str = "") -> str:
    """How a membership came to be, in one line. via: the domain or the invited address; by: a teammate's name."""
    told = PROVENANCES[provenance]
    if provenance == "domain" and via:
        told += f" {via}"
    if by and provenance != "address-changed":
        told += f" by {by}"
    if provenance == "invitation" and via:
        told += f", at {via}"
    return told


INVITATION_ENDS: dict[str, str] = {
    "accepted": "This invitation was used already. Each works once.",
    "revoked": "{org} took this invitation back. Ask a colleague there for a new one.",
    "replaced": "A newer mail took the place of this one. Open the link in the newest mail from {org}.",
    "expired": "This invitation worked for 7 days. Ask a colleague at {org} to send it again.",
    "paused": "{org} is paused by the programme, so nobody can join it now. Open the link again later.",
    "closed": "{org} was closed by the programme, so nobody can join it any more.",
}
"""Why an invitation leads nowhere any more, each with its own sentence. Slot: {org}."""


def invitation_end(end: str, *, org: str) -> str:
    """The sentence for an invitation that is no longer open."""
    return INVITATION_ENDS[end].format(org=org)


ROLES: dict[str, str] = {
    "owner": "Everything an admin may, and decides about owners. There is always one.",
    "admin": "Sees and works on everything, and decides who is in: lets in, invites, suspends, removes.",
    "member": "Sees and works on everything, and manages nobody.",
}
"""What a role may do, in words."""


def as_role(role: str) -> str:
    """“as an owner”, “as a member”."""
    return f"as {'an' if role[0] in 'aeiou' else 'a'} {role}"


MEMBER_STATES: dict[str, dict[str, str]] = {
    "active": {"label": "Active", "colour": "ok", "icon": "check"},
    "suspended": {"label": "Suspended", "colour": "wait", "icon": "clock"},
    "removed": {"label": "Removed", "colour": "bad", "icon": "cross"},
    "left": {"label": "Left", "colour": "mute", "icon": "dash"},
}
"""The status words of a membership."""
POLICIES: dict[str, str] = {
    "auto": "Whoever confirms an address here joins at once, as a member.",
    "request": "Whoever confirms an address here may ask to join. An owner or admin decides.",
    "closed": "An address here lets nobody in. People join by invitation only.",
}
"""What a domain's join policy does, in words."""
POLICY_LABELS = {"auto": "Joins at once", "request": "Asks first", "closed": "By invitation only"}
"""The same in two or three."""
