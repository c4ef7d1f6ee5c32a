from flask import Blueprint
from partner_access.access import public, signed_in
accounts = Blueprint("accounts", __name__)
for name, path in [("request_account","/request-account"),("sign_in","/sign-in"),("sign_out","/sign-out"),("forgot_password","/forgot-password"),("me","/me"),("security","/me/security"),("sessions","/me/sessions")]:
    accounts.add_url_rule(path, name, public()((lambda n: lambda: n)(name)))
accounts.add_url_rule("/reset-password/<token>", "reset_password", public()(lambda token: "x"))
