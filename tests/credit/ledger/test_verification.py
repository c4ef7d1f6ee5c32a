"""Whoever changes the ledger past the portal is found, whatever else they change to hide it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from partner_access.credit.attribution import credit_holds
from partner_access.credit.clients import client_accounts
from partner_access.credit.ledger import entries, verification
from partner_access.credit.lifecycle import cancellations
from partner_access.db import STAFF
from tests.conftest import POSTGRESQL
from tests.credit.agencies import Agency, day, moment
from tests.factories import make_sign_up
from tests.portal import Portal
from tests.snapshots import PostgresqlWatch, SqliteWatch, watching

Watch = SqliteWatch | PostgresqlWatch


@pytest.fixture
def acme(portal: Portal) -> Agency:
    """Acme with five lines, Bolt with one: three sign-ups of Acme's, two of them active."""
    acme, bolt = Agency(portal, "Acme"), Agency(portal, "Bolt")
    with day(0):
        for number in range(2):
            make_sign_up(portal, f"client{number}.example", referral=acme.link())
        make_sign_up(portal, "bolts.example", referral=bolt.link())
    with day(2), portal.acting():
        credit_holds.activate_due()
    with day(3):
        make_sign_up(portal, "client2.example", referral=acme.link())
    assert [entry.kind for entry in acme.entries()] == ["pending", "pending", "activated", "activated", "pending"]
    return acme


@pytest.fixture
def watch(acme: Agency, database_url: str, cluster: str | None) -> Iterator[Watch]:
    """The database past the portal, without what keeps the ledger append-only."""
    with watching(database_url, cluster) as found:
        if isinstance(found, SqliteWatch):
            for (name,) in found.connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
                found.execute(f"drop trigger {name}")
        yield found


def verify(portal: Portal, *options: str) -> list[str]:
    """What `flask ledger verify` prints, a finding a line; [] when all is right."""
    result = portal.run("ledger", "verify", *options)
    lines = result.output.splitlines()
    if result.exit_code == 0:
        assert lines[-1].endswith(": all right"), result.output
        return lines[:-1]
    assert result.exit_code == 1, result.output
    return lines


NAMES = {
    "acme": "org_id = (select id from organization where slug = 'acme')",
    "bolt": "org_id = (select id from organization where slug = 'bolt')",
    "line": "org_id = (select id from organization where slug = 'acme') and seq =",
    "log": "org_id = (select id from organization where slug = 'acme') and event = 'ledger.posted' "
           "and cast(fields ->> 'seq' as integer)",
    "other": "(select client_id from credit_entry where seq = 2 order by org_id limit 1)",
    "ones": "1" * 64,
}  # fmt: skip
"""What stands in braces in the statements below."""


def tamper(watch: Watch, *statements: str, **more: str) -> None:
    """Run statements past the portal."""
    for statement in statements:
        watch.execute(statement.format(**NAMES, **more))


def test_untouched_books_are_all_right(portal, acme):
    result = portal.run("ledger", "verify")
    assert (result.exit_code, result.output) == (0, "2 organizations, 7 lines: all right\n")


CUT = "delete from credit_entry where {line} 5"
COUNTS_SET_RIGHT = (
    "update org_totals set entries = 4, pending = 0, head = (select hash from credit_entry where {line} 4) where {acme}"
)
TAMPERINGS: dict[str, tuple[list[str], list[str]]] = {
    "a changed reason": (
        ["update credit_entry set reason = 'own-site' where {line} 2"], ["line 2: it was changed"],
    ),
    "a changed time": (
        ["update credit_entry set at = '2020-01-01 00:00:00' where {line} 1"], ["line 1: it was changed"],
    ),
    "a changed number": (
        ["update credit_entry set active = 2, active_after = active_after + 1 where {line} 3"],
        ["line 3: it was changed", "line 4: its balances are not those", "lines add up to 0 pending, 2 active"],
    ),
    "a line of another client": (
        ["update credit_entry set client_id = {other} where {line} 1"], ["line 1: it was changed"],
    ),
    "a changed hash": (
        ["update credit_entry set hash = '{ones}' where {line} 5"],
        ["line 5: it was changed", "line 5: the audit log tells of another", "the head kept with the counts is"],
    ),
    "a middle line deleted": (
        ["delete from credit_entry where {line} 2"], ["line 2: it is missing, though the audit log tells of it"],
    ),
    "a middle line deleted with its event": (
        ["delete from credit_entry where {line} 2", "delete from org_event where {log} = 2"],
        ["line 3: the lines between 1 and it are missing"],
    ),
    "a tail cut off": (
        [CUT], ["line 5: it is missing", "number of lines kept with the counts is 5, the ledger ends with 4"],
    ),
    "a tail cut off and the counts set right": (
        [CUT, COUNTS_SET_RIGHT], ["line 5: it is missing, though the audit log", "its lines add up to 0 pending"],
    ),
    "a tail cut off with counts and audit log": (
        [CUT, COUNTS_SET_RIGHT, "delete from org_event where {log} = 5"], ["its lines add up to 0 pending"],
    ),
    "two lines exchanged": (
        ["update credit_entry set seq = 99 where {line} 1", "update credit_entry set seq = 1 where {line} 2",
         "update credit_entry set seq = 2 where {line} 99"],
        ["line 1: it was changed", "line 2: it was changed", "line 1: the audit log tells of another line"],
    ),
    "an event of the audit log deleted": (
        ["delete from org_event where {log} = 3"], ["line 3: the audit log does not tell of it"],
    ),
    "counts that are too high": (
        ["update org_totals set active = active + 1 where {acme}"],
        ["the count of active credit kept with the counts is 3, the ledger ends with 2"],
    ),
    "counts that are gone": (
        ["delete from org_totals where {acme}"], ["number of lines kept with the counts is 0, the ledger ends with 5"],
    ),
    "a month's sum that is too high": (
        ["update ledger_month set active = active + 1 where {acme} and kind = 'activated'"],
        ["the sums kept of activated in"],
    ),
    "a month's sums that are gone": (
        ["delete from ledger_month where {acme} and kind = 'pending'"], ["the sums kept of pending in"],
    ),
    "a client made active": (
        ["update client set state = 'active' where {acme} and state = 'pending'"],
        ["is active, managed: no; its lines add up to 1 pending, 0 active"],
    ),
    "a client made managed": (
        ["update client set managed = 'active', managed_at = signed_up_at, managed_reason = 'x' "
         "where {acme} and state = 'pending'"],
        ["is pending, managed: active; its lines add up to 1 pending, 0 active, 0 managed", "seat says otherwise"],
    ),
    "source credit given to another": (
        ["update source_credit set org_id = (select id from organization where slug = 'bolt') "
         "where state = 'pending' and {acme}"],
        ["its source credit in the programme is not there", "bolt: it has the source credit of client account"],
    ),
    "a client deleted": (
        ["delete from client where {acme} and state = 'pending'"],
        ["line 5: its client is not there", "it has the source credit of client account"],
    ),
    "a reversal of a later line": (
        ["update credit_entry set reverses = 4 where {line} 3"],
        ["line 3: what it undoes is no earlier line of the same client"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERINGS)
def test_it_is_found(portal, watch, name):
    statements, expected = TAMPERINGS[name]
    tamper(watch, *statements)
    found = verify(portal)
    for part in expected:
        assert any(part in line for line in found), "\n".join(found)
    assert all(line.startswith(("acme: ", "bolt: ")) for line in found)
    assert not [line for line in found if "cannot be read" in line], found


def test_an_inserted_line_that_continues_the_chain_is_found(portal, acme, watch):
    """As somebody would who knows the code: hash, balances, counts and client right, only the audit log left out."""
    last = acme.entries()[-1]
    last.seq, last.previous_hash, last.id = 6, last.hash, last.client_account_id
    last.active, last.pending, last.active_after, last.pending_after = 1, -1, 3, 0
    last.hash = entries.seal(last)
    columns = watch.columns("credit_entry")
    changed = {
        "id": f"'{_plain(last.id)}'",
        "seq": "6",
        "active": "1",
        "pending": "-1",
        "active_after": "3",
        "pending_after": "0",
        "hash": f"'{last.hash}'",
        "previous_hash": "hash",
    }
    cells = ", ".join(changed.get(column, column) for column in columns)
    tamper(
        watch,
        "insert into credit_entry ({columns}) select {cells} from credit_entry where {line} 5",
        "update org_totals set entries = 6, active = 3, pending = 0, head = '{hash}' where {acme}",
        "update client set state = 'active' where {acme} and state = 'pending'",
        "update source_credit set state = 'active' where {acme}",
        columns=", ".join(columns),
        cells=cells,
        hash=last.hash,
    )
    assert verify(portal) == [
        "acme: line 6: the audit log does not tell of it",
        "acme: the sums kept of pending in 2025-09 are not those of its lines",
    ]


def _plain(row_id: object) -> str:
    return str(row_id) if POSTGRESQL else str(row_id).replace("-", "")


@pytest.mark.skipif(POSTGRESQL, reason="PostgreSQL keeps types; SQLite takes any cell")
@pytest.mark.parametrize("change", ["at = 'yesterday'", "pending = 'one'", "client_id = x'00'", "actor_id = 'nobody'"])
def test_cells_that_nobody_of_ours_wrote_are_told_in_a_sentence_and_the_others_are_still_checked(portal, watch, change):
    line, counts = "update credit_entry set {change} where {line} 2", "update org_totals set active = 9 where {bolt}"
    tamper(watch, line, counts, change=change)
    found = verify(portal)
    assert found[0].startswith("acme: ") and "Traceback" not in "".join(found)
    assert found[-1] == "bolt: the count of active credit kept with the counts is 9, the ledger ends with 1"


# -- heads that are kept elsewhere ------------------------------------------------------------------------------------


def test_heads_are_the_last_lines_to_be_kept_elsewhere(portal, acme):
    last = acme.entries()[-1]
    lines = portal.run("ledger", "heads").output.splitlines()
    assert lines[0] == f"acme 5 {last.hash}" and lines[1].startswith("bolt 2 ")


def keep(portal, path) -> str:
    path.write_text(portal.run("ledger", "heads").output)
    return str(path)


def test_kept_heads_stay_right_while_the_ledger_grows(portal, acme, tmp_path):
    kept = keep(portal, tmp_path / "heads")
    with day(4):
        make_sign_up(portal, "client3.example", referral=acme.link())
    assert verify(portal, "--heads", kept) == []


def test_a_database_that_was_rolled_back_as_a_whole_is_found_by_the_kept_heads(portal, acme, watch, tmp_path):
    watch.keep()
    with day(4):
        make_sign_up(portal, "client3.example", referral=acme.link())
    kept = keep(portal, tmp_path / "heads")
    watch.restore(set(watch.tables))
    assert verify(portal) == []
    assert verify(portal, "--heads", kept) == [
        "acme: line 6: it is missing, though it was the head that was kept: the end was cut off or rolled back"
    ]


def test_a_ledger_written_anew_from_end_to_end_is_found_by_the_kept_heads(portal, acme, tmp_path):
    (tmp_path / "heads").write_text(f"acme 5 {'0' * 64}\ngone 3 {'1' * 64}\n\n")
    assert verify(portal, "--heads", str(tmp_path / "heads")) == [
        "gone: there is no such organization any more, but its head was kept",
        "acme: line 5: it is another than the head that was kept: it, or something before it, was written anew",
    ]


@pytest.mark.parametrize("line", ["acme", "acme five " + "0" * 64, "acme 5 0000", "acme 5 " + "0" * 64 + " more"])
def test_a_file_that_holds_no_heads_is_refused(portal, tmp_path, line):
    (tmp_path / "heads").write_text(f"acme 5 {'0' * 64}\n{line}\n")
    result = portal.run("ledger", "verify", "--heads", str(tmp_path / "heads"))
    assert result.exit_code == 1 and "Line 2 of the kept heads is not “slug number hash”." in result.output


# -- it only reads, at one moment, and needs little -------------------------------------------------------------------


def test_lines_that_are_written_meanwhile_are_no_fault(portal, acme, monkeypatch):
    """A sign-up comes in after the lines were read and before the counts are: both are seen as they were before."""
    counts, link = verification._counts, acme.link()

    def counts_after_a_sign_up(last):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(make_sign_up, portal, referral=link).result()
        return counts(last)

    monkeypatch.setattr(verification, "_counts", counts_after_a_sign_up)
    assert verify(portal) == []
    assert len(acme.entries()) > 5
    monkeypatch.undo()
    assert verify(portal) == []


# -- credit that has ended --------------------------------------------------------------------------------------------


@pytest.fixture
def ended(portal: Portal, acme: Agency) -> Agency:
    """The first client of Acme's has cancelled."""
    with day(9), portal.acting(STAFF):
        clients = sorted(acme.clients(), key=lambda row: row.site)
        external_id = client_accounts.fetch(clients[0].client_account_id).external_id
        cancellations.tell(external_id, "cancelled", moment(5), "The vendor says so.")
    assert [entry.kind for entry in acme.entries()][-1] == "ended"
    return acme


def test_a_ledger_that_tells_of_the_end_of_a_credit_is_all_right(portal, ended):
    assert verify(portal) == []


def test_a_missing_end_is_found_however_well_it_was_hidden(portal, ended, watch):
    """The last line, all that counts it and what the pages say of it are as they were before it."""
    last, before = ended.entries()[-1], ended.entries()[-2]
    kept = {"before": f"{before.seq}", "head": before.hash, "active": f"{before.active_after}", "hash": last.hash}
    tamper(
        watch,
        "delete from credit_entry where {acme} and hash = '{hash}'",
        "delete from org_event where {acme} and event = 'ledger.posted' and cast(fields as text) like '%{hash}%'",
        "update org_totals set entries = {before}, head = '{head}', active = {active} where {acme}",
        "update client set state = 'active', ended_at = null, end_reason = null where {acme} and state = 'ended'",
        "update source_credit set state = 'active' where state = 'ended'",
        **kept,
    )
    found = verify(portal)
    assert any("no line says that client" in wrong and "ended on 6 September 2025" in wrong for wrong in found), found
    told = portal.run("credit", "verify")
    assert told.exit_code == 1
    assert "ended " in told.output


def test_the_day_from_which_a_line_counts_is_sealed(portal, ended, watch):
    tamper(watch, "update credit_entry set effective_at = at where {acme} and kind = 'ended'")
    assert any("it was changed: its hash" in wrong for wrong in verify(portal))
