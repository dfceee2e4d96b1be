"""Migration operations that Tortoise lacks."""

from __future__ import annotations

from tortoise.migrations.constraints import CheckConstraint
from tortoise.migrations.operations import CreateModel
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State


class CreateModelWithChecks(CreateModel):
    """CreateModel that really creates the CHECK constraints of `Meta.constraints`; the stock one drops them."""

    async def database_forward(
        self,
        app_label: str,
        old_state: State,  # noqa: ARG002 -- the base class gives it
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Create the table with its constraints.

        Raises:
            ValueError: the statement that Tortoise wrote is not understood, or a constraint is no CHECK.
        """
        if state_editor is None:
            return
        constraints = list((self.options or {}).get("constraints", ()))
        if not all(isinstance(constraint, CheckConstraint) for constraint in constraints):
            raise ValueError("only CHECK constraints are supported")
        checks = [f'CONSTRAINT "{constraint.name}" CHECK ({constraint.check})' for constraint in constraints]
        written = state_editor._get_model_sql_data(new_state.apps.get_model(f"{app_label}.{self.name}"))
        columns, end, rest = written.table_sql.partition("\n)")
        if not end:
            raise ValueError(f"no end of the columns in: {written.table_sql}")
        await state_editor._run_sql(",\n    ".join([columns, *checks]) + end + rest)
