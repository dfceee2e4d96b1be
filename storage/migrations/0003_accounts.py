"""Accounts on several platforms: linked contacts, what people prefer, messages that may be changed, albums, memos."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.fields import UtcDatetimeField
from storage.open_rows import index_open_rows
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('storage', '0002_store')]

    initial = False

    operations = [
        ops.CreateModel(
            name='FormerOwnerRow',
            fields=[
                ('owner', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ('person', fields.ForeignKeyField('storage.PersonRow', source_field='person_id', db_index=True, db_constraint=True, to_field='id', related_name='former_owners', on_delete=OnDelete.CASCADE)),
            ],
            options={'table': 'former_owner', 'app': 'storage', 'pk_attr': 'owner', 'table_description': 'The owner of an account that was merged into this one. Files that it brought are under that key.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='LinkCodeRow',
            fields=[
                ('person', fields.OneToOneField('storage.PersonRow', source_field='person_id', primary_key=True, db_index=True, db_constraint=True, to_field='id', related_name='link_code', on_delete=OnDelete.CASCADE)),
                ('code_hash', fields.CharField(db_index=True, max_length=64)),
                ('due_at', UtcDatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'link_code', 'app': 'storage', 'pk_attr': 'person_id', 'table_description': 'A keyed hash of the code by which a person links another account.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='LinkTryRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('person_id', fields.BigIntField(db_index=True)),
                ('due_at', UtcDatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'link_try', 'app': 'storage', 'pk_attr': 'id', 'table_description': 'A wrong code that was typed. It outlives whoever did, who could try for ever by being erased in between.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='MemoRow',
            fields=[
                ('name', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=80)),
                ('value', fields.TextField(unique=False)),
            ],
            options={'table': 'memo', 'app': 'storage', 'pk_attr': 'name', 'table_description': 'A small fact about the service itself.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='PostRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('storage.PersonRow', source_field='person_id', db_index=True, db_constraint=True, to_field='id', related_name='posts', on_delete=OnDelete.CASCADE)),
                ('platform', fields.CharField(max_length=16)),
                ('post_key', fields.CharField(max_length=80)),
                ('payload', fields.BinaryField()),
                ('due_at', UtcDatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'post', 'app': 'storage', 'unique_together': (('person_id', 'platform', 'post_key'),), 'pk_attr': 'id', 'table_description': "A message that was sent and may be changed or shown again. `post_key` is the bot's own name for it."},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='JobRow',
            name='platform',
            field=fields.CharField(default='', db_default='', max_length=16),
        ),
        ops.AddIndex(
            model_name='JobRow',
            index=Index(fields=['status', 'kept_until']),
        ),
        ops.AddField(
            model_name='PersonRow',
            name='account_id',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='PersonRow',
            name='preferences',
            field=fields.BinaryField(null=True),
        ),
        ops.AddField(
            model_name='PersonRow',
            name='reminders',
            field=fields.BooleanField(default=True, db_default=True),
        ),
        ops.AddIndex(
            model_name='PersonRow',
            index=Index(fields=['account_id']),
        ),
        ops.AddField(
            model_name='UpdateRow',
            name='group_key',
            field=fields.CharField(default='', db_default='', max_length=64),
        ),
        # See the end of 0002_store.
        ops.AlterModelOptions(
            name='LinkCodeRow',
            options={'table': 'link_code', 'app': 'storage', 'pk_attr': 'person_id', 'table_description': 'A keyed hash of the code by which a person links another account.'},
        ),
        ops.RemoveIndex(
            model_name='ParcelRow',
            name=None,
            fields=['state', 'platform', 'person_id', 'id'],
        ),
        ops.RunPython(index_open_rows),
    ]
