"""Which mailboxes are a desk's and which are a person's: by examples."""

from __future__ import annotations

import pytest

from partner_access.keys.role_mailboxes import is_role_mailbox

DESKS = """
    info Support sales+de no-reply no.reply do_not_reply donotreply-7 billing tickets help-desk HelpDesk inbox contacts
    contact-us contactus kundenservice kundendienst facturas rechnungen bestellungen service-client serviceclient
    support2 support_de eu.sales sales.eu customersupport salesteam team-berlin office.berlin mailer-daemon ticketsystem
    accounts-payable ap ar it it-support hr hr-dept jobs press dev dev-team webmaster everyone staff-all incoming issues
    bugs admin1 soporte.tecnico atencion.cliente ventas2 vendas contabilita ufficio assistenza-clienti klantenservice
    biuro zamowienia objednavky kundtjanst asiakaspalvelu zakaz mailing-list press-office all
"""
PEOPLE = """
    ana ana.example ana+info ana2 informa supportive steve.jobs dev.patel mark.jones christine.page tom.price peter.law
    hans.versand carl.post inge.winkel ola.nordmann martin.host erika.lager j.park olga.owner miller weber botha
    roberto.conti domenico webb stockton hien newsome s.meier
"""


@pytest.mark.parametrize("local", DESKS.split())
def test_a_mailbox_of_a_desk_is_told_by_its_words(local: str) -> None:
    assert is_role_mailbox(local)


@pytest.mark.parametrize("local", ["", *PEOPLE.split()])
def test_a_person_with_a_name_like_a_desk_is_a_person(local: str) -> None:
    assert not is_role_mailbox(local)
