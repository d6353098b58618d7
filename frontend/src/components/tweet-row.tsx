'use client';

import { memo, type ReactNode } from 'react';
import { Foreign } from '@/components/foreign';
import { LabelMark } from '@/components/label-mark';
import { Badge } from '@/components/ui/badge';
import type { Schemas } from '@/lib/api/client';
import { moment, percent } from '@/lib/format';
import { usePreferences } from '@/stores/preferences';

/** A tweet as its author wrote it (inert), and what the model says about it. */
export const TweetRow = memo(function TweetRow({ tweet, children }: { tweet: Schemas['StoredTweet']; children?: ReactNode }) {
  const zone = usePreferences((state) => state.timeZone);
  const limit = usePreferences((state) => state.abstainBelow);
  const said = tweet.prediction;
  return (
    <li className="flex flex-col gap-1 border-b py-2.5 last:border-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-muted-foreground">
        {said ? (
          <>
            <LabelMark label={said.label} abstained={said.abstained || (limit !== null && said.score < limit)} />
            <span className="tabular-nums">{percent(said.score)}</span>
          </>
        ) : (
          <span>not scored by this model</span>
        )}
        <time dateTime={tweet.created_at}>{moment(tweet.created_at, zone)}</time>
        {tweet.author ? <span className="foreign max-w-40 truncate !whitespace-nowrap">@{tweet.author}</span> : null}
        {tweet.is_retweet ? <span>retweet</span> : null}
        {tweet.tickers.slice(0, 6).map((ticker) => (
          <Badge key={ticker} variant="outline">
            ${ticker}
          </Badge>
        ))}
      </div>
      <Foreign className="max-h-40">{tweet.text}</Foreign>
      {children}
    </li>
  );
});
