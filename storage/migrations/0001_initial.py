"""Persons, their consents, their orders and what happened to them."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.fields import UtcDatetimeField
from storage.operations import CreateModelWithChecks
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name='PersonRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('platform', fields.CharField(max_length=16)),
                ('platform_key', fields.CharField(max_length=64)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'person', 'app': 'storage', 'unique_together': (('platform', 'platform_key'),), 'pk_attr': 'id', 'table_description': "Someone who talked to the bot. The platform's id is there as a keyed hash only."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ConsentRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('storage.PersonRow', source_field='person_id', db_constraint=True, to_field='id', related_name='consents', on_delete=OnDelete.CASCADE, db_index=True)),
                ('policy_version', fields.CharField(max_length=20)),
                ('given_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'consent', 'app': 'storage', 'pk_attr': 'id', 'table_description': 'One agreement to one version of the policy.'},
            bases=['Model'],
        ),
        CreateModelWithChecks(
            name='JobRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('storage.PersonRow', source_field='person_id', db_constraint=True, to_field='id', related_name='jobs', on_delete=OnDelete.CASCADE, db_index=True)),
                ('style', fields.CharField(max_length=24)),
                ('status', fields.CharField(db_index=True, max_length=16)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('changed_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('reason', fields.CharField(default='', max_length=80)),
            ],
            options={'table': 'job', 'app': 'storage', 'constraints': [CheckConstraint(check="status IN ('accepted', 'reserved', 'queued', 'running', 'made', 'delivered', 'failed', 'cancelled', 'expired')", name='job_status')], 'pk_attr': 'id', 'table_description': 'One order.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='JobStepRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('job', fields.ForeignKeyField('storage.JobRow', source_field='job_id', db_constraint=True, to_field='id', related_name='steps', on_delete=OnDelete.CASCADE, db_index=True)),
                ('status', fields.CharField(max_length=16)),
                ('at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('reason', fields.CharField(default='', max_length=80)),
            ],
            options={'table': 'job_step', 'app': 'storage', 'pk_attr': 'id', 'table_description': 'One step of an order: its history.'},
            bases=['Model'],
        ),
    ]
