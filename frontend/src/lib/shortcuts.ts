/** Every key of the page. The `?` sheet and the palette are made from this list; a test keeps it free of doubles. */
export type Scope = 'global' | 'review' | 'live' | 'chart';
export type Shortcut = { id: string; keys: string; says: string; scope: Scope };

export const PAGES = [
  { id: 'dashboard', href: '/', title: 'Dashboard', key: 'd' },
  { id: 'analyze', href: '/analyze/', title: 'Analyze', key: 'a' },
  { id: 'models', href: '/models/', title: 'Models', key: 'm' },
  { id: 'review', href: '/review/', title: 'Review', key: 'r' },
  { id: 'live', href: '/live/', title: 'Live', key: 'l' },
  { id: 'settings', href: '/settings/', title: 'Settings', key: 's' },
] as const;

export const SHORTCUTS: readonly Shortcut[] = [
  ...PAGES.map((page) => ({ id: `go-${page.id}`, keys: `g ${page.key}`, says: `Go to ${page.title}`, scope: 'global' as const })),
  { id: 'search', keys: '/', says: 'Search on this page, or in the palette', scope: 'global' },
  { id: 'palette', keys: 'mod+k', says: 'Open the command palette', scope: 'global' },
  { id: 'sheet', keys: '?', says: 'Show this list', scope: 'global' },
  { id: 'theme', keys: 't', says: 'Switch between dark and light', scope: 'global' },
  ...Array.from({ length: 9 }, (_, i) => ({ id: `label-${i + 1}`, keys: `${i + 1}`, says: `Choose label ${i + 1} and go on`, scope: 'review' as const })),
  { id: 'unsure', keys: '0', says: 'Unsure: none of the labels', scope: 'review' },
  { id: 'skip', keys: 'Space', says: 'Skip; it comes back later', scope: 'review' },
  { id: 'flag', keys: 'f', says: 'Flag for a second look', scope: 'review' },
  { id: 'note', keys: 'n', says: 'Write a note', scope: 'review' },
  { id: 'undo', keys: 'u', says: 'Undo the last decision', scope: 'review' },
  { id: 'guideline', keys: 'i', says: 'Read the guideline', scope: 'review' },
  { id: 'pause', keys: 'p', says: 'Pause or go on', scope: 'live' },
  { id: 'zoom-in', keys: '+', says: 'Zoom into the focused chart', scope: 'chart' },
  { id: 'zoom-out', keys: '-', says: 'Zoom out of it', scope: 'chart' },
  { id: 'pan-left', keys: 'ArrowLeft', says: 'Move it to the left', scope: 'chart' },
  { id: 'pan-right', keys: 'ArrowRight', says: 'Move it to the right', scope: 'chart' },
  { id: 'zoom-reset', keys: '0', says: 'Show all of it', scope: 'chart' },
];

/** Keys that mean two things at once; empty when the registry is sound. Chart keys work inside a focused chart only. */
export function clashes(list: readonly Shortcut[]): string[] {
  const scopes: Scope[] = ['review', 'live'];
  const found = scopes.flatMap((scope) => doubles(list.filter((one) => one.scope === scope || one.scope === 'global')));
  return [...new Set([...found, ...doubles(list.filter((one) => one.scope === 'chart'))])];
}

function doubles(list: readonly Shortcut[]): string[] {
  const seen = new Map<string, string>();
  return list.flatMap(({ id, keys }) => {
    const before = [...seen].find(([other]) => other === keys || other.startsWith(`${keys} `) || keys.startsWith(`${other} `));
    seen.set(keys, id);
    return before ? [`${before[1]} and ${id} both listen to '${keys}'`] : [];
  });
}

export function keyName(event: KeyboardEvent): string {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') return 'mod+k';
  return event.key === ' ' ? 'Space' : event.key;
}

/** Whether a key belongs to what is focused and not to us. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));
}
