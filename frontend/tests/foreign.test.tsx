import { readFileSync } from 'node:fs';
import path from 'node:path';
import { render, screen } from '@testing-library/react';
import postcss from 'postcss';
import tailwind from 'tailwindcss';
import { afterEach, expect, test, vi } from 'vitest';
import { TweetRow } from '@/components/tweet-row';
import { CardView } from '@/features/review/card-view';
import type { Schemas } from '@/lib/api/client';
import type { Card } from '@/stores/review';
import config from '../tailwind.config';

vi.mock('next/navigation', () => ({ useRouter: () => ({ push: () => undefined }) }));

const tweet = (text: string) => ({ tweet_id: text, text, created_at: '2024-01-01T00:00:00Z', author: null, is_retweet: false, tickers: [], prediction: null }) as unknown as Schemas['StoredTweet'];
const card = (item: string): Card => ({ item, text: item, target: null, why: '', annotation: null, label: null, voices: [], hidden: true, ruling: null, ruling_annotation: null });
const review = (item: string) => <CardView card={card(item)} labels={{}} needsReason={false} onLabel={() => undefined} onMark={() => undefined} onSkip={() => undefined} />;

afterEach(() => vi.restoreAllMocks());

test('a box for the text of strangers may be made to scroll: utilities come after it', async () => {
  const source = readFileSync(path.resolve(__dirname, '../src/app/globals.css'), 'utf8');
  const { css } = await postcss([tailwind({ ...config, content: [{ raw: '<p class="foreign overflow-y-auto truncate">' }] })]).process(source, { from: undefined });
  expect(css.indexOf('.foreign')).toBeGreaterThan(0);
  for (const utility of ['.overflow-y-auto', '.truncate']) expect(css.indexOf(utility)).toBeGreaterThan(css.indexOf('.foreign'));
});

test('Tab stops at a tweet that does not fit its box, and at no other', () => {
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(160);
  vi.spyOn(HTMLElement.prototype, 'scrollHeight', 'get').mockImplementation(function (this: HTMLElement) {
    return this.textContent?.startsWith('long') ? 900 : 160;
  });
  render(<ul>{['long', 'short'].map((text) => <TweetRow key={text} tweet={tweet(text)} />)}</ul>);
  expect(screen.getByText('long')).toHaveAttribute('tabindex', '0');
  expect(screen.getByText('long')).toHaveAccessibleName('Text of the tweet');
  expect(screen.getByText('short')).not.toHaveAttribute('tabindex');
});

test('the text of the next card is told, begins at its top, and can be scrolled by keys', () => {
  const { rerender } = render(review('one'));
  const text = screen.getByTestId('tweet');
  expect(text).toHaveAttribute('aria-live', 'polite');
  expect(text).toHaveAttribute('tabindex', '0');
  expect(text).toHaveAccessibleName('Text of the tweet');
  text.scrollTop = 300;
  rerender(review('two'));
  expect(screen.getByTestId('tweet')).toBe(text); // a region that is put in anew is not read out
  expect([text.textContent, text.scrollTop]).toEqual(['two', 0]);
});
