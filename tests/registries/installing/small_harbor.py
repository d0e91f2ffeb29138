"""What of a Harbor a backup looks at: a volume, an installer's directory, rows in a database.

The tables are those of Harbor's own migrations (make/migrations/postgresql), as far as they are
read.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.registries.installing.real_postgres import Postgres
from wizard.registries.installing.backup import BackupSettings, Server, backup_files
from wizard.run.installation_answers import backup_script

_SCHEMA: Final = """
CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL);
CREATE TABLE project (project_id serial PRIMARY KEY, name text, deleted boolean DEFAULT false);
CREATE TABLE artifact (id serial PRIMARY KEY, digest text NOT NULL);
CREATE TABLE blob (id serial PRIMARY KEY, digest varchar(255) NOT NULL UNIQUE,
  content_type varchar(1024) NOT NULL, size bigint NOT NULL, status varchar(255));
CREATE TABLE artifact_blob (id serial PRIMARY KEY, digest_af text, digest_blob text);
CREATE TABLE execution (id serial PRIMARY KEY, vendor_type varchar(64) NOT NULL,
  status varchar(16));
INSERT INTO schema_migrations VALUES (180, false);
INSERT INTO project (name) VALUES ('library');
"""
_LAYER: Final = "application/vnd.oci.image.layer.v1.tar+gzip"
DATABASE: Final = "registry"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallHarbor:
    """A Harbor below `root`; backups of it go to `root/backups`."""

    root: Path
    postgres: Postgres

    @classmethod
    def made(cls, root: Path, postgres: Postgres) -> SmallHarbor:
        """Return one that holds nothing yet."""
        harbor = cls(root=root, postgres=postgres)
        for folder in ("keys", "core", "registry"):
            (harbor.volume / "secret" / folder).mkdir(parents=True)
        (harbor.volume / "secret/keys/secretkey").write_bytes(b"0123456789abcdef")
        (harbor.volume / "secret/core/private_key.pem").write_text("key", encoding="ascii")
        (harbor.volume / "secret/registry/root.crt").write_text("crt", encoding="ascii")
        (harbor.store / "blobs").mkdir(parents=True)
        (harbor.store / "repositories/library/app/_uploads").mkdir(parents=True)
        (root / "installer").mkdir()
        (root / "installer/harbor.yml").write_text(
            f"hostname: harbor.example.net\ndata_volume: {harbor.volume}\n", encoding="ascii"
        )
        (root / "installer/docker-compose.yml").write_text(
            "    image: goharbor/harbor-core:v2.15.2\n    container_name: trivy-adapter\n",
            encoding="ascii",
        )
        postgres.ask(f"DROP DATABASE IF EXISTS {DATABASE}")
        postgres.ask(f"CREATE DATABASE {DATABASE}")
        postgres.ask(_SCHEMA, database=DATABASE)
        return harbor

    @property
    def volume(self) -> Path:
        """Return Harbor's data volume."""
        return self.root / "data"

    @property
    def store(self) -> Path:
        """Return the registry's storage."""
        return self.volume / "registry/docker/registry/v2"

    @property
    def backups(self) -> Path:
        """Return where backups go."""
        return self.root / "backups"

    @property
    def taken(self) -> list[Path]:
        """Return the backups, the oldest first."""
        return sorted(self.backups.glob("[0-9]*T[0-9]*Z"))

    def push(self, content: bytes, *, content_type: str = _LAYER) -> Path:
        """Add a blob as a push does, and return its file."""
        digest = hashlib.sha256(content).hexdigest()
        file = self.store / "blobs/sha256" / digest[:2] / digest / "data"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        tag = self.store / "repositories/library/app/_manifests/tags/1/current/link"
        tag.parent.mkdir(parents=True, exist_ok=True)
        tag.write_text(f"sha256:{digest}", encoding="ascii")
        self.sql(
            f"INSERT INTO blob (digest, content_type, size) VALUES"  # noqa: S608  # our own words
            f" ('sha256:{digest}', '{content_type}', {len(content)});"
            f"INSERT INTO artifact (digest) VALUES ('sha256:{digest}');"
            f"INSERT INTO artifact_blob (digest_af, digest_blob) VALUES"
            f" ('sha256:{digest}', 'sha256:{digest}')"
        )
        return file

    def forget(self, blob: Path) -> None:
        """Take a blob away as garbage collection does."""
        blob.unlink()
        self.sql(f"DELETE FROM artifact_blob WHERE digest_blob = 'sha256:{blob.parent.name}'")  # noqa: S608  # our own words

    def sql(self, statements: str) -> str:
        """Return what statements on Harbor's database say."""
        return self.postgres.ask(statements, database=DATABASE)

    def run(
        self,
        *arguments: str,
        shell: Sequence[str] = ("sh",),
        keep: int = 7,
        path: str = "",
        container: bool = False,
        has_bucket: bool = False,
        reserve_gib: int = 0,
    ) -> subprocess.CompletedProcess[str]:
        """Run the script that ships, with settings as they are written for a host."""
        script = backup_script("harbor")
        server = Server(host=str(self.postgres.folder), user="postgres")
        files = backup_files(
            script,
            BackupSettings(
                harbor_dir=str(self.root / "installer"),
                to=str(self.backups),
                keep=keep,
                server=None if container else server,
                has_bucket=has_bucket,
                reserve_gib=reserve_gib,
            ),
        )
        texts = {Path(name).name: text for name, (_mode, text) in files.items()}
        settings = self.root / "settings"
        settings.write_text(texts["harbor-backup.conf"], encoding="utf-8")
        program = self.root / "program"
        program.write_text(texts["pilotage-harbor-backup"], encoding="utf-8")
        environ = dict(self.postgres.environ)
        if path:
            environ["PATH"] = f"{path}:{environ['PATH']}"
        return subprocess.run(
            [*shell, str(program), *arguments],
            env={**environ, "PILOTAGE_SETTINGS": str(settings), "TMPDIR": os.fspath(self.root)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
