'use client';

import { useMutation } from '@tanstack/react-query';
import { useTheme } from 'next-themes';
import { Fragment, useEffect, useState } from 'react';
import { ProblemNote } from '@/components/data-region';
import { ToneShape } from '@/components/label-mark';
import { later } from '@/components/later';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Skeleton } from '@/components/ui/skeleton';
import { Card, CardTitle } from '@/components/ui/card';
import { Field, Input, Select } from '@/components/ui/field';
import { asProblem } from '@/lib/api/problem';
import { useSession } from '@/lib/api/session';
import { useSessionActions } from '@/lib/api/session-actions';
import { useVersion } from '@/lib/api/use-api';
import { moment } from '@/lib/format';
import { usePreferences } from '@/stores/preferences';
import { useShell } from '@/stores/shell';

const SignIn = later(() => import('@/components/shell/sign-in').then((module) => module.SignIn), <Skeleton className="h-40" />);

export function Settings() {
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <Access />
      <Looks />
      <Reading />
      <Server />
    </div>
  );
}

function Access() {
  const session = useSession();
  const { signOut } = useSessionActions();
  const leave = useMutation({ mutationFn: signOut });
  return (
    <Card className="flex min-h-52 flex-col gap-3">
      <CardTitle>Access</CardTitle>
      {session.data ? (
        <>
          <p className="flex flex-wrap items-center gap-2">
            Signed in as <strong className="font-semibold">{session.data.name}</strong>
            {session.data.scopes.map((scope) => (
              <Badge key={scope}>{scope}</Badge>
            ))}
          </p>
          <p className="text-muted-foreground">Until {moment(session.data.expires_at)}. The session is a cookie that no script can read.</p>
          <Button variant="outline" className="self-start" disabled={leave.isPending} onClick={() => leave.mutate()}>
            {leave.isPending ? 'Signing out …' : 'Sign out'}
          </Button>
          {leave.error ? <ProblemNote problem={asProblem(leave.error)} onRetry={() => leave.mutate()} /> : null}
        </>
      ) : session.error && asProblem(session.error).status !== 401 ? (
        <ProblemNote problem={asProblem(session.error)} onRetry={() => void session.refetch()} />
      ) : session.error ? (
        <SignIn />
      ) : null}
    </Card>
  );
}

function Looks() {
  const { theme, setTheme } = useTheme();
  const { palette, set } = usePreferences();
  const [mounted, setMounted] = useState(false);
  useEffect(() => setMounted(true), []);
  return (
    <Card className="flex flex-col gap-3">
      <CardTitle>Looks</CardTitle>
      <Field label="Theme">
        <Select value={mounted ? theme : 'system'} onChange={(event) => setTheme(event.target.value)}>
          <option value="system">as the system</option>
          <option value="light">light</option>
          <option value="dark">dark</option>
        </Select>
      </Field>
      <Field label="Palette of the labels">
        <Select value={palette} onChange={(event) => set({ palette: event.target.value === 'strong' ? 'strong' : 'standard' })}>
          <option value="standard">standard</option>
          <option value="strong">more contrast</option>
        </Select>
      </Field>
      <p className="flex flex-wrap gap-4">
        <span><ToneShape tone="bear" /> bearish</span>
        <span><ToneShape tone="flat" /> neutral</span>
        <span><ToneShape tone="bull" /> bullish</span>
        <span><ToneShape tone="other" /> other</span>
      </p>
    </Card>
  );
}

function Reading() {
  const { hotkeys, timeZone, abstainBelow, set } = usePreferences();
  const open = useShell((state) => state.open);
  return (
    <Card className="flex flex-col gap-3">
      <CardTitle>Reading</CardTitle>
      <Field label="Time zone of tweets" hint="Buckets of charts are always in UTC, as the server counts them.">
        <Select value={timeZone} onChange={(event) => set({ timeZone: event.target.value === 'local' ? 'local' : 'UTC' })}>
          <option value="UTC">UTC</option>
          <option value="local">this machine&apos;s</option>
        </Select>
      </Field>
      <Field label="No judgement below" hint="Shown as “no judgement” on this page only; empty: the model's own threshold. The figures of the dashboard are the server's.">
        <Input type="number" min={0} max={1} step={0.05} value={abstainBelow ?? ''} placeholder="the model's own" onChange={(event) => set({ abstainBelow: event.target.value === '' ? null : Math.min(1, Math.max(0, Number(event.target.value))) })} />
      </Field>
      <label className="flex items-center gap-2">
        <input type="checkbox" className="size-4 accent-ring" checked={hotkeys} onChange={(event) => set({ hotkeys: event.target.checked })} />
        Keyboard shortcuts
      </label>
      <Button variant="outline" className="self-start" onClick={() => open('sheet')}>
        Show the shortcuts
      </Button>
    </Card>
  );
}

function Server() {
  const version = useVersion().data;
  return (
    <Card className="flex flex-col gap-3">
      <CardTitle>Server</CardTitle>
      {version ? (
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
          <dt className="text-muted-foreground">Version</dt>
          <dd>{version.version}, API {version.api}</dd>
          <dt className="text-muted-foreground">Model</dt>
          <dd className="break-all font-mono text-xs">{version.model_version ?? 'none'}</dd>
          {Object.entries(version.providers).map(([name, configured]) => (
            <Fragment key={name}>
              <dt className="text-muted-foreground">Key of {name}</dt>
              <dd>{configured ? 'configured' : 'not configured'}</dd>
            </Fragment>
          ))}
        </dl>
      ) : (
        <p className="text-muted-foreground">Sign in to see it.</p>
      )}
      <p className="text-muted-foreground">Keys of providers are kept on the server (environment or secret files) and never shown.</p>
    </Card>
  );
}
