"""An nginx site that shows a project of the target as the root of a registry of its own.

Docker with the overlay2 store puts nothing after `/v2`, and asks for tokens with the name of the
image alone; so the path, the challenge and the scope of the token are all rewritten
(facts/runtimes.md §5). Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, assert_never
from urllib.parse import urlsplit

from wizard.errors import InputError
from wizard.target import Addressing, Target, TargetKind
from wizard.wording import _

SYSTEM_CA: Final = "/etc/ssl/certs/ca-certificates.crt"
_HARBOR_TOKENS: Final = "/service/token"
_LISTEN: Final = re.compile(r"(?:(?:[A-Za-z0-9.*-]+|\[[0-9A-Fa-f:.]+\]):)?(\d{1,5})")
_LAST_PORT: Final = 65535
_TOKEN_URL: Final = re.compile(r"https?://[^/?#]+/[^?#]+")
_UNSAFE: Final = frozenset("\"'\\;{}$ \t\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontServer:
    """The second name under which hosts see the target.

    Attributes:
        name: DNS name, without port.
        certificate, key: absolute paths on the machine of nginx.
        listen: `443`, or `address:port`.
        target_ca: path there of the certificates by which the target is trusted.
        realm: URL at which the target gives out tokens; empty for Harbor's own place, or where
            images need no token.
    """

    name: str
    certificate: str
    key: str
    listen: str = "443"
    target_ca: str = SYSTEM_CA
    realm: str = ""


def nginx_site(target: Target, front: FrontServer) -> str:
    """Return the site, for nginx's `http` context: the same value gives the same bytes.

    Raises InputError for a target that needs no front, and for words that a site cannot hold.
    """
    if target.addressing is Addressing.ROOT:
        raise InputError(
            _("The target answers at its root: it needs no front."),
            state=_("Nothing was written."),
            todo=_("Use it as it is, or name the project as “prefix” of the target."),
        )
    _refuse_unsafe(front)
    _refuse_unclear(front)
    realm = front.realm or (target.url + _HARBOR_TOKENS if target.kind is TargetKind.HARBOR else "")
    parts = [_head(target, front), _maps(target, front, realm), _server(target, front, realm)]
    return "\n".join(parts)


def _refuse_unsafe(front: FrontServer) -> None:
    words = (front.name, front.certificate, front.key, front.listen, front.target_ca, front.realm)
    bad = next((word for word in words if _UNSAFE & set(word)), None)
    if bad is not None:
        raise InputError(
            _("“{word}” cannot stand in a file of nginx.").format(word=bad),
            state=_("Nothing was written."),
            todo=_("Use names and paths without quotes, spaces and signs such as ; { } $."),
        )


def _refuse_unclear(front: FrontServer) -> None:
    """Raise InputError for what nginx would not take, or would take for something else."""
    listen = _LISTEN.fullmatch(front.listen)
    if listen is None or not 0 < int(listen[1]) <= _LAST_PORT:
        raise InputError(
            _("“{listen}” is nothing to listen on.").format(listen=front.listen),
            state=_("Nothing was written."),
            todo=_("Name a port from 1 to 65535, with an address before it if needed: [::]:443."),
        )
    if front.realm and not _TOKEN_URL.fullmatch(front.realm):
        raise InputError(
            _("“{url}” is no URL of a place for tokens.").format(url=front.realm),
            state=_("Nothing was written."),
            todo=_("Name it as the target's challenge does: https://registry.example/token."),
        )


def _head(target: Target, front: FrontServer) -> str:
    return f"""\
# Written by Pilotage: {front.name} answers as the root of a registry.
# It asks {target.api_base} and passes on pulls only.
# Put it into nginx's http context, such as /etc/nginx/conf.d/, then: nginx -t && nginx -s reload
"""


def _maps(target: Target, front: FrontServer, realm: str) -> str:
    """Return how challenges go to the client and scopes to the target; nothing without tokens."""
    if not realm:
        return ""
    shown = f'realm="https://{_authority(front)}{urlsplit(realm).path}"'
    challenge = rf'realm=\"[^\"]*\"(?<pilotage_rest>.*)$" "${{pilotage_kind}}{_escaped(shown)}'
    lines = ["map $upstream_http_www_authenticate $pilotage_challenge {"]
    lines.append("    default $upstream_http_www_authenticate;")
    kind = '    "~*^(?<pilotage_kind>Bearer +)'
    scope = _scope_prefix(target)
    if scope:
        named = rf"realm=\"[^\"]*\"(?<pilotage_middle>.*scope=\"repository:){_regex(scope)}"
        named += rf'(?<pilotage_name>.*)$" "${{pilotage_kind}}{_escaped(shown)}'
        lines.append(f'{kind}{named}${{pilotage_middle}}${{pilotage_name}}";')
    lines += [f'{kind}{challenge}${{pilotage_rest}}";', "}", ""]
    if scope:
        encoded = scope.replace("/", "%2F")
        asked = '"~*^(?<pilotage_before>(.*&)?scope=repository(:|%3A))(?<pilotage_after>.*)$"'
        lines += ["map $args $pilotage_arguments {", "    default $args;"]
        lines += [f'    {asked} "${{pilotage_before}}{encoded}${{pilotage_after}}";', "}", ""]
    return "\n".join(lines)


def _server(target: Target, front: FrontServer, realm: str) -> str:
    path = urlsplit(target.api_base).path
    lines = [
        "server {",
        f"    listen {front.listen} ssl;",
        f"    server_name {front.name};",
        f"    ssl_certificate {front.certificate};",
        f"    ssl_certificate_key {front.key};",
        "",
        *_passing_on(target, front),
    ]
    if realm:
        lines += [
            "    proxy_hide_header WWW-Authenticate;",
            "    add_header WWW-Authenticate $pilotage_challenge always;",
        ]
    lines += [
        "",
        "    location = /v2/ {",
        f"        proxy_pass {target.url}{_ping(target)};",
        "    }",
        "    location /v2/ {",
        "        limit_except GET { deny all; }",
        f"        rewrite ^/v2/(.+)$ {path}/$1 break;",
        f"        proxy_pass {target.url};",
        "    }",
        *(_tokens(target, realm) if realm else ()),
        "    location / {",
        "        return 404;",
        "    }",
        "}",
        "",
    ]
    return "\n".join(lines)


def _passing_on(target: Target, front: FrontServer) -> tuple[str, ...]:
    return (
        "    proxy_http_version 1.1;",
        "    proxy_buffering off;",
        "    proxy_read_timeout 300s;",
        f"    proxy_set_header Host {target.authority};",
        "    proxy_ssl_server_name on;",
        f"    proxy_ssl_name {urlsplit(target.url).hostname};",
        "    proxy_ssl_verify on;",
        "    proxy_ssl_verify_depth 4;",
        f"    proxy_ssl_trusted_certificate {front.target_ca};",
        "    proxy_redirect off;",
    )


def _tokens(target: Target, realm: str) -> tuple[str, ...]:
    """Return the place of tokens; a login is not passed on.

    Docker offers a mirror its user's login to Docker Hub (facts/runtimes.md §1.4): the target
    would refuse it, and Docker would fall back to Hub without a word.
    """
    scoped = ("        set $args $pilotage_arguments;",) if _scope_prefix(target) else ()
    parts = urlsplit(realm)
    return (
        f"    location = {parts.path} {{",
        "        limit_except GET { deny all; }",
        *scoped,
        '        proxy_set_header Authorization "";',
        f"        proxy_set_header Host {parts.netloc};",
        f"        proxy_ssl_name {parts.hostname};",
        f"        proxy_pass {realm};",
        "    }",
    )


def _ping(target: Target) -> str:
    """Return where the target is asked whether it is a registry: never within a project."""
    match target.addressing:
        case Addressing.ROOT | Addressing.PREFIX:
            return "/v2/"
        case Addressing.PATH:
            return f"{urlsplit(target.api_base).path}/"
        case _:
            assert_never(target.addressing)


def _scope_prefix(target: Target) -> str:
    """Return what the target's own scopes have before the name of an image."""
    return f"{target.prefix}/" if target.addressing is Addressing.PREFIX else ""


def _authority(front: FrontServer) -> str:
    port = front.listen.rpartition(":")[2]
    return front.name if port == "443" else f"{front.name}:{port}"


def _regex(text: str) -> str:
    return text.replace(".", r"\.")


def _escaped(text: str) -> str:
    return text.replace('"', r"\"")
