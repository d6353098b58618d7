'use client';

import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { Tabs } from '@/components/ui/tabs';
import { FileJob } from './file-job';
import { ManyTweets } from './many-tweets';
import { OneTweet } from './one-tweet';

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
