"""All that was said of one tweet is found without reading the whole ledger, and a new row touches fewer pages of its indexes."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

JOB = ["annotator", "model", "prompt_hash", "schema_name"]


def upgrade() -> None:
    op.drop_index("label_attempts_job", "label_attempts")
    op.create_index("label_attempts_job", "label_attempts", JOB)
    op.create_index("label_attempts_item", "label_attempts", ["item_hash"])


def downgrade() -> None:
    op.drop_index("label_attempts_item", "label_attempts")
    op.drop_index("label_attempts_job", "label_attempts")
    op.create_index("label_attempts_job", "label_attempts", [*JOB, "item_hash"])
