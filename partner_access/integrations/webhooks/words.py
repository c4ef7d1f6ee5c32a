"""What became of a webhook, in words: the organization reads them in its activity, staff in the audit log."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "webhook.added": "Webhook added",
    "webhook.changed": "Webhook changed",
    "webhook.secret_changed": "Webhook given a new secret",
    "webhook.switched_on": "Webhook switched on",
    "webhook.switched_off": "Webhook switched off",
    "webhook.removed": "Webhook removed",
    "webhook.pinged": "Webhook tried with a ping",
    "webhook.resent": "Events sent to a webhook again",
}
