"""Tokens as Harbor gives them: for images of one public project, to whoever asks without a login.

`python -m tests.fronts.token_server ADDRESS PORT KEY CERTIFICATE PROJECT` writes to its standard
output one JSON line for each question: the scope, and whether a login came along.
"""

from __future__ import annotations

import base64
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

ISSUER: Final = "practice-tokens"
SERVICE: Final = "practice-registry"
_SECONDS: Final = 300


def token(scopes: list[str], project: str, key: rsa.RSAPrivateKey, der: bytes) -> str:
    """Return a signed token for those scopes that are within the project."""
    access = []
    for scope in scopes:
        kind, name, actions = scope.split(":")
        if name.startswith(f"{project}/"):
            access.append({"type": kind, "name": name, "actions": actions.split(",")})
    now = int(time.time())
    claims = {"iss": ISSUER, "sub": "", "aud": SERVICE, "nbf": now - 60, "iat": now}
    claims |= {"exp": now + _SECONDS, "jti": "practice", "access": access}
    head = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
    signed = f"{_part(head)}.{_part(claims)}"
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{_base64(signature)}"


def _part(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def serve(address: str, port: int, key: Path, certificate: Path, project: str) -> None:
    """Answer until the process is ended."""
    loaded = serialization.load_pem_private_key(key.read_bytes(), None)
    assert isinstance(loaded, rsa.RSAPrivateKey)
    signer: rsa.RSAPrivateKey = loaded
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    der = found.public_bytes(serialization.Encoding.DER)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            scopes = parse_qs(urlsplit(self.path).query).get("scope", [])
            login = "Authorization" in self.headers
            print(json.dumps({"scopes": scopes, "login": login}), flush=True)
            if login:
                self._say(401, {"errors": [{"code": "UNAUTHORIZED"}]})
            else:
                self._say(200, {"token": token(scopes, project, signer, der)})

        def _say(self, status: int, value: dict[str, Any]) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: Any) -> None:
            """Keep standard output to our own lines."""

    ThreadingHTTPServer((address, port), Handler).serve_forever()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]), sys.argv[5])
