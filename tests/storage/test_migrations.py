"""From the released schema with its rows to the present one, on both databases, also by several processes at once."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget

from core.records import Consent, Contact, JobStatus, Person, Wanted
from core.settings import Settings
from storage.database import FILE_NAME, Database
from storage.sealed import Sealer
from storage.vault import Vault
from tests.databases import CONSOLE, KINDS, NOON, House, Postgres, address, open_house, postgres_server

ROOT = Path(__file__).parents[2]
RELEASED = "0001_initial"
STORE = "0002_store"
OPENER = """
import asyncio, sys
from pathlib import Path
from storage.database import Database

async def main(folder, url):
    async with Database(Path(folder), url) as database:
        async with database.transaction() as tx:
            print((await tx.query("SELECT count(*) AS n FROM tortoise_migrations"))[0]["n"])

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server


@pytest_asyncio.fixture(params=KINDS)
async def url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The address of a database without any table, of each kind."""
    server = request.getfixturevalue("postgres") if request.param == "postgres" else None
    async with address(request.param, server, migrated=False) as found:
        yield found


@contextmanager
def only_up_to(version: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Databases that are opened get no further than that migration."""
    whole = MigrationExecutor.migrate

    async def only(self: MigrationExecutor, **how: str) -> None:
        await whole(self, [MigrationTarget("storage", version)], **how)

    with monkeypatch.context() as patched:
        patched.setattr(MigrationExecutor, "migrate", only)
        yield


async def release(folder: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The schema as it was released, with what its version wrote for two persons."""
    with only_up_to(RELEASED, monkeypatch):
        async with Database(folder, url) as database:
            key = database.key.hash
            async with database.transaction() as tx:
                for name in ("ada", "bob"):
                    person = (
                        await tx.query(
                            "INSERT INTO person (platform, platform_key, created_at)"
                            " VALUES ('console', $1, $2) RETURNING id",
                            *(key("console", name), NOON),
                        )
                    )[0]["id"]
                    await tx.query(
                        "INSERT INTO consent (person_id, policy_version, given_at) VALUES ($1, '1', $2)", person, NOON
                    )
                    for status in ("delivered", "queued"):
                        job = (
                            await tx.query(
                                "INSERT INTO job (person_id, style, status, created_at, changed_at, reason)"
                                " VALUES ($1, 'chibi', $2, $3, $3, '') RETURNING id",
                                *(person, status, NOON),
                            )
                        )[0]["id"]
                        await tx.query(
                            "INSERT INTO job_step (job_id, status, at, reason) VALUES ($1, 'accepted', $2, '')",
                            job,
                            NOON,
                        )


async def test_everything_of_the_released_version_is_still_there_and_usable(url, tmp_path, monkeypatch):
    await release(tmp_path, url, monkeypatch)
    async with open_house(tmp_path, url) as house:
        counts = {table: await house.count(table) for table in ("person", "consent", "job", "job_step")}
        assert counts == {"person": 2, "consent": 2, "job": 4, "job_step": 4}
        before = (await house.rows("SELECT id, owner FROM person ORDER BY id"))[0]
        assert before["owner"] == ""
        ada = await house.storage.people.find(Contact("console", "ada", "fr"))
        assert (ada.id, ada.consent) == (before["id"], Consent("1", NOON, 13))
        assert await house.storage.people.contact(ada.id, "console") == Contact("console", "ada", "fr")
        assert await house.count("person", "owner <> ''") == 1
        assert [job.status for job in await house.storage.jobs.open(ada.id)] == [JobStatus.QUEUED]
        await still_usable(house, ada.id)


async def still_usable(house: House, person: int) -> None:
    """Orders of old end, new ones are made, and both go with the person."""
    old = (await house.storage.jobs.open(person))[0]
    assert (old.price, old.fence, old.attempts, old.kept_until) == (1, 0, 0, None)
    await house.move(old.id, JobStatus.FAILED, "error.engine")
    assert await house.steps(old.id) == ["accepted", "failed"]
    new = await house.queued(person)
    claimed = await house.claim()
    assert claimed
    assert (await house.finish(claimed.job)).id == new.id
    await house.storage.inbox.receive(person, CONSOLE, "1", b"words", NOON)
    assert await house.storage.people.erase(person, NOON)
    assert {table: await house.count(table) for table in ("person", "consent", "job", "job_step")} == {
        "person": 1,
        "consent": 1,
        "job": 2,
        "job_step": 2,
    }


async def test_a_folder_of_the_second_version_opens_with_its_orders_messages_and_people(url, tmp_path, monkeypatch):
    settings = Settings(data={"dir": tmp_path}, database={"url": url})
    details = {"style": "chibi", "engraving": "Ada", "box_title": "", "wish": "", "seed": 3, "height_mm": 90.0}
    with only_up_to(STORE, monkeypatch):
        async with (
            Database(tmp_path, url) as database,
            Vault(tmp_path, settings.keys, settings.blobs) as vault,
            database.transaction() as tx,
        ):
            sealer, owner, key = Sealer(vault), await vault.new_owner(), database.key.hash
            contact = {"platform": "console", "platform_id": "ada", "locale": "fr", "timezone": "UTC"}
            sealed = await sealer.seal(owner, "person.contact", contact)
            (person,) = await tx.query(
                "INSERT INTO person (platform, platform_key, created_at, owner, contact)"
                " VALUES ('console', $1, $2, $3, $4) RETURNING id",
                *(key("console", "ada"), NOON, owner, sealed),
            )
            words = await sealer.seal_bytes(owner, "inbox.payload", b"words")
            await tx.query(
                "INSERT INTO inbox (platform, update_key, person_id, payload, received_at, attempts)"
                " VALUES ('console', 'key', $1, $2, $3, 0)",
                *(person["id"], words, NOON),
            )
            (job,) = await tx.query(
                "INSERT INTO job (person_id, style, status, created_at, changed_at, reason, run_at, details)"
                " VALUES ($1, 'chibi', 'queued', $2, $3, '', $4, $5) RETURNING id",
                *(person["id"], NOON, NOON, NOON, await sealer.seal(owner, "job.details", details)),
            )
    async with open_house(tmp_path, url) as house:
        found = await house.storage.people.find(Contact("console", "ada", "fr"))
        assert found == Person(person["id"])
        update = await house.storage.inbox.next(CONSOLE, NOON, 30, [])
        assert update
        assert update.payload == b"words"
        assert await house.storage.inbox.siblings(update.id) == []
        claimed = await house.claim()
        assert claimed
        assert (claimed.job.id, claimed.job.platform) == (job["id"], "")
        assert claimed.wanted == Wanted("chibi", "Ada", seed=3, height_mm=90.0)
        assert await house.storage.people.platforms(found.id) == ["console"]
        assert await house.count("person", "reminders") == 1


async def test_an_open_order_of_the_released_version_that_nobody_owns_stands_in_nobodys_way(url, tmp_path, monkeypatch):
    await release(tmp_path, url, monkeypatch)
    async with open_house(tmp_path, url) as house:
        eve = await house.person("eve")
        job = await house.queued(eve)
        assert (await house.storage.jobs.ahead(job.id, NOON)).jobs <= 2
        claimed = await house.claim()
        assert claimed
        assert claimed.job.id == job.id


@pytest.mark.parametrize("race", range(10 if os.environ.get("PROVE") else 1))
async def test_several_processes_may_migrate_at_once(url, tmp_path, monkeypatch, race):
    await release(tmp_path / "data", url, monkeypatch)
    command = [sys.executable, "-W", "ignore", "-c", OPENER, str(tmp_path / "data"), url]
    folders = [tmp_path / "data"] * 2
    if url:  # Two machines have a folder each, and so no lock in common but the database's.
        shutil.copytree(tmp_path / "data", tmp_path / "other")
        folders[1] = tmp_path / "other"
    runs = [
        subprocess.Popen(  # noqa: ASYNC220 -- it comes back at once
            [*command[:5], str(folder), url], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for folder in folders
    ]
    told = await asyncio.gather(*(asyncio.to_thread(run.communicate, None, 60) for run in runs))
    assert [out.strip() for out, _ in told] == ["4", "4"], told


async def test_a_migration_that_fails_halfway_leaves_the_released_schema_and_is_done_at_the_next_start(
    url, tmp_path, monkeypatch
):
    await release(tmp_path, url, monkeypatch)
    blocker = "CREATE TABLE turn (other INTEGER)"
    if url:
        connection = await asyncpg.connect(url)
        await connection.execute(blocker)
    else:
        file = sqlite3.connect(tmp_path / FILE_NAME)
        file.execute(blocker)
    with pytest.raises(Exception, match=r"turn|database"):
        async with Database(tmp_path, url):
            pass
    if url:
        assert await connection.fetchval("SELECT count(*) FROM tortoise_migrations") == 1
        await connection.execute("DROP TABLE turn")
        await connection.close()
    else:
        assert file.execute("SELECT count(*) FROM tortoise_migrations").fetchone() == (1,)
        file.execute("DROP TABLE turn")
        file.close()
    async with open_house(tmp_path, url) as house:
        assert await house.count("job") == 4


def test_the_models_and_the_migrations_agree(tmp_path):
    package = tmp_path / "copied"
    shutil.copytree(ROOT / "storage/migrations", package, ignore=shutil.ignore_patterns("__pycache__"))
    apps = {"storage": {"models": ["storage.models"], "migrations": "copied"}}
    configuration = f"TORTOISE_ORM = {{'connections': {{'default': 'sqlite://:memory:'}}, 'apps': {apps!r}}}"
    (tmp_path / "configuration.py").write_text(configuration)
    before = set(package.glob("*.py"))
    program = (
        f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(tmp_path)!r}]\nfrom tortoise.cli.cli import main\nmain()"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, "-c", "configuration.TORTOISE_ORM", "makemigrations"],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
        cwd=tmp_path,
    )
    assert run.returncode == 0, run.stderr
    created = sorted(set(package.glob("*.py")) - before)
    assert not created, created[0].read_text()
