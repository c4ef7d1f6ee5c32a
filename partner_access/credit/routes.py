from flask import Blueprint
from partner_access.access import org_page, public
from partner_access.permissions import Permission as P
credit = Blueprint("credit", __name__, url_prefix="/orgs/<slug>")
landing = Blueprint("landing", __name__)
for name, path in [("leads","/leads"),("new_lead","/leads/new"),("clients","/clients"),("referral_links","/referral-links")]:
    credit.add_url_rule(path, name, org_page(P.VIEW_ORG)((lambda n: lambda: n)(name)))
