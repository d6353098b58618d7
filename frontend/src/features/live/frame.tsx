'use client';

import type { ReactNode } from 'react';
import { EmptyNote } from '@/components/data-region';
import { Card } from '@/components/ui/card';
import { Controls } from './controls';

type LiveFrameProps = { running?: boolean; onRun?: (running: boolean) => void; notes?: ReactNode; children?: ReactNode };

/** The page as it is without tweets. It needs no data, so it stands there before the rest of the code has come. */
export function LiveFrame({ running = true, onRun, notes, children }: LiveFrameProps) {
  return (
    <div className="flex flex-col gap-4">
      <Controls running={running} onRun={onRun} />
      {notes}
      <Card>{children ?? <NoTweets running={running} />}</Card>
    </div>
  );
}

export function NoTweets({ running }: { running: boolean }) {
  return <EmptyNote title={running ? 'Tweets appear here the moment they are scored. Send some in: tweetsent replay sample --speed 60' : 'Stopped: no tweets are read. Press Start to go on.'} />;
}
