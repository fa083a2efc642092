"""An OAuth 2.0 server of Authlib, as tests want it: everybody may sign in, and it fails when it is told to.

Must not be reached from elsewhere: it listens on a free port of the loopback interface, and ends with its input.
"""

import base64
import hmac
import json
import os
import sys
import threading
import time

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.common.security import generate_token
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint, DeviceCodeGrant, DeviceCredentialDict
from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

METHODS = ["none", "client_secret_post"]
# What tests change: seconds that a token lives, whether refresh tokens are exchanged, how the token endpoint fails.
STATE = {"lifetime": 3600, "rotates": True, "mode": "", "asked": 0, "delay": 0.0, "device": ""}
# For whom access tokens are signed (RFC 7519), and with which key; nobody: they are random.
STATE |= {"signs": "", "key": ""}
codes, tokens, refreshes, devices = {}, {}, {}, {}
lock = threading.Lock()


class Client(ClientMixin):
    def __init__(self, name, secret):
        self.client_id, self.secret = name, secret

    def get_client_id(self):
        return self.client_id

    def get_default_redirect_uri(self):
        return None

    def get_allowed_scope(self, scope):
        return scope or ""

    def check_redirect_uri(self, uri):
        return uri.startswith(("http://127.0.0.1:", "http://localhost:"))

    def check_client_secret(self, secret):
        return self.secret is not None and secret == self.secret

    def check_endpoint_auth_method(self, method, endpoint):
        return method == ("none" if self.secret is None else "client_secret_post")

    def check_token_endpoint_auth_method(self, method):
        return self.check_endpoint_auth_method(method, "token")

    def check_response_type(self, kind):
        return kind == "code"

    def check_grant_type(self, kind):
        return True


CLIENTS = {"public": Client("public", None), "daemon": Client("daemon", "daemon-secret-7f3a")}


class Code(AuthorizationCodeMixin):
    def __init__(self, code, asked):
        self.code, self.redirect_uri, self.scope = code, asked.redirect_uri, asked.scope
        self.client_id = asked.client.client_id
        self.code_challenge = asked.data.get("code_challenge")
        self.code_challenge_method = asked.data.get("code_challenge_method")

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope


class Token(TokenMixin):
    def __init__(self, client, token):
        self.client_id, self.token, self.revoked = client, token, False

    def check_client(self, client):
        return client.client_id == self.client_id

    def get_scope(self):
        return self.token.get("scope", "")

    def get_expires_in(self):
        return self.token["expires_in"]

    def is_revoked(self):
        return self.revoked

    def is_expired(self):
        return False


class CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def save_authorization_code(self, code, asked):
        codes[code] = Code(code, asked)

    def query_authorization_code(self, code, client):
        found = codes.get(code)
        return found if found and found.client_id == client.client_id else None

    def delete_authorization_code(self, code):
        codes.pop(code.code, None)

    def authenticate_user(self, code):
        return "me"


class RefreshGrant(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, text):
        found = refreshes.get(text)
        return found if found and not found.revoked else None

    def authenticate_user(self, token):
        return "me"

    def revoke_old_credential(self, token):
        if STATE["rotates"]:
            token.revoked = True


class ClientGrant(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_post"]


class Device(DeviceAuthorizationEndpoint):
    CLIENT_AUTH_METHODS = METHODS
    EXPIRES_IN = 3600
    INTERVAL = 0

    def get_verification_uri(self):
        return request.host_url + "device"

    def save_device_credential(self, client_id, scope, data):
        devices[data["device_code"]] = dict(data, client_id=client_id, scope=scope, expires_at=time.time() + 3600)


class DeviceGrant(DeviceCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def query_device_credential(self, code):
        found = devices.get(code)
        return DeviceCredentialDict(found) if found else None

    def query_user_grant(self, code):
        return {"approved": ("me", True), "denied": ("me", False)}.get(STATE["device"])

    def should_slow_down(self, credential):
        return STATE["device"] == "slow"


class Revocation(RevocationEndpoint):
    CLIENT_AUTH_METHODS = METHODS

    def query_token(self, text, hint):
        return refreshes.get(text) or tokens.get(text)

    def revoke_token(self, token, request):
        token.revoked = True


def save_token(token, asked):
    token["expires_in"] = STATE["lifetime"]
    kept = Token(asked.client.client_id, token)
    tokens[token["access_token"]] = kept
    if token.get("refresh_token"):
        refreshes[token["refresh_token"]] = kept


def part(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def access_token(*_, **__):
    if not STATE["signs"]:
        return generate_token(42)
    now = int(time.time())
    claims = {"sub": STATE["signs"], "email": STATE["signs"], "iat": now - 60, "exp": now + STATE["lifetime"]}
    claims["jti"] = generate_token(12)
    text = ".".join(part(json.dumps(each).encode()) for each in ({"alg": "HS256", "typ": "JWT"}, claims))
    return text + "." + part(hmac.digest(STATE["key"].encode(), text.encode(), "sha256"))


app = Flask("oauth")
app.config["OAUTH2_ACCESS_TOKEN_GENERATOR"] = access_token
app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
server = AuthorizationServer(app, query_client=CLIENTS.get, save_token=save_token)
server.register_grant(CodeGrant, [CodeChallenge(required=True)])
for grant in (RefreshGrant, ClientGrant, DeviceGrant):
    server.register_grant(grant)
for endpoint in (Device, Revocation):
    server.register_endpoint(endpoint)

BROKEN = {
    "down": lambda: Response("<html>later</html>", 503),
    "garbage": lambda: Response(b"\x00\xff{]", 200, content_type="application/json"),
    "html": lambda: Response("<html>sign in</html>", 200),
    "list": lambda: jsonify([1, 2]),
    "deep": lambda: Response("[" * 100000, 200),
    "huge": lambda: Response("{" + " " * 1000000 + "}", 200),
    "empty": lambda: Response("", 200),
    "untyped": lambda: jsonify(access_token="abc"),
    "mac": lambda: jsonify(access_token="abc", token_type="mac"),
    "newline": lambda: jsonify(access_token="a\r\nDELE 1", token_type="Bearer"),
    "blank": lambda: jsonify(access_token="", token_type="Bearer"),
    "forbidden": lambda: Response("no", 403),
    "busy": lambda: Response("later", 429),
    "temporarily": lambda: (jsonify(error="temporarily_unavailable"), 400),
    "texts": lambda: jsonify(access_token="abc", token_type="bearer", expires_in="1200"),
    "forever": lambda: jsonify(access_token="abc", token_type="bearer", expires_in=1e300),
}


@app.route("/authorize")
def authorize():
    if STATE["mode"] == "deny":
        return server.create_authorization_response(grant_user=None)
    return server.create_authorization_response(grant_user="me")


@app.route("/token", methods=["POST"])
def token():
    with lock:
        STATE["asked"] += 1
    time.sleep(STATE["delay"])
    if STATE["mode"] in BROKEN:
        return BROKEN[STATE["mode"]]()
    if STATE["mode"] == "lost":
        # The exchange happens; its answer never arrives.
        server.create_token_response()
        os._exit(0) if STATE["device"] == "exit" else None
        return Response("<html>gateway time-out</html>", 504)
    return server.create_token_response()


@app.route("/device_authorization", methods=["POST"])
def device():
    return server.create_endpoint_response("device_authorization")


@app.route("/revoke", methods=["POST"])
def revoke():
    return server.create_endpoint_response("revocation")


@app.route("/.well-known/oauth-authorization-server")
def metadata():
    root = request.host_url.rstrip("/")
    issuer = "https://other.example" if STATE["mode"] == "impostor" else root
    return jsonify(
        issuer=issuer,
        authorization_endpoint=root + "/authorize",
        token_endpoint=root + "/token",
        device_authorization_endpoint=root + "/device_authorization",
    )


@app.route("/control", methods=["POST"])
def control():
    """Sets what is given; tells all, and which access tokens count."""
    for name, value in request.form.items():
        if name == "forget":
            # Access tokens are taken back, or refresh tokens, too.
            tokens.clear()
            if value == "all":
                refreshes.clear()
            continue
        old = STATE[name]
        STATE[name] = value == "true" if isinstance(old, bool) else type(old)(value)
    live = [text for text, kept in tokens.items() if not kept.revoked]
    return jsonify(dict(STATE, live=live, refreshes=list(refreshes)))


if __name__ == "__main__":
    # A certificate and its key, for TLS.
    tls = tuple(sys.argv[1:3]) or None
    http = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=tls)
    print(json.dumps({"port": http.port}), flush=True)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    sys.stdin.read()
