'use client';

import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { later } from '@/components/later';
import { Skeleton } from '@/components/ui/skeleton';
import { Tabs } from '@/components/ui/tabs';
import { OneTweet } from './one-tweet';

const ManyTweets = later(() => import('./many-tweets').then((module) => module.ManyTweets), <Skeleton className="h-80" />);
const FileJob = later(() => import('./file-job').then((module) => module.FileJob), <Skeleton className="h-80" />);

const IDS = ['one', 'many', 'file'] as const;
const TABS = [
  { id: 'one', title: 'One tweet' },
  { id: 'many', title: 'Many tweets' },
  { id: 'file', title: 'A file' },
] as const;

export function Analyze() {
  const [tab, setTab] = useQueryState('tab', parseAsStringLiteral(IDS).withDefault('one').withOptions({ history: 'push' }));
  return (
    <Tabs label="What to analyze" tabs={TABS} active={tab} onChange={(id) => void setTab(id)}>
      {tab === 'one' ? <OneTweet /> : tab === 'many' ? <ManyTweets /> : <FileJob />}
    </Tabs>
  );
}
