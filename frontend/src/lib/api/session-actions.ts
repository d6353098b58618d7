'use client';

import { useQueryClient } from '@tanstack/react-query';
import { keepText } from '@/stores/handover';
import { useLive } from '@/stores/live';
import { useReview } from '@/stores/review';
import { api, ask } from './client';

/** Opens or ends the session. The key lives in the argument and in the request's body, nowhere else. */
export function useSessionActions() {
  const client = useQueryClient();
  return {
    signIn: async (key: string): Promise<void> => {
      const session = await ask(api.POST('/api/v1/session', { body: { key } }));
      await client.cancelQueries();
      client.setQueryData(['session'], session);
      await client.resetQueries({ predicate: (query) => query.queryKey[0] !== 'session' }); // nothing of the person before
    },
    signOut: async (): Promise<void> => {
      await ask(api.DELETE('/api/v1/session'));
      await client.cancelQueries();
      await client.resetQueries({ queryKey: ['session'] }); // first: what is mounted must see that nobody is signed in
      await client.resetQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
      useLive.getState().forget();
      keepText('');
      useReview.setState({ sent: [] });
    },
  };
}
