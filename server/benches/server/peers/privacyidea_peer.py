"""privacyIDEA behind gunicorn: `setup COUNT` makes tokens, and `application` is the server as it comes.

HOLDFAST_PEER_HOST names the folder of PostgreSQL's socket, HOLDFAST_PEER_FOLDER one for its keys and settings.
"""

import os
import subprocess
import sys

folder = os.environ["HOLDFAST_PEER_FOLDER"]
settings = os.path.join(folder, "pi.cfg")
os.environ["PRIVACYIDEA_CONFIGFILE"] = settings


def write_settings():
    host = os.environ["HOLDFAST_PEER_HOST"]
    with open(settings, "w", encoding="utf-8") as file:
        file.write(
            f"""SQLALCHEMY_DATABASE_URI = "postgresql+psycopg2://holdfast@/privacyidea_peer?host={host}"
SECRET_KEY = "of this run"
PI_PEPPER = "of this run"
PI_ENCFILE = "{folder}/enckey"
PI_AUDIT_KEY_PRIVATE = "{folder}/private.pem"
PI_AUDIT_KEY_PUBLIC = "{folder}/public.pem"
PI_LOGFILE = "{folder}/pi.log"
PI_LOGLEVEL = 40
"""
        )


def app():
    from privacyidea.app import create_app

    return create_app(config_name="production", config_file=settings, silent=True)


def setup(count):
    write_settings()
    manage = os.path.join(os.path.dirname(sys.executable), "pi-manage")
    for step in ("create_enckey", "create_audit_keys", "create_tables"):
        ran = subprocess.run([manage, "setup", step], capture_output=True, text=True)
        if ran.returncode != 0:
            sys.exit(f"{step}: {ran.stdout}{ran.stderr}")
    from privacyidea.lib.token import init_token

    with app().app_context():
        for number in range(count):
            key = os.urandom(20).hex()
            token = init_token({"type": "totp", "otpkey": key, "serial": f"T{number}"})
            print(token.token.serial, key)


if __name__ == "__main__":
    setup(int(sys.argv[2]))
else:
    application = app()
