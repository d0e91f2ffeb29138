"""`pilotage registry harbor-yml`: a file for its owner, with passwords that nobody else sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.conftest import Outcome, Pilotage
from tests.registries.installing.template_versions import NEWEST

_TLS = ("--certificate", "/etc/harbor/harbor.crt", "--private-key", "/etc/harbor/harbor.key")
_ENVIRON = {"S3": "wJalrXUtnFEMI", "DB": "Extern0Password"}


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """Return the template of Harbor 2.15."""
    file = tmp_path / "harbor.yml.tmpl"
    file.write_text(NEWEST, encoding="utf-8")
    return file


def _written(
    pilotage: Pilotage, template: Path, *arguments: str
) -> tuple[Outcome, dict[str, Any], Path]:
    file = template.with_name("harbor.yml")
    outcome = pilotage(
        *("registry", "harbor-yml", "--template", str(template), "-o", str(file)),
        *("--hostname", "harbor.example.net", *arguments),
        environ=_ENVIRON,
    )
    text = file.read_text(encoding="utf-8") if file.exists() else "{}"
    return outcome, yaml.safe_load(text), file


def test_passwords_are_made_anew_and_are_in_the_file_only(
    pilotage: Pilotage, template: Path
) -> None:
    """It is open to its owner alone, and no stream tells them."""
    outcome, first, file = _written(pilotage, template, *_TLS)
    mode = file.stat().st_mode & 0o777
    file.unlink()
    _outcome, second, _file = _written(pilotage, template, *_TLS)

    passwords = {
        password
        for data in (first, second)
        for password in (data["harbor_admin_password"], data["database"]["password"])
    }
    assert (outcome.code, f"{mode:o}", len(passwords)) == (0, "600", 4)
    assert [one for one in passwords if one in outcome.out + outcome.err] == []


def test_storage_and_database_of_ones_own_take_their_secrets_by_reference(
    pilotage: Pilotage, template: Path
) -> None:
    """Everything else of both is an option."""
    _outcome, data, _file = _written(
        pilotage,
        template,
        *_TLS,
        *("--s3-bucket", "harbor", "--s3-access-key", "AKIA", "--s3-secret-key", "env:S3"),
        *("--s3-endpoint", "https://minio.example.net"),
        *("--db-host", "db.example.net", "--db-password", "env:DB"),
    )

    assert data["storage_service"]["s3"]["secretkey"] == _ENVIRON["S3"]
    assert data["storage_service"]["redirect"] == {"disable": True}
    assert data["external_database"]["harbor"]["password"] == _ENVIRON["DB"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "would have none"),
        (("--certificate", "/x"), "go together"),
        ((*_TLS, "--s3-bucket", "b"), "--s3-secret-key"),
        ((*_TLS, "--db-host", "db"), "--db-password"),
        ((*_TLS, "--data-volume", "data"), "no path"),
    ],
)
def test_what_cannot_work_is_refused_before_a_file_is_there(
    pilotage: Pilotage, template: Path, arguments: tuple[str, ...], words: str
) -> None:
    """With the way out of it."""
    outcome, _data, file = _written(pilotage, template, *arguments)

    assert outcome.code == 2
    assert words in outcome.err
    assert not file.exists()


def test_an_old_file_stays_as_it_is(pilotage: Pilotage, template: Path) -> None:
    """Its passwords may be those of a Harbor that runs."""
    file = template.with_name("harbor.yml")
    file.write_text("hostname: theirs\n", encoding="utf-8")

    outcome, data, _file = _written(pilotage, template, *_TLS)

    assert (outcome.code, data) == (2, {"hostname": "theirs"})


def test_the_login_of_a_proxy_is_on_no_command_line(pilotage: Pilotage, template: Path) -> None:
    """Everybody on the machine reads the words of a command."""
    refused, _data, file = _written(
        pilotage, template, *_TLS, "--http-proxy", "http://op:Pr0xyPass@proxy:3128"
    )
    assert (refused.code, file.exists(), "Pr0xyPass" in refused.err) == (2, False, False)

    (template.with_name("proxy")).write_text("http://op:Pr0xyPass@proxy:3128", encoding="ascii")
    template.with_name("proxy").chmod(0o600)
    reference = f"file:{template.with_name('proxy')}"
    taken, data, _file = _written(pilotage, template, *_TLS, "--http-proxy", reference)
    assert (taken.code, "Pr0xyPass" in taken.out + taken.err) == (0, False)
    assert data["proxy"]["http_proxy"] == "http://op:Pr0xyPass@proxy:3128"
