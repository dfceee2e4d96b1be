"""The shop: the ledger, payments, plans, what providers tell, codes and invitations."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.fields import UtcDatetimeField
from storage.operations import CreateModelWithChecks
from storage.shop_schema import guard_the_books
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

class Migration(migrations.Migration):
    dependencies = [('storage', '0003_accounts')]

    initial = False

    operations = [
        CreateModelWithChecks(
            name='CodeRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('code_hash', fields.CharField(unique=True, max_length=64)),
                ('worth', fields.IntField()),
                ('uses', fields.IntField()),
                ('used', fields.IntField(default=0)),
                ('due_at', UtcDatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'code', 'app': 'storage', 'constraints': [CheckConstraint(check='worth > 0', name='code_worth'), CheckConstraint(check='used >= 0 AND used <= uses', name='code_uses')], 'pk_attr': 'id', 'table_description': 'A keyed hash of a code that is worth credits, and how many people may use it and did.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='CodeUseRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('code', fields.ForeignKeyField('storage.CodeRow', source_field='code_id', db_index=True, db_constraint=True, to_field='id', related_name='used_by', on_delete=OnDelete.CASCADE)),
                ('person', fields.ForeignKeyField('storage.PersonRow', source_field='person_id', db_index=True, db_constraint=True, to_field='id', related_name='codes', on_delete=OnDelete.CASCADE)),
            ],
            options={'table': 'code_use', 'app': 'storage', 'unique_together': (('code_id', 'person_id'),), 'pk_attr': 'id', 'table_description': 'Who has used a code.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='CustomerRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('storage.PersonRow', source_field='person_id', db_index=True, db_constraint=True, to_field='id', related_name='customers', on_delete=OnDelete.CASCADE)),
                ('rail', fields.CharField(max_length=16)),
                ('reference', fields.CharField(max_length=255)),
            ],
            options={'table': 'customer', 'app': 'storage', 'unique_together': (('rail', 'reference'),), 'pk_attr': 'id', 'table_description': 'What a provider calls somebody. Of several names the newest counts.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='GuestRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('storage.PersonRow', source_field='person_id', null=True, db_constraint=True, to_field='id', related_name='invited_by', on_delete=OnDelete.SET_NULL)),
                ('inviter', fields.ForeignKeyField('storage.PersonRow', source_field='inviter_id', db_index=True, db_constraint=True, to_field='id', related_name='guests', on_delete=OnDelete.CASCADE)),
                ('at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('rewarded_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'guest', 'app': 'storage', 'pk_attr': 'id', 'table_description': 'Somebody who was invited. Once they are erased it says nothing of them, and still counts for whoever invited.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='InvitationRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('storage.PersonRow', source_field='person_id', db_index=True, db_constraint=True, to_field='id', related_name='invitations', on_delete=OnDelete.CASCADE)),
                ('seed', fields.CharField(max_length=32)),
                ('word_hash', fields.CharField(unique=True, max_length=64)),
            ],
            options={'table': 'invitation', 'app': 'storage', 'pk_attr': 'id', 'table_description': "What somebody's word for inviting others is made from, and a keyed hash of the word."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ProviderEventRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('rail', fields.CharField(max_length=16)),
                ('name', fields.CharField(max_length=255)),
                ('kind', fields.CharField(max_length=80)),
                ('subject', fields.CharField(max_length=255)),
                ('attempts', fields.IntField(default=0)),
                ('received_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('next_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('handled_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('due_at', UtcDatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'provider_event', 'app': 'storage', 'unique_together': (('rail', 'name'),), 'pk_attr': 'id', 'table_description': 'Something that a provider told. `next_at` is when it may be taken in hand.'},
            bases=['Model'],
        ),
        CreateModelWithChecks(
            name='PurchaseRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('number', fields.CharField(unique=True, max_length=64)),
                ('person', fields.ForeignKeyField('storage.PersonRow', source_field='person_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name='purchases', on_delete=OnDelete.SET_NULL)),
                ('rail', fields.CharField(max_length=16)),
                ('product', fields.CharField(max_length=40)),
                ('credits', fields.IntField()),
                ('currency', fields.CharField(max_length=8)),
                ('amount', fields.BigIntField()),
                ('state', fields.CharField(max_length=16)),
                ('platform', fields.CharField(default='', max_length=16)),
                ('payload', fields.BinaryField(null=True)),
                ('reference', fields.CharField(default='', max_length=255)),
                ('payment', fields.CharField(default='', max_length=255)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('paid_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('refunded', fields.BigIntField(default=0)),
                ('taken_back', fields.IntField(default=0)),
                ('missing', fields.IntField(default=0)),
                ('disputed', fields.BooleanField(default=False)),
                ('due_at', UtcDatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'purchase', 'app': 'storage', 'constraints': [CheckConstraint(check="state IN ('open', 'paid', 'expired', 'failed')", name='purchase_state'), CheckConstraint(check="rail IN ('stripe', 'stars', 'discord')", name='purchase_rail'), CheckConstraint(check="(state = 'paid') = (paid_at IS NOT NULL)", name='purchase_paid'), CheckConstraint(check='credits >= 0 AND amount >= 0 AND refunded >= 0 AND taken_back >= 0 AND missing >= 0', name='purchase_amounts')], 'indexes': [Index(fields=['rail', 'paid_at'])], 'pk_attr': 'id', 'table_description': 'A payment that was asked for or made. `payload` is where, sealed until it is over.'},
            bases=['Model'],
        ),
        CreateModelWithChecks(
            name='PurseRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('storage.PersonRow', source_field='person_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name='purses', on_delete=OnDelete.SET_NULL)),
                ('available', fields.BigIntField(default=0)),
                ('reserved', fields.BigIntField(default=0)),
                ('closed_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'purse', 'app': 'storage', 'constraints': [CheckConstraint(check='available >= 0', name='purse_available'), CheckConstraint(check='reserved >= 0', name='purse_reserved')], 'pk_attr': 'id', 'table_description': "Somebody's two books of the ledger, with the balances that the transfers come to."},
            bases=['Model'],
        ),
        CreateModelWithChecks(
            name='SubscriptionRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('storage.PersonRow', source_field='person_id', db_index=True, db_constraint=True, to_field='id', related_name='subscriptions', on_delete=OnDelete.CASCADE)),
                ('rail', fields.CharField(max_length=16)),
                ('reference', fields.CharField(max_length=255)),
                ('plan', fields.CharField(max_length=40)),
                ('state', fields.CharField(max_length=16)),
                ('period_end', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ends', fields.BooleanField(default=False)),
                ('platform', fields.CharField(default='', max_length=16)),
                ('changed_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('due_at', UtcDatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'subscription', 'app': 'storage', 'unique_together': (('rail', 'reference'),), 'constraints': [CheckConstraint(check="state IN ('incomplete', 'active', 'past-due', 'paused', 'ended')", name='subscription_state'), CheckConstraint(check="rail IN ('stripe', 'stars', 'discord')", name='subscription_rail')], 'pk_attr': 'id', 'table_description': 'A plan that somebody has, or had until lately. `due_at` is when one that has ended is forgotten.'},
            bases=['Model'],
        ),
        CreateModelWithChecks(
            name='TransferRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('cause', fields.CharField(unique=True, max_length=80)),
                ('reason', fields.CharField(max_length=16)),
                ('giving', fields.CharField(max_length=16)),
                ('giving_purse', fields.ForeignKeyField('storage.PurseRow', source_field='giving_purse_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name='given', on_delete=OnDelete.RESTRICT)),
                ('taking', fields.CharField(max_length=16)),
                ('taking_purse', fields.ForeignKeyField('storage.PurseRow', source_field='taking_purse_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name='taken', on_delete=OnDelete.RESTRICT)),
                ('amount', fields.BigIntField()),
                ('at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'transfer', 'app': 'storage', 'constraints': [CheckConstraint(check="reason IN ('welcome', 'purchase', 'subscription', 'code', 'invitation', 'goodwill', 'reserve', 'capture', 'release', 'refund', 'dispute', 'dispute-won', 'merge', 'close')", name='transfer_reason'), CheckConstraint(check="giving IN ('available', 'reserved', 'sales', 'promotion', 'revenue', 'refunds', 'closed') AND taking IN ('available', 'reserved', 'sales', 'promotion', 'revenue', 'refunds', 'closed')", name='transfer_books'), CheckConstraint(check="(giving IN ('available', 'reserved')) = (giving_purse_id IS NOT NULL)", name='transfer_giving'), CheckConstraint(check="(taking IN ('available', 'reserved')) = (taking_purse_id IS NOT NULL)", name='transfer_taking'), CheckConstraint(check='giving <> taking OR coalesce(giving_purse_id, 0) <> coalesce(taking_purse_id, 0)', name='transfer_between'), CheckConstraint(check="amount > 0 OR (amount = 0 AND taking = 'refunds')", name='transfer_amount')], 'pk_attr': 'id', 'table_description': "Credits that moved from one book to another: both sides are in one row, so that they can't differ."},
            bases=['Model'],
        ),
        ops.RunPython(guard_the_books),
    ]
