"""The program that docs/webhooks.md shows takes our deliveries, and its table is of today's events."""

from __future__ import annotations

import re
from datetime import timedelta

from standardwebhooks import Webhook

from partner_access.clock import now
from partner_access.events import TYPES
from tests.house.source import ROOT

PAGE = (ROOT / "docs" / "webhooks.md").read_text()
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = '{"id":"1","type":"ping","data":{"name":"Ä"}}'


def test_the_program_of_the_documents_takes_what_is_ours_alone(monkeypatch, capsys):
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    program: dict[str, object] = {"__name__": "shown"}
    (shown,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(shown, program)  # noqa: S102  (our own document)
    client = program["app"].test_client()  # type: ignore[attr-defined]

    def post(body: str, *, ago: timedelta = timedelta()) -> int:
        at = now() - ago
        signature = Webhook(SECRET).sign("1", at, BODY)
        stamp = {"webhook-id": "1", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}
        return int(client.post("/webhooks", data=body.encode(), headers=stamp).status_code)

    assert [post(BODY), post(BODY), post(BODY.replace("Ä", "B")), post(BODY, ago=timedelta(hours=1))] == [
        204,
        204,
        400,
        400,
    ]
    assert capsys.readouterr().out.count("ping") == 1


def test_the_documents_name_every_event_with_its_data():
    for name, kind in TYPES.items():
        fields = ", ".join(f"`{field}`" for field in kind.example)
        assert f"| `{name}` | {kind.told} | {fields} |" in PAGE
