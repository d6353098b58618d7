'use client';

import { CircleAlert } from 'lucide-react';
import { useState } from 'react';
import { Note } from '@/components/data-region';
import { TweetRow } from '@/components/tweet-row';
import { useShortcuts } from '@/hooks/use-shortcuts';
import type { ApiProblem } from '@/lib/api/problem';
import { count } from '@/lib/format';
import { MAX_ROWS, useLive } from '@/stores/live';
import { LiveFrame, NoTweets } from './frame';
import { useStream } from './use-stream';

export function Live() {
  const [running, setRunning] = useState(true);
  const problem = useStream(running);
  useShortcuts({ pause: () => useLive.getState().setPaused(!useLive.getState().paused) });
  return (
    <LiveFrame running={running} onRun={setRunning} notes={<Notes problem={problem} />}>
      <Rows running={running} />
    </LiveFrame>
  );
}

function Rows({ running }: { running: boolean }) {
  const rows = useLive((live) => live.rows);
  if (!rows.length) return <NoTweets running={running} />;
  return (
    <ol aria-label="Newest tweets" data-testid="rows">
      {rows.map((tweet) => (
        <TweetRow key={tweet.event} tweet={tweet} />
      ))}
    </ol>
  );
}

function Notes({ problem }: { problem: ApiProblem | null }) {
  const lost = useLive((live) => live.lost);
  const unread = useLive((live) => live.unread);
  const reconnects = useLive((live) => live.state === 'reconnecting');
  const knowsWhere = useLive((live) => live.lastEvent !== null);
  const icon = <CircleAlert className="size-4" />;
  return (
    <>
      {lost ? <Note icon={icon}>{count(lost)} tweets came while paused and were more than the {count(MAX_ROWS)} that are kept here; the dashboard has them all.</Note> : null}
      {unread ? <Note icon={icon}>{count(unread)} of the events could not be read and are not shown here. If the server was updated, reload the page.</Note> : null}
      {problem && reconnects ? (
        <Note icon={icon}>
          {problem.title}. {problem.detail} It is tried again by itself{knowsWhere ? ', and nothing is missed' : ''}.
        </Note>
      ) : null}
    </>
  );
}
