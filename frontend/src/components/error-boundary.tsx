'use client';

import { Component, type ReactNode } from 'react';
import { Button } from '@/components/ui/button';

const AGAIN_MS = 4_000; // each pause is twice as long as the one before
const TRIES = 5;

type Props = { resetKey: unknown; onRetry: () => void; children: ReactNode };

/** Keeps one broken part from taking the page along: an answer of another shape than the contract's, for example. */
export class ErrorBoundary extends Component<Props, { failed: unknown }> {
  state = { failed: null as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { failed: error };
  }

  timer: ReturnType<typeof setTimeout> | undefined;
  tries = 0;

  componentDidCatch() {
    clearTimeout(this.timer);
    if (this.tries < TRIES) this.timer = setTimeout(() => (this.tries++, this.props.onRetry()), AGAIN_MS * 2 ** this.tries);
  }

  componentDidUpdate(before: Props) {
    if (!this.state.failed) this.tries = 0;
    else if (before.resetKey !== this.props.resetKey) this.setState({ failed: null });
  }

  componentWillUnmount() {
    clearTimeout(this.timer);
  }

  render() {
    if (!this.state.failed) return this.props.children;
    return (
      <div role="alert" className="rounded-md border border-danger p-4">
        <p className="font-semibold text-danger">This part cannot be shown</p>
        <p className="text-muted-foreground">The answer has another shape than this page expects. It is asked again a few times; should that not help, page and server are of different versions: reload the page.</p>
        <Button variant="outline" size="sm" className="mt-2" onClick={this.props.onRetry}>
          Retry
        </Button>
      </div>
    );
  }
}
