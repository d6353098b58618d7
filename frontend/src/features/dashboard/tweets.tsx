'use client';

import Link from 'next/link';
import { useEffect, useState } from 'react';
import { DataRegion } from '@/components/data-region';
import { TweetRow } from '@/components/tweet-row';
import { Button, buttonVariants } from '@/components/ui/button';
import { Card, CardTitle } from '@/components/ui/card';
import { Field, Input, Select } from '@/components/ui/field';
import { Skeleton } from '@/components/ui/skeleton';
import { useLabels } from '@/lib/api/labels';
import { moment } from '@/lib/format';
import { keepText } from '@/stores/handover';
import { useTweets } from './queries';
import type { Filters, SetFilters } from './use-filters';

/** The tweets behind the figures: of the bucket that was clicked, or the newest of the period. */
export function Tweets({ filters, set }: { filters: Filters; set: SetFilters }) {
  const [pages, setPages] = useState<string[]>([]);
  const shown = JSON.stringify(filters);
  useEffect(() => setPages([]), [shown]);
  const query = useTweets(filters, pages.at(-1));
  return (
    <Card className="flex flex-col gap-3" id="tweets">
      <div className="flex flex-wrap items-end gap-3">
        <CardTitle className="mr-auto self-center">{filters.at ? `Tweets of the ${filters.b} from ${moment(filters.at, 'UTC', filters.b === 'hour' ? 'minute' : 'date')}` : 'Newest tweets of the period'}{filters.t[0] ? ` about $${filters.t[0]}` : ''}</CardTitle>
        {filters.at ? <Button variant="outline" onClick={() => void set({ at: null })}>Whole period</Button> : null}
        <LabelFilter filters={filters} set={set} />
        <Words value={filters.q ?? ''} onSearch={(q) => void set({ q: q || null })} />
      </div>
      <DataRegion query={query} skeleton={<Skeleton className="h-96" />} isEmpty={(found) => found.tweets.length === 0 && !found.next_cursor} empty={{ title: 'No tweet fits these filters.', action: <Button variant="outline" onClick={() => void set({ at: null, l: null, q: null })}>Remove label, words and bucket</Button> }}>
        {(found) => (
          <>
            <ul>
              {found.tweets.map((tweet) => (
                <TweetRow key={tweet.tweet_id} tweet={tweet}>
                  <Link prefetch={false} href="/analyze/" onClick={() => keepText(tweet.text)} className={buttonVariants({ variant: 'link', size: 'small', className: 'self-start text-muted-foreground' })}>
                    Explain or correct it
                  </Link>
                </TweetRow>
              ))}
            </ul>
            <div className="flex gap-2">
              <Button variant="outline" size="sm" disabled={!pages.length} onClick={() => setPages(pages.slice(0, -1))}>
                Newer
              </Button>
              <Button variant="outline" size="sm" disabled={!found.next_cursor} onClick={() => found.next_cursor && setPages([...pages, found.next_cursor])}>
                Older
              </Button>
            </div>
          </>
        )}
      </DataRegion>
    </Card>
  );
}

function LabelFilter({ filters, set }: { filters: Filters; set: SetFilters }) {
  const labels = useLabels();
  return (
    <Field label="Label" className="w-32">
      <Select value={filters.l ?? ''} onChange={(event) => void set({ l: event.target.value || null })}>
        <option value="">all</option>
        {labels.map((label) => (
          <option key={label.name}>{label.name}</option>
        ))}
      </Select>
    </Field>
  );
}

function Words({ value, onSearch }: { value: string; onSearch: (words: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]); // the URL may change without this field: back, or a link
  return (
    <form onSubmit={(event) => (event.preventDefault(), onSearch(typed.trim()))}>
      <Field label="Words" className="w-40">
        <Input type="search" maxLength={200} value={typed} placeholder="Enter searches" onChange={(event) => setTyped(event.target.value)} onBlur={() => typed.trim() !== value && onSearch(typed.trim())} />
      </Field>
    </form>
  );
}
