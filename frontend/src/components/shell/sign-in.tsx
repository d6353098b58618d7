'use client';

import { useMutation } from '@tanstack/react-query';
import { useRef, type FormEvent } from 'react';
import { ProblemNote } from '@/components/data-region';
import { Button } from '@/components/ui/button';
import { Field, Input } from '@/components/ui/field';
import { asProblem } from '@/lib/api/problem';
import { useSessionActions } from '@/lib/api/session-actions';

/** Exchanges an API key for a session cookie that scripts cannot read. The field is emptied at once; nothing is stored here. */
export function SignIn() {
  const field = useRef<HTMLInputElement>(null);
  const { signIn } = useSessionActions();
  const exchange = useMutation({ mutationFn: signIn, gcTime: 0 });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    const key = field.current?.value.trim();
    if (!key || !field.current) return;
    field.current.value = '';
    exchange.mutate(key, { onSettled: () => exchange.isSuccess && exchange.reset() });
  };
  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-3">
      <Field label="API key" hint={<>Make one with <code className="font-mono">tweetsent keys create</code>. It is exchanged for a cookie and not kept.</>}>
        <Input ref={field} type="password" name="tweetsent-key" autoComplete="off" spellCheck={false} required />
      </Field>
      {exchange.error ? <ProblemNote problem={asProblem(exchange.error)} /> : null}
      <Button type="submit" disabled={exchange.isPending}>
        {exchange.isPending ? 'Signing in …' : 'Sign in'}
      </Button>
    </form>
  );
}
