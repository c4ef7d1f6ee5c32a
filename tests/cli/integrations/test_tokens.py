"""`flask tokens`: a token alone on the output, once; a list without secrets; revoking by id."""

from __future__ import annotations

from partner_access.integrations import token_format
from tests.api.calls import Program
from tests.factories import make_org


def test_a_token_is_printed_alone_listed_without_its_secret_and_revoked(portal):
    make_org(portal)
    made = portal.run("tokens", "create", "Sign-up page", "--programme").output
    read = portal.run("tokens", "create", "CRM", "--org", "acme", "--scope", "read", "--days", "2").output.strip()
    assert token_format.is_one(made.rstrip("\n"))
    listed = portal.run("tokens", "list").output
    assert [line.split("\t")[1:4] for line in listed.splitlines()] == [
        ["acme", "read", read[:10]],
        ["programme", "write", made[:10]],
    ]
    token_id = listed.split("\t")[0]
    assert Program(portal, read).get("/me").status_code == 200
    assert [portal.run("tokens", "revoke", token_id).output for _ in range(2)] == ["revoked\n"] * 2
    assert Program(portal, read).get("/me").status_code == 401


def test_it_is_said_whose_token_it_shall_be(portal):
    for options in ((), ("--programme", "--org", "acme")):
        done = portal.run("tokens", "create", "X", *options)
        assert (done.exit_code, "Say --programme, or --org" in done.output) == (2, True)
    assert portal.run("tokens", "create", "X", "--org", "nobody").exit_code == 1
