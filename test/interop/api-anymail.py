"""django-anymail's Postal backend, used as its documentation says. Arguments: URL, key, sender's domain. Prints what it got."""

import json
import sys

import django
from django.conf import settings

url, key, domain = sys.argv[1:4]
settings.configure(
    ANYMAIL={"POSTAL_API_URL": url, "POSTAL_API_KEY": key},
    EMAIL_BACKEND="anymail.backends.postal.EmailBackend",
    INSTALLED_APPS=["anymail"],
)
django.setup()

from anymail.exceptions import AnymailAPIError  # noqa: E402
from django.core.mail import EmailMultiAlternatives, send_mail  # noqa: E402

message = EmailMultiAlternatives(
    subject="Grüße",
    body="Hello",
    from_email=f'"Orders, Inc." <orders@{domain}>',
    to=['"Doe, Jané" <jane@client.test>', "ana@bücher.example"],
    cc=["bob@client.test"],
    bcc=["log@client.test"],
    reply_to=[f"help@{domain}"],
    headers={"X-Order": 7781, "X-Float": 1.5},
)
message.attach_alternative("<p>Hello</p>", "text/html")
message.attach("note.txt", "Grüße", "text/plain")
message.attach("empty.bin", b"", "application/octet-stream")
message.tags = ["order"]
message.envelope_sender = f"orders@{domain}"
message.send()
status = message.anymail_status
sent = {email: [one.message_id, one.status] for email, one in status.recipients.items()}


def refusal(**more):
    try:
        send_mail("Subject", "Body", more.get("from_email", f"orders@{domain}"), ["ana@client.test"], connection=more.get("connection"))
    except AnymailAPIError as error:
        return error.response.json()


from django.core.mail import get_connection  # noqa: E402

print(
    json.dumps(
        {
            "sent": sent,
            "forged": refusal(from_email="ceo@foreign.test"),
            "badKey": refusal(connection=get_connection(api_key="wrongkey")),
        }
    )
)
