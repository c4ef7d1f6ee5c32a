from flask import Blueprint
from partner_access.access import public, signed_in, org_page
from partner_access.permissions import Permission as P
arrivals = Blueprint("arrivals", __name__)
organizations = Blueprint("organizations", __name__)
arrivals.add_url_rule("/verify/<token>", "verify", public()(lambda token: "x"))
organizations.add_url_rule("/join", "join", public()(lambda: "x"))
organizations.add_url_rule("/undo-join/<token>", "undo_join", public()(lambda token: "x"))
organizations.add_url_rule("/orgs/<slug>/", "home", org_page(P.VIEW_ORG)(lambda: "x"))
organizations.add_url_rule("/orgs/<slug>/team", "team", org_page(P.VIEW_TEAM)(lambda: "x"))
