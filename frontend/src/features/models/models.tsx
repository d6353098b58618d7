'use client';

import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { Card } from '@/components/ui/card';
import { Tabs } from '@/components/ui/tabs';
import { Leaderboard } from './leaderboard';
import { ModelList } from './model-list';

const TABS = [
  { id: 'models', title: 'Models' },
  { id: 'runs', title: 'Leaderboard' },
] as const;

export function Models() {
  const [tab, setTab] = useQueryState('tab', parseAsStringLiteral(['models', 'runs'] as const).withDefault('models').withOptions({ history: 'push' }));
  return (
    <Tabs label="Models and runs" tabs={TABS} active={tab} onChange={(id) => void setTab(id)}>
      {tab === 'models' ? <Card><ModelList /></Card> : <Leaderboard />}
    </Tabs>
  );
}
