"""Items, and the append-only ledger of attempts to label them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEEP_SQLITE = """
CREATE TRIGGER label_attempts_no_{verb} BEFORE {VERB} ON label_attempts
BEGIN SELECT RAISE(ABORT, 'label_attempts is append-only'); END
"""
KEEP_POSTGRES = """
CREATE FUNCTION label_attempts_keep() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'label_attempts is append-only'; END $$;
CREATE TRIGGER label_attempts_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON label_attempts
FOR EACH STATEMENT EXECUTE FUNCTION label_attempts_keep();
"""


def upgrade() -> None:
    _items_and_batches()
    _attempts()
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(KEEP_SQLITE.format(verb=verb, VERB=verb.upper()))
    else:
        op.execute(KEEP_POSTGRES)


def _number() -> sa.Column:
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True)


def _items_and_batches() -> None:
    op.create_table(
        "label_items",
        sa.Column("item_hash", sa.String(32), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("target", sa.Text),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "label_batches",
        _number(),
        sa.Column("request_id", sa.String(32), nullable=False),
        sa.Column("provider_name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )


def _attempts() -> None:
    op.create_table(
        "label_attempts",
        _number(),
        sa.Column("request_id", sa.String(32), nullable=False),
        sa.Column("item_hash", sa.String(32), nullable=False),
        sa.Column("annotator", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("prompt_hash", sa.Text, nullable=False),
        sa.Column("schema_name", sa.Text, nullable=False),
        sa.Column("vote", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("label", sa.Text),
        sa.Column("confidence", sa.Float),
        sa.Column("rationale", sa.Text),
        sa.Column("probs", sa.Text),
        sa.Column("tokens_in", sa.Integer, nullable=False),
        sa.Column("tokens_out", sa.Integer, nullable=False),
        sa.Column("cost_usd", sa.Float, nullable=False),
        sa.Column("latency_ms", sa.Float),
        sa.Column("error", sa.Text),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.CheckConstraint("status IN ('started', 'ok', 'invalid', 'refused', 'error')", name="label_attempts_status"),
        sa.CheckConstraint("(status = 'ok') = (label IS NOT NULL)", name="label_attempts_failure_is_no_label"),
    )
    op.create_index("label_attempts_job", "label_attempts", ["annotator", "model", "prompt_hash", "schema_name", "item_hash"])
    op.create_index("label_attempts_request", "label_attempts", ["request_id"])


def downgrade() -> None:
    for table in ("label_batches", "label_attempts", "label_items"):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION label_attempts_keep()")
