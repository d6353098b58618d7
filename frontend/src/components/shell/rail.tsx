'use client';

import { ChartSpline, FlaskConical, ListChecks, Radio, Settings, MessageSquareText, type LucideIcon } from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { PAGES } from '@/lib/shortcuts';
import { cn } from '@/lib/utils';

const ICONS: Record<(typeof PAGES)[number]['id'], LucideIcon> = { dashboard: ChartSpline, analyze: MessageSquareText, models: FlaskConical, review: ListChecks, live: Radio, settings: Settings };

/** Left on wide screens, at the bottom on narrow ones. */
export function Rail() {
  const path = usePathname();
  return (
    <nav
      aria-label="Pages"
      className="fixed inset-x-0 bottom-0 z-30 flex border-t bg-card md:sticky md:top-0 md:h-dvh md:w-44 md:shrink-0 md:flex-col md:gap-1 md:border-r md:border-t-0 md:p-3"
    >
      <Link prefetch={false} href="/" className="hidden px-2 pb-4 pt-1 text-base font-semibold tracking-tight md:block">
        tweetsent
      </Link>
      {PAGES.map((page) => {
        const Icon = ICONS[page.id];
        const isHere = page.href === '/' ? path === '/' : path.startsWith(page.href.slice(0, -1));
        return (
          <Link
            prefetch={false} // five more pages would hold up the one that was asked for
            key={page.id}
            href={page.href}
            aria-current={isHere ? 'page' : undefined}
            title={`g ${page.key}`}
            className={cn(
              'flex min-w-0 flex-1 flex-col items-center gap-1 px-0.5 py-2 text-[0.6875rem] hover:bg-muted hover:text-foreground md:flex-none md:flex-row md:gap-3 md:rounded-md md:px-2 md:text-sm',
              isHere ? 'font-semibold text-foreground md:bg-muted' : 'text-muted-foreground',
            )}
          >
            <Icon className="size-5 shrink-0 md:size-4" aria-hidden />
            <span className="max-w-full truncate">{page.title}</span>
          </Link>
        );
      })}
    </nav>
  );
}
