"""Knows which mailboxes several people read, or a program: `tickets@`, `help-desk@`, `kundenservice@`. Pure.

Whoever reads such a mailbox, or whatever shows its mails to strangers (a help desk that answers with a ticket, a
mailing list with an archive), could otherwise confirm it and be let in by its domain.
"""

import re

from partner_access.keys.text import words

# Words that name a desk, a list or a machine, wherever they stand: RFC 2142, and what people use in the languages
# of the programme's partners. The plain form; plurals and numbers are taken off before they are looked up.
_DESKS = words(
    """
    aanmelding aanvraag abbonamento abonnement abrechnung abteilung abuse account accountant accounting
    accountspayable accueil achat achizitii acquisto adherent admin administracao administracija administracion
    administracja administrador administratie administratif administration administrator adminisztracio afdeling
    affiliate afiliado afspraak afspraken agence agencia agency ajanlat ajuda akquise albaran alert algemeen allas
    allgemein almacen amministrazione anfrage angajari angebot ankauf anmeldung annonce announce announcement
    ansprechpartner antrag api apoio applicants application appointment arbeit archive armazem arved asiakas
    asiakaspalvelu asistenta assinatura assistance assistenz assistenza assunzione assurance atelier atencion
    atencionalcliente atendimento audit auftrag aushilfe auskunft automation ayuda azienda azubi backoffice backup
    balie banking bantuan bcc beratung bestelling bestellung bestilling bestillinger beszerzes betaling betrieb
    bewerber bewerbung bibliothek bienvenido biglietteria bilgi billing birojs birou biuro board boekhouding
    boghoderi bogholderi bolsa bonjour booking bookkeeping bot bounce boutique branch brigady broadcast bron
    buchhaltung buchung buero bug buh buhalterija buhgalter buhgalteria buhgalteriya bulletin bureau butik butikk
    cadastro caiwu calidad candidatura candidature career cariere carriere cartera catchall ceo cfo chamado chat cio
    claim client cliente clienti cmo cobranca cobranza cobro collaboration comanda comenzi comercial commande
    commerce commercial commerciale committee communication community company complaint compliance compra compta
    comptabilite comptable comunicacao comunicacion comunicaciones comunicare comunicazione concierge conducere
    consegna conseil consulta consultoria contabil contabilidad contabilidade contabilita contabilitate contact
    contacto contactus contador contato contatto contracting contractor contratacion contrato controlling coo copier
    copy corporate correo cotizacion courriel courrier crediteuren crm cron cskh cto cuenta curriculum customer cv
    daemon data dataprotection datenschutz debiteuren demo depannage departamento department dept desarrollo design
    desk despacho destek dev developer devis devolucion devop digest direccion directie direction diretoria
    direzione dirigeant dispatch distribucion distribuicao distribution dmarc do dobava document donation donotreply
    dostawa dotaz dotazy dpo dyrekcja dzial editor editorial education eigyo eigyou einkauf ekonomi email empfang
    empleo emploi employee employment empresa encargo encomenda engenharia engineering enquirie enquiry enseigne
    entrega entwicklung envio epikoinonia equipe equipo erotima erp error ersatzteil escritorio eshop estagio
    estimate estoque event eventos everybody everyone everything expedicao expedition expense export exypiretisi
    fabrication facilitie facility factura facturacion facturare facturatie facturation facture facturen facturi
    factuur faktura fakturace fakturacia fakturor faktury fale faleconosco fattura fatturazione fatura faturacao
    faturamento fax feedback filiale financa finance financeiro financial financiar financien finanza fiscal fleet
    formacion formation formazione fornecedor fornitore forsaljning forum forward fournisseur frontdesk ftp
    fulfillment fundraising gdpr general generic geral gerance gerencia geschaeftsfuehrung geschaeftsleitung gestion
    gestione gestoria gf git github gitlab giuridico gl gogaek gramatvediba grammateia group guest hallinto hallo
    handel handlowy hausverwaltung head health hello help helpdesk helpline helpme hey hi hilfe hiring hirlevel
    hjaelp hjalp hjelp hola home host hosting hostmaster hotline hotro hq hr hulp human huolto hurtownia ik iletisim
    iletisimi import imprensa inbound inbox incidencia incident incoming indkob info infobox infolinia infopost
    informacion informatica information informazione infrastructure ingenieria inkasso inkoop inkop inmobiliaria
    innkjop inquirie inquiry insa insankaynaklari inschrijving inscricao inscripcion inscription instagram insurance
    integration intern internal internship inventory invoice invoicing inzerce iroda iscrizione issue it itsupport
    jelentkezes jiameng jimu jinji jira job jobb jobboerse jobs jualan junk juridic juridica juridico juridique
    kadra kadri kadry kaikei kancelar kancelyaria kantselyariya kanzlei kapcsolat kariera kariyer karrier karriere
    kasse kasserer kauppa kb kefu keiri ketoan keuangan khidmat kinhdoanh kirjanpito klant klanten klantenservice
    klienci klienditugi klient klientu klienty knjigovodstvo knowledgebase koho kommunikation kontakt kontakti
    kontakty konto kontor konyveles kouhou kredit ksiegowosc kunde kundecenter kunden kundendienst kundenservice
    kundeservice kundservice kundsupport kundtjanst kwaliteit lab lager laskut laskutus lavoro layanan leasing legal
    legale leitung letter lettre leverancier levering library license lieferung lienhe list listserv livraison
    livrare livrari location log logging login logistic logistica logistique logistirio logistyka lohn loja lonn
    lonning madoguchi magasin magazijn magazyn magazzino mahnung mail mailbox mailer mailerdaemon mailing maillist
    mailman main mainoffice maintenance mairie majordomo management manager manutencao manutenzione marcacao
    marketing marketolog master matricula medewerker media medlem meeting megrendeles member membership mercadeo
    mercadotecnia message messaging mgmt mitarbeiter moderateur monitor monitoring muhasebe munka musteri
    musterihizmetleri muugiosakond muuk myynti mzdy nabava nabavka nabidka nabidky nachricht nakup narocila narudzba
    narudzbe negozio netadmin network neuvonta news newsletter nhansu nieuwsbrief nobody noc nomina noreply notice
    notificacion notification notify null obchod objednavka objednavky obra obsluga odbyt oddzial oferta ofertare
    oferte oferty offer offerte office oficina ofis okonomi onderhoud ondersteuning op opdracht operation oplata
    opleiding opportunitie opportunity orcamento order orderdesk ordering ordermottagning ordine ordini otdel
    otdelkadrov otoiawase outbound ouvidoria owner paga pagamento pago paie paiement palaute palvelu parageliesa
    paraggelies parceiro parceria pardavimai partner partnership patrimoine pay payable payment payroll pazarlama
    pedido pelanggan pemasaran penjualan penzugy people pers personal personalabteilung personale personalni
    personeelszaken personnel phishing phone pisarna planification planning planung pochta podatelna podderzhka
    podpora podrska poliseis pomoc ponuda ponude poptavka poptavky portal post posta postavka postavki posti
    postmaster postmottak poststelle postventa posvenda pr praca prace praktikum praxis predaj predajna prenotazione
    prensa presidence presidenza press presse prestation presupuesto preventivo priem priemnaya print printer
    privacy procurement prodaja prodazhi prodej prodejna producao produccion product production produktion
    produzione progetto project projekt projeto promitheies promocion prospect protocollo proveedor provoz proyecto
    przetarg pubblicita public publication publicidad publicity purchase purchasing qa qualita qualite quality queja
    querie query question quotation quote raamatupidamine rachunek rachunki racun racuni racunovodstvo raktar rdv
    reader recebimento receipt receivable recepcao recepce recepcion recepcja receptie reception receptionist
    rechnung rechnungswesen reclamacao reclamacion reclamatii reclamation reclamo reclutamiento recouvrement recruit
    recruiter recruiting recruitment recrutamento recrutement recurso redacteur redaction redactrice redaksjon
    redaktion referral refund register registrar registration registry regnskab regnskap reklama reklamace
    reklamacie reklamacije reklamacja reklamacje reklamasjon reklamation rekrutacja rekruttering rekry relation
    relay remittance rendeles renewal renseignement renshi rent rental repair reparacion reply report request
    resepsjon reserva reservation reservdelar reservering reservierung resource response resume resurseumane retail
    retour return rezeption rezervacije rezervasyon rezerwacja rezerwacje rezume rfp rfq rh ricambi ricambio
    ricevimento richiesta risorsa robot root route rozliczenia rrhh rsvp sac safety saiyo saiyou sale salg salgs
    santral satinalma satis sav savoir sbyt scan scanner schedule scheduling secretaire secretaria secretariat
    secretary security segitseg segnalazione segreteria seguranca seguridad sekretar sekretariat sekreter seller
    selling sender seo server service serviceclient servicedesk servicio servico servis servizio serwis shangwu
    shichang shien shipment shipping shop showroom sicurezza siege signup siparis sistema sklad skladiste sklep
    skoleni smtp snab snabzhenie social socio software solicitud sollicitatie solution somu soporte soumu soutien
    spam spare spedizione spende spravka sprzedaz staff stage stagiair stampa statement statistic stelle
    stellenangebot steuer stock storage store storing studio styrelse styret sube subscribe subscriber subscription
    suggestion suporte supplier supply support supporto survey suscripcion syndic sys sysadmin sysop system szamla
    szamlazas szerviz szkolenia szolgaltatas tajnistvo taller tantou team tech technical technician technik
    technology techsupport tecnica tecnico tehpodderzhka teklif teknik termin tesoreria test ticket ticketing tienda
    tilaukset tilaus timesheet tirocinio titkarsag toiawase toimisto tool tour trabajo trade trading training
    transport transporte travaux travel treasury tresorerie trouble tugi tuki turno tuyendung tyopaikat uat ucetni
    ucetnictvo uctarna uffici ufficio ugyelet ugyfelszolgalat uketsuke umowy undisclosed unsubscribe update uprava
    ured usenet uucp uzlet vacancie vacancy vacante vacature vaga vakansii vanzari varaukset varaus vaxel venda
    vendas vendedor vendita vendite vendor venta vente verein verhuur verkauf verkoop verksted versand vertrag
    vertrieb verwaltung verzending voice voicemail volunteer vorstand vraag vragen warehouse warranty web webadmin
    webform webmail webmaster webshop website webwinkel welcome werbung werkplaats werkstatt wholesale widerruf wiki
    winkel workshop wsparcie www wysylka xerox xiaoshou yardim yeongeop yonetim ypostirixi zahlung zakaz zakaznici
    zakaznicky zakazy zakupki zamestnani zamowienia zamowienie zaopatrzenie zaposlenje zapytania zarzad zasobovani
    zayavka zayavki zentrale zhaopin zwroty
    """
)

# Desks too, but also what people are called (Dev Patel, Steve Jobs, Christine Page): they count where the whole part
# before the @ says nothing else.
_ALSO_NAMES = words(
    """
    ad all ap ar art assist bar berlin bolsa book cash center central centre chat chief church city club college
    company copy dev director eu euro europe fin fr general global hall hands head host house hr in inter
    international it job jobs lager law line london main major mark market member mr my new north of off ola on one
    online our owner pa page paris park pm point post pr press price project pub reader region regional school sea
    service ship shop south spa special stage star the to uk unit us usa versand vice west winkel world you your
    """
)
_PLURALS = ("es", "en", "er", "s", "n", "e", "i")
_SHORTEST_STEM = {"s": 3}  # bugs@ and jobs@, while weber@ is no website
_SPLIT = re.compile(r"[^a-z]+")
_SHORTEST_PART = 3


def is_role_mailbox(local: str) -> bool:
    """Whether the part before the @ (and before a +) names a desk, a list or a machine, not a person.

    One word of a desk is enough: `sales.de`, `tickets2`, `no_reply`. Words written together count where every part of
    them is one: `kundenservice`, `customersupport`.
    """
    words = [word for word in _SPLIT.split(local.partition("+")[0].lower()) if word]
    if any(_is_desk(word) and word not in _ALSO_NAMES for word in words):
        return True
    return bool(words) and all(_is_desk(word) or word in _ALSO_NAMES for word in words)


def _is_desk(word: str) -> bool:
    """Whether a word is that of a desk, or made of nothing but such words."""
    ends = {0}
    for end in range(_SHORTEST_PART, len(word) + 1):
        if any(end - start >= _SHORTEST_PART and _is_known(word[start:end]) for start in ends):
            ends.add(end)
    return len(word) in ends or _is_known(word)


def _is_known(word: str) -> bool:
    """Whether a word is on the list, in the singular or a plural."""
    stems = (
        word.removesuffix(ending) for ending in _PLURALS if len(word) - len(ending) >= _SHORTEST_STEM.get(ending, 4)
    )
    return word in _DESKS or any(stem in _DESKS for stem in stems)
