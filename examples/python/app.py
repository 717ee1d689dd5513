"""A sign-up that sends a code by mail: Django in one file. `python app.py runserver` starts it."""

import os
import secrets
import sys

from django.conf import settings
from django.core.cache import cache
from django.core.mail import send_mail
from django.core.management import execute_from_command_line
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    SECRET_KEY=secrets.token_hex(),
    ALLOWED_HOSTS=["localhost", "127.0.0.1", "testserver"],
    ROOT_URLCONF=__name__,
    DEFAULT_FROM_EMAIL="shop@example.com",
    EMAIL_HOST=os.environ.get("SMTP_HOST", "localhost"),
    EMAIL_PORT=int(os.environ.get("SMTP_PORT", "1025")),
)


def sign_up(request: HttpRequest) -> HttpResponse:
    """Sends a code to the address."""
    address = request.POST["email"]
    code = f"{secrets.randbelow(1_000_000):06}"
    cache.set(address, code, timeout=600)
    send_mail("Welcome to the shop", f"Your verification code is {code}.\n", None, [address])
    return HttpResponse("We have sent you a code.")


def confirm(request: HttpRequest) -> HttpResponse:
    """Takes it back."""
    is_right = cache.get(request.POST["email"]) == request.POST["code"]
    return HttpResponse("Welcome!" if is_right else "That is not the code.", status=200 if is_right else 403)


urlpatterns = [path("sign-up", sign_up), path("confirm", confirm)]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
