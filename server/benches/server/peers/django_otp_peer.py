"""django-otp behind gunicorn: `setup COUNT` makes its people, and `application` verifies their codes.

HOLDFAST_PEER_HOST names the folder of PostgreSQL's socket. What is verified goes through `match_token`, which
is the package's own way to do it in one transaction with the device's row locked.
"""

import json
import os
import sys

import django
from django.conf import settings

settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "django_otp_peer",
            "USER": "holdfast",
            "HOST": os.environ["HOLDFAST_PEER_HOST"],
            "CONN_MAX_AGE": None,
        }
    },
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django_otp",
        "django_otp.plugins.otp_totp",
    ],
    # It says how long an answer is, so that the line can stay open.
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    SECRET_KEY="of this run",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
)
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django_otp import match_token  # noqa: E402
from django_otp.plugins.otp_totp.models import TOTPDevice  # noqa: E402


def verify(request):
    asked = json.loads(request.body)
    user = get_user_model().objects.get(username=asked["user"])
    return JsonResponse(match_token(user, asked["code"]) is not None, safe=False)


urlpatterns = [path("verify", verify)]


def setup(count):
    call_command("migrate", verbosity=0)
    User = get_user_model()
    users = [User(username=f"user{n}", password="!") for n in range(count)]
    users = User.objects.bulk_create(users)
    devices = [TOTPDevice(user=user, name="phone", key=os.urandom(20).hex()) for user in users]
    for device in TOTPDevice.objects.bulk_create(devices):
        print(device.user.username, device.key)


if __name__ == "__main__":
    setup(int(sys.argv[2]))
else:
    application = get_wsgi_application()
