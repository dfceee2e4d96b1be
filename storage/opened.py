"""The whole storage of one data folder, opened: database, keys, blobs, and what reads and writes them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from core.ports import Clock
from core.settings import Settings
from storage.accounts import Owners
from storage.attic import AtticRows
from storage.blobrows import BlobRows
from storage.codes import CodeRows
from storage.database import Database
from storage.deadlines import Deadlines
from storage.inbox import InboxRows
from storage.jobs import JobRows
from storage.leases import LeaseRows
from storage.ledger import LedgerRows
from storage.links import LinkRows
from storage.memos import MemoRows
from storage.outbox import OutboxRows
from storage.people import PeopleRows
from storage.photos import PhotoRows, UploadBlobs
from storage.pieces import PieceRows
from storage.posts import PostRows
from storage.provider_events import ProviderEventRows
from storage.purchases import PurchaseRows
from storage.reminders import ReminderRows
from storage.sealed import Sealer
from storage.sessions import SessionRows
from storage.subscriptions import SubscriptionRows
from storage.vault import Vault
from storage.watch import WatchRows


@dataclass(frozen=True, slots=True)
class Storage:
    """Every part of the storage. See core.stores and payments.stores for what each is for."""

    database: Database
    vault: Vault
    people: PeopleRows
    links: LinkRows
    photos: PhotoRows
    uploads: UploadBlobs
    jobs: JobRows
    leases: LeaseRows
    pieces: PieceRows
    inbox: InboxRows
    outbox: OutboxRows
    posts: PostRows
    reminders: ReminderRows
    sessions: SessionRows
    attic: AtticRows
    watch: WatchRows
    memos: MemoRows
    ledger: LedgerRows
    purchases: PurchaseRows
    subscriptions: SubscriptionRows
    provider_events: ProviderEventRows
    codes: CodeRows


@asynccontextmanager
async def open_storage(settings: Settings, clock: Clock) -> AsyncIterator[Storage]:
    """Open everything; several processes may at the same time.

    Raises:
        SettingsError, KeysMissing, DiskFull: the data folder, its keys or the database can't be used.
    """
    async with AsyncExitStack() as stack:
        url = settings.database.url.get_secret_value()
        database = await stack.enter_async_context(Database(settings.data.dir, url))
        vault = await stack.enter_async_context(Vault(settings.data.dir, settings.keys, settings.blobs))
        yield assemble(database, vault, settings, clock)


def assemble(database: Database, vault: Vault, settings: Settings, clock: Clock) -> Storage:
    """The parts over an open database and an open vault."""
    sealer, owners, deadlines, blobs = Sealer(vault), Owners(), Deadlines(settings), BlobRows(database, vault)
    return Storage(
        database=database,
        vault=vault,
        people=PeopleRows(database, vault, sealer, deadlines, clock),
        links=LinkRows(database, sealer, deadlines),
        photos=PhotoRows(database, blobs, vault, deadlines, clock),
        uploads=UploadBlobs(database, blobs, vault, deadlines, clock),
        jobs=JobRows(database, sealer, deadlines),
        leases=LeaseRows(database, sealer),
        pieces=PieceRows(database, blobs, vault, sealer, clock),
        inbox=InboxRows(database, sealer, owners, deadlines),
        outbox=OutboxRows(database, sealer, deadlines),
        posts=PostRows(database, sealer, owners, deadlines),
        reminders=ReminderRows(database),
        sessions=SessionRows(database, sealer, deadlines, clock),
        attic=AtticRows(database, vault),
        watch=WatchRows(database, clock),
        memos=MemoRows(database),
        ledger=LedgerRows(database),
        purchases=PurchaseRows(database, sealer, deadlines, clock),
        subscriptions=SubscriptionRows(database, deadlines),
        provider_events=ProviderEventRows(database, deadlines),
        codes=CodeRows(database, deadlines),
    )
