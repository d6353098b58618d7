// What an attacker would write: every payload in every place. Whatever of it runs sets window.hit.
const RUNS = 'window.hit=1';

const PAYLOADS = [
  `<script>${RUNS}</script>`,
  `<img src=x onerror="${RUNS}">`,
  `<svg/onload=${RUNS}>`,
  `<iframe srcdoc="<script>parent.hit=1</script>"></iframe>`,
  `"><body onload=${RUNS}>`,
  `<a href="javascript:${RUNS}">win</a>`,
  `</textarea></title></script><script>${RUNS}</script>`,
  `<style>*{display:none}</style><link rel=stylesheet href=//example.com/x.css>`,
  `<form action=//example.com><input autofocus onfocus=${RUNS}></form>`,
  `<base href=//example.com/><meta http-equiv=refresh content="0;url=//example.com">`,
  `[win](javascript:${RUNS}) ![x](http://example.com/x.png) **bold** # head`,
  '```html\n<b>fence</b>\n```\n| a | b |\n|---|---|',
  `{{constructor.constructor('${RUNS}')()}} \${${RUNS}} <%= ${RUNS} %>`,
  `=HYPERLINK("http://example.com","win")`,
  `+cmd|' /C calc'!A0`,
  '@SUM(1+1)*cmd',
  '-2+3+cmd',
  '\u202eright to left override',
  '\u2067\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd\u2069',
  `z${'\u0301'.repeat(9_900)}`,
  'W'.repeat(4_000),
  `${'\u{1f469}\u200d\u{1f469}\u200d\u{1f467}'.repeat(200)}`,
  '\u0007\u001b[31mred\u001b[0m\u200b\ufeff\u2028',
  `${'\n'.repeat(300)}end`,
  `&lt;script&gt;${RUNS}&lt;/script&gt; &#x202e; &nbsp;`,
];

const PLACES: ((payload: string, i: number) => string)[] = [
  (payload) => payload,
  (payload) => `${payload} $EVIL`,
  (payload) => `$EVIL ${payload}`,
  (payload) => `"${payload}"`,
  (payload) => `'${payload}'`,
  (payload) => `<!-- ${payload} -->`,
  (payload) => `<b title="${payload}">`,
  (payload) => `\`${payload}\``,
  (payload) => `\t${payload}\t`,
  (payload) => `${payload}\n${payload}`.slice(0, 9_980),
  (payload) => `beats, ${payload} falls`,
  (payload) => `<![CDATA[${payload}]]>`,
  (payload) => `\u202e${payload}\u202c`,
  (payload) => `${payload},"',;|`,
  (payload) => `javascript:${payload}`,
  (payload) => `data:text/html,${payload}`,
  (payload) => `@${payload}`,
  (payload) => `#${payload}`,
  (payload) => `https://example.com/?q=${payload}`,
  (payload) => `\\${payload}\\`,
];

/** 500 tweets, no two alike. */
export const HOSTILE: string[] = PLACES.flatMap((place, j) => PAYLOADS.map((payload, i) => `${place(payload, i)} no${j * PAYLOADS.length + i}`));
/** A JSON line in ASCII. */
export const asLine = (row: object): string => JSON.stringify(row).replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
/** One of each payload. */
export const ONE_OF_EACH = HOSTILE.slice(0, PAYLOADS.length);
