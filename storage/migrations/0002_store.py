"""The store: encrypted blobs, photos, leases and fair order of jobs, inbox, outbox, sessions, holds."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.fields import UtcDatetimeField
from storage.history import write_history
from storage.operations import CreateModelWithChecks
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

class Migration(migrations.Migration):
    dependencies = [('storage', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='AlertRow',
            fields=[
                ('name', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=40)),
                ('detail', fields.CharField(max_length=200)),
                ('raised_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'alert', 'app': 'storage', 'pk_attr': 'name', 'table_description': 'Something that an operator has to know, until it is over.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='BarRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('kind', fields.CharField(max_length=16)),
                ('platform_key', fields.CharField(max_length=64)),
                ('due_at', UtcDatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'bar', 'app': 'storage', 'unique_together': (('kind', 'platform_key'),), 'pk_attr': 'id', 'table_description': 'A keyed hash of somebody about whom nothing else is kept, and until when it is.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='BeatRow',
            fields=[
                ('name', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=40)),
                ('at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'beat', 'app': 'storage', 'pk_attr': 'name', 'table_description': 'When something that must happen again and again last happened.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='BlobRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('name', fields.CharField(unique=True, max_length=64)),
                ('person', fields.ForeignKeyField('storage.PersonRow', source_field='person_id', db_index=True, db_constraint=True, to_field='id', related_name='blobs', on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=16)),
                ('job_id', fields.BigIntField(null=True, db_index=True)),
                ('file_kind', fields.CharField(default='', max_length=16)),
                ('file_name', fields.CharField(default='', max_length=80)),
                ('size', fields.BigIntField()),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('due_at', UtcDatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False)),
                ('gone_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'blob', 'app': 'storage', 'indexes': [Index(fields=['gone_at'])], 'pk_attr': 'id', 'table_description': 'An encrypted photo, upload or result. `due_at` is when it is deleted, none if it is gone.'},
            bases=['Model'],
        ),
        CreateModelWithChecks(
            name='HoldRow',
            fields=[
                ('job', fields.OneToOneField('storage.JobRow', source_field='job_id', primary_key=True, db_index=True, db_constraint=True, to_field='id', related_name='hold', on_delete=OnDelete.CASCADE)),
                ('person_id', fields.BigIntField()),
                ('amount', fields.IntField()),
                ('state', fields.CharField(max_length=16)),
            ],
            options={'table': 'hold', 'app': 'storage', 'constraints': [CheckConstraint(check="state IN ('reserved', 'captured', 'released')", name='hold_state'), CheckConstraint(check='amount >= 0', name='hold_amount')], 'pk_attr': 'job_id', 'table_description': 'The credits of one order: set aside, spent, or given back.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='JobOriginRow',
            fields=[
                ('origin', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=80)),
                ('job', fields.ForeignKeyField('storage.JobRow', source_field='job_id', db_index=True, db_constraint=True, to_field='id', related_name='origins', on_delete=OnDelete.CASCADE)),
            ],
            options={'table': 'job_origin', 'app': 'storage', 'pk_attr': 'origin', 'table_description': 'What an order came from, so that the same message places it once.'},
            bases=['Model'],
        ),
        CreateModelWithChecks(
            name='ParcelRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('origin', fields.CharField(unique=True, max_length=80)),
                ('person', fields.ForeignKeyField('storage.PersonRow', source_field='person_id', db_index=True, db_constraint=True, to_field='id', related_name='parcels', on_delete=OnDelete.CASCADE)),
                ('platform', fields.CharField(max_length=16)),
                ('notice', fields.CharField(max_length=16)),
                ('job_id', fields.BigIntField(null=True, db_index=True)),
                ('payload', fields.BinaryField(null=True)),
                ('state', fields.CharField(max_length=16)),
                ('attempts', fields.IntField(default=0)),
                ('unsure', fields.BooleanField(default=False)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('next_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('ended_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('due_at', UtcDatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'outbox', 'app': 'storage', 'constraints': [CheckConstraint(check="state IN ('waiting', 'sending', 'sent', 'dropped')", name='outbox_state')], 'indexes': [Index(fields=['state', 'platform', 'person_id', 'id'])], 'pk_attr': 'id', 'table_description': 'A message that must arrive: the outbox.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='PhotoRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('blob', fields.ForeignKeyField('storage.BlobRow', source_field='blob_id', db_index=True, db_constraint=True, to_field='id', related_name='photos', on_delete=OnDelete.CASCADE)),
                ('person_id', fields.BigIntField(db_index=True)),
                ('width', fields.IntField()),
                ('height', fields.IntField()),
                ('subject', fields.CharField(max_length=16)),
                ('people', fields.SmallIntField()),
                ('whole', fields.BooleanField()),
                ('arrived_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('first_made_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('last_made_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'photo', 'app': 'storage', 'pk_attr': 'id', 'table_description': 'A photo as the engines take it, and when figurines were made from it.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='JobPhotoRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('job', fields.ForeignKeyField('storage.JobRow', source_field='job_id', db_index=True, db_constraint=True, to_field='id', related_name='photos', on_delete=OnDelete.CASCADE)),
                ('photo', fields.ForeignKeyField('storage.PhotoRow', source_field='photo_id', db_index=True, db_constraint=True, to_field='id', related_name='jobs', on_delete=OnDelete.CASCADE)),
                ('position', fields.SmallIntField()),
            ],
            options={'table': 'job_photo', 'app': 'storage', 'pk_attr': 'id', 'table_description': 'Which photos an order is made from, in their order.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SessionRow',
            fields=[
                ('person', fields.OneToOneField('storage.PersonRow', source_field='person_id', primary_key=True, db_index=True, db_constraint=True, to_field='id', related_name='session', on_delete=OnDelete.CASCADE)),
                ('payload', fields.BinaryField()),
                ('changed_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('due_at', UtcDatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'session', 'app': 'storage', 'pk_attr': 'person_id', 'table_description': 'What the conversation remembers of one person between two messages.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='TurnRow',
            fields=[
                ('person', fields.OneToOneField('storage.PersonRow', source_field='person_id', primary_key=True, db_index=True, db_constraint=True, to_field='id', related_name='turn', on_delete=OnDelete.CASCADE)),
                ('finish', fields.BigIntField(default=0)),
            ],
            options={'table': 'turn', 'app': 'storage', 'indexes': [Index(fields=['finish'])], 'pk_attr': 'person_id', 'table_description': "Up to where in the fair order a person's work reaches."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='UpdateRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('platform', fields.CharField(max_length=16)),
                ('update_key', fields.CharField(max_length=64)),
                ('person', fields.ForeignKeyField('storage.PersonRow', source_field='person_id', db_index=True, db_constraint=True, to_field='id', related_name='updates', on_delete=OnDelete.CASCADE)),
                ('payload', fields.BinaryField(null=True)),
                ('received_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('lease_until', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('attempts', fields.IntField(default=0)),
                ('handled_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('due_at', UtcDatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'inbox', 'app': 'storage', 'unique_together': (('platform', 'update_key'),), 'indexes': [Index(fields=['handled_at', 'platform', 'id'])], 'pk_attr': 'id', 'table_description': 'Something that happened on a platform, kept before the platform is told that it arrived: the inbox.'},
            bases=['Model'],
        ),
        ops.AlterModelOptions(
            name='ConsentRow',
            options={'table': 'consent', 'app': 'storage', 'pk_attr': 'id', 'table_description': 'One agreement to one version of the policy, and to being at least that old.'},
        ),
        ops.AddField(
            model_name='ConsentRow',
            name='minimum_age',
            field=fields.SmallIntField(default=13, db_default=13),
        ),
        ops.AddField(
            model_name='JobRow',
            name='attempts',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='JobRow',
            name='cancel_asked',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='JobRow',
            name='cost_ms',
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='JobRow',
            name='details',
            field=fields.BinaryField(null=True),
        ),
        ops.AddField(
            model_name='JobRow',
            name='due_at',
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='JobRow',
            name='fence',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='JobRow',
            name='kept_until',
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='JobRow',
            name='lease_until',
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='JobRow',
            name='outcome',
            field=fields.BinaryField(null=True),
        ),
        ops.AddField(
            model_name='JobRow',
            name='price',
            field=fields.IntField(default=1, db_default=1),
        ),
        ops.AddField(
            model_name='JobRow',
            name='priority',
            field=fields.SmallIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='JobRow',
            name='rank',
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='JobRow',
            name='run_at',
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='JobRow',
            name='tag',
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='JobRow',
            name='worker',
            field=fields.CharField(default='', db_default='', max_length=40),
        ),
        ops.AddIndex(
            model_name='JobRow',
            index=Index(fields=['status', 'rank', 'id']),
        ),
        ops.AddIndex(
            model_name='JobRow',
            index=Index(fields=['status', 'tag']),
        ),
        ops.AddIndex(
            model_name='JobRow',
            index=Index(fields=['due_at']),
        ),
        ops.AlterModelOptions(
            name='PersonRow',
            options={'table': 'person', 'app': 'storage', 'unique_together': (('platform', 'platform_key'),), 'indexes': [Index(fields=['owner']), Index(fields=['closed_at']), Index(fields=['platform_key'])], 'pk_attr': 'id', 'table_description': "Someone who talked to the bot. The platform's id is there as a keyed hash, and sealed in `contact`."},
        ),
        ops.AddField(
            model_name='PersonRow',
            name='closed_at',
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='PersonRow',
            name='contact',
            field=fields.BinaryField(null=True),
        ),
        ops.AddField(
            model_name='PersonRow',
            name='owner',
            field=fields.CharField(default='', db_default='', max_length=32),
        ),
        ops.AddIndex(
            model_name='PersonRow',
            index=Index(fields=['owner']),
        ),
        ops.AddIndex(
            model_name='PersonRow',
            index=Index(fields=['closed_at']),
        ),
        # What Tortoise takes these for once their key is known; without it makemigrations sees a change for ever.
        ops.AlterModelOptions(
            name='HoldRow',
            options={'table': 'hold', 'app': 'storage', 'constraints': [CheckConstraint(check="state IN ('reserved', 'captured', 'released')", name='hold_state'), CheckConstraint(check='amount >= 0', name='hold_amount')], 'pk_attr': 'job_id', 'table_description': 'The credits of one order: set aside, spent, or given back.'},
        ),
        ops.AlterModelOptions(
            name='SessionRow',
            options={'table': 'session', 'app': 'storage', 'pk_attr': 'person_id', 'table_description': 'What the conversation remembers of one person between two messages.'},
        ),
        ops.AlterModelOptions(
            name='TurnRow',
            options={'table': 'turn', 'app': 'storage', 'indexes': [Index(fields=['finish'])], 'pk_attr': 'person_id', 'table_description': "Up to where in the fair order a person's work reaches."},
        ),
        ops.AddIndex(
            model_name='PersonRow',
            index=Index(fields=['platform_key']),
        ),
        ops.RunPython(write_history),
    ]
