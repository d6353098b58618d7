'use client';

import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';
import { Late, NO_ANSWER_YET, OfflineNote, ProblemNote } from '@/components/data-region';
import { later } from '@/components/later';
import { Skeleton } from '@/components/ui/skeleton';
import { Card } from '@/components/ui/card';
import { asProblem } from '@/lib/api/problem';
import { useSession } from '@/lib/api/session';

const SignIn = later(() => import('@/components/shell/sign-in').then((module) => module.SignIn), <Skeleton className="h-40" />);

const WITHOUT_REGION = ['/analyze', '/live', '/settings']; // they show no data at first, so nothing else would say that the server is slow

/** Pages show data to those who are signed in; to others it says what to do. Settings stays open: the key is entered there too. */
export function SessionGate({ children }: { children: ReactNode }) {
  const session = useSession();
  const path = usePathname();
  if (session.data || !session.error || path.startsWith('/settings')) {
    return (
      <>
        {session.isPending && WITHOUT_REGION.some((one) => path.startsWith(one)) ? <Late>{NO_ANSWER_YET}</Late> : null}
        {children}
      </>
    );
  }
  const problem = asProblem(session.error);
  return (
    <div className="mx-auto mt-[8vh] max-w-md">
      <h1 className="mb-4 text-xl font-semibold">{problem.status === 401 ? 'Sign in' : 'No connection'}</h1>
      {problem.status === 401 ? (
        <Card>
          <SignIn />
        </Card>
      ) : problem.isOffline ? (
        <OfflineNote detail={problem.detail} onRetry={() => void session.refetch()} />
      ) : (
        <ProblemNote problem={problem} onRetry={() => void session.refetch()} />
      )}
    </div>
  );
}
