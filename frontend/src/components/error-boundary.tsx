'use client';

import { Component, type ReactNode } from 'react';

type Props = { resetKey: unknown; children: ReactNode };

/** Keeps one broken part from taking the page along: an answer of another shape than the contract's, for example. */
export class ErrorBoundary extends Component<Props, { failed: unknown; for: unknown }> {
  state = { failed: null as unknown, for: null as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { failed: error };
  }

  componentDidUpdate(before: Props) {
    if (this.state.failed && before.resetKey !== this.props.resetKey) this.setState({ failed: null });
  }

  render() {
    if (!this.state.failed) return this.props.children;
    return (
      <div role="alert" className="rounded-md border border-danger p-4">
        <p className="font-semibold text-danger">This part cannot be shown</p>
        <p className="text-muted-foreground">The answer has another shape than this page expects. Page and server may be of different versions: reload the page.</p>
      </div>
    );
  }
}
