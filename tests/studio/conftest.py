"""A studio at toy size: real server, real vault, real models; shorter terms."""

import gc
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from limelight.charcha.protocol import Terms
from limelight.star import StarKind
from limelight.studio import studio
from limelight.vault import Vault
from limelight.vault.consent import notice_sha256
from limelight.vault.keys import KeySource
from studio.running import running

FORM = {"name": "Ada", "adult": True, "purposes": ["personalise my films"], "notice": notice_sha256()}
TERMS = Terms(perform_seconds=0.0)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault", keys=KeySource.FILE)


@pytest.fixture
def app(vault: Vault) -> FastAPI:
    """Every visit is an account of its own."""
    return studio(
        vault,
        kind=StarKind.SYNTHETIC,
        terms=TERMS,
        account=lambda visit: visit,
        hosts={"127.0.0.1", "testserver"},
    )


@dataclass
class Address:
    """Where a real server listens."""

    host: str
    app: FastAPI
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    def visitor(self) -> httpx.Client:
        """A browser that has opened the page."""
        client = httpx.Client(
            base_url=self.origin, headers={"origin": self.origin}, trust_env=False, timeout=30
        )
        assert client.get("/").status_code == 200
        return client


@pytest.fixture
def address(app: FastAPI) -> Iterator[Address]:
    with running(app) as host:
        address = Address(host, app)
        yield address
        for client in address.clients:
            client.close()
    app.state.studio.services.store.close()
    gc.collect()
