"""Django with Anymail's Postal webhook views: prints what Anymail makes of each request, one JSON document a line."""
import json
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    ANYMAIL={"POSTAL_WEBHOOK_KEY": sys.argv[1]},
    INSTALLED_APPS=["anymail"],
    LOGGING_CONFIG=None,
    ROOT_URLCONF="anymail.urls",
    SECRET_KEY="not secret",
    USE_TZ=True,
)

import django

django.setup()

from anymail.signals import inbound, tracking
from django.core.wsgi import get_wsgi_application


def say(**facts):
    print(json.dumps(facts), flush=True)


def on_tracking(sender, event, esp_name, **_):
    say(
        type=event.event_type,
        id=event.event_id,
        message_id=event.message_id,
        recipient=event.recipient,
        tags=event.tags,
        description=event.description,
        mta_response=event.mta_response,
        reject_reason=event.reject_reason,
        click_url=event.click_url,
        user_agent=event.user_agent,
        at=event.timestamp.isoformat(),
    )


def on_inbound(sender, event, esp_name, **_):
    mail = event.message
    say(type=event.event_type, id=event.event_id, sender=mail.envelope_sender, recipient=mail.envelope_recipient, subject=mail.subject, text=mail.text)


tracking.connect(on_tracking, weak=False)
inbound.connect(on_inbound, weak=False)


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


with make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet) as server:
    print(f"listening on {server.server_port}", flush=True)
    server.serve_forever()
