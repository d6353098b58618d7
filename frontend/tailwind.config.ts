import type { Config } from 'tailwindcss';
import animate from 'tailwindcss-animate';

const token = (name: string) => `hsl(var(--${name}) / <alpha-value>)`;

export default {
  darkMode: ['class'],
  content: ['./src/**/*.{ts,tsx}'],
  theme: {
    extend: {
      fontFamily: { sans: ['var(--font-geist-sans)', 'system-ui', 'sans-serif'], mono: ['var(--font-geist-mono)', 'monospace'] },
      colors: {
        border: token('border'),
        input: token('input'),
        ring: token('ring'),
        background: token('background'),
        foreground: token('foreground'),
        card: token('card'),
        muted: { DEFAULT: token('muted'), foreground: token('muted-foreground') },
        primary: { DEFAULT: token('primary'), foreground: token('primary-foreground') },
        danger: { DEFAULT: token('danger'), foreground: token('danger-foreground') },
        warning: { DEFAULT: token('warning'), foreground: token('warning-foreground') },
        bear: token('bear'),
        flat: token('flat'),
        bull: token('bull'),
        other: token('other'),
      },
    },
  },
  plugins: [animate],
} satisfies Config;
