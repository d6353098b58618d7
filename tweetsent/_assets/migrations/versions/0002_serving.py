"""What the API keeps: tweets, predictions and their sums, jobs, keys, the active model, the desk of the reviewers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TABLES = ("review_requests", "review_locks", "model_activations", "ended_sessions", "api_keys", "jobs", "sentiment_counts", "predictions", "tweet_tickers", "tweets")


def _required(**kinds: sa.types.TypeEngine) -> list[sa.Column]:
    return [sa.Column(name, kind, nullable=False) for name, kind in kinds.items()]


def _optional(**kinds: sa.types.TypeEngine) -> list[sa.Column]:
    return [sa.Column(name, kind) for name, kind in kinds.items()]


def _key(name: str, kind: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def upgrade() -> None:
    _tweets()
    _predictions()
    _service()
    _desk()


def _tweets() -> None:
    op.create_table(
        "tweets",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        *_required(tweet_id=sa.String(64), text=sa.Text(), created_at=sa.DateTime(), is_retweet=sa.Boolean(), ingested_at=sa.DateTime()),
        *_optional(author=sa.Text(), lang=sa.Text(), source=sa.Text()),
    )
    op.create_index("tweets_tweet_id", "tweets", ["tweet_id"], unique=True)
    op.create_index("tweets_time", "tweets", ["created_at", "id"])
    op.create_table(
        "tweet_tickers",
        _key("ticker", sa.String(16)),
        _key("created_at", sa.DateTime()),
        sa.Column("tweet", ID, sa.ForeignKey("tweets.id"), primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_index("tweet_tickers_tweet", "tweet_tickers", ["tweet"])


def _predictions() -> None:
    op.create_table(
        "predictions",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("tweet", ID, sa.ForeignKey("tweets.id"), nullable=False),
        *_required(model_version=sa.String(160), label=sa.String(64), score=sa.Float(), probs=sa.Text(), abstained=sa.Boolean()),
        *_required(tweet_time=sa.DateTime(), created_at=sa.DateTime()),
        sqlite_autoincrement=True,
    )
    op.create_index("predictions_tweet", "predictions", ["tweet", "model_version"], unique=True)
    op.create_index("predictions_label", "predictions", ["model_version", "label", "tweet_time", "tweet"])
    op.create_table(
        "sentiment_counts",
        _key("model_version", sa.String(160)),
        _key("grain", sa.Integer()),
        _key("ticker", sa.String(16)),
        _key("bucket", sa.DateTime()),
        _key("label", sa.String(64)),
        *_required(n=sa.Integer(), n_abstained=sa.Integer()),
        sqlite_with_rowid=False,
    )
    op.create_index("sentiment_counts_time", "sentiment_counts", ["model_version", "grain", "bucket"])


def _service() -> None:
    op.create_table(
        "jobs",
        _key("id", sa.String(32)),
        *_required(owner=sa.String(40), status=sa.String(16), filename=sa.Text(), size_bytes=sa.BigInteger(), n_done=sa.Integer()),
        *_required(cancel=sa.Boolean(), created_at=sa.DateTime()),
        *_optional(model_version=sa.String(160), options=sa.Text(), n_rows=sa.Integer(), n_dropped=sa.Integer(), error=sa.Text()),
        *_optional(started_at=sa.DateTime(), finished_at=sa.DateTime()),
    )
    op.create_index("jobs_status", "jobs", ["status", "created_at"])
    op.create_table(
        "api_keys",
        _key("id", sa.String(16)),
        *_required(name=sa.String(40), salt=sa.String(32), key_hash=sa.String(64), scopes=sa.Text(), created_at=sa.DateTime()),
        *_optional(expires_at=sa.DateTime(), revoked_at=sa.DateTime()),
    )
    op.create_table("ended_sessions", _key("id", sa.String(32)), *_required(expires_at=sa.DateTime()))
    op.create_table(
        "model_activations",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        *_required(model_id=sa.String(160), model_version=sa.String(160), activated_by=sa.String(40), created_at=sa.DateTime()),
    )


def _desk() -> None:
    op.create_table(
        "review_locks",
        _key("schema_name", sa.String(64)),
        _key("item_hash", sa.String(32)),
        *_required(reviewer=sa.String(40), expires_at=sa.DateTime()),
    )
    op.create_table(
        "review_requests",
        _key("reviewer", sa.String(40)),
        _key("request_id", sa.String(64)),
        *_required(annotation=sa.String(32), item_hash=sa.String(32), created_at=sa.DateTime()),
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
