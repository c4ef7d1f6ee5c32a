from partner_access.credit import models, programme  # noqa
def primary_url():
    return None
