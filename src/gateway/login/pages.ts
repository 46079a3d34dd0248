// The few pages of a login: plain HTML without scripts. Every text in them is escaped here; the policy that comes with a
// page allows its own style sheet, its own forms, and nothing else.
import { createHash } from 'node:crypto';
import { visibleText } from '../../protocol/bytes.ts';
import type { LoginReply } from './http.ts';

/** A piece of HTML, as opposed to text that would have to be escaped. */
export interface Html {
  readonly html: string;
}

export type Part = string | Html | readonly Part[];

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem;color:#1b1f24}' +
  'h1{font-size:1.3rem}form{margin:1rem 0}input,button,.button{font:inherit;padding:.5rem .8rem;border:1px solid #57606a;' +
  'border-radius:6px}button,.button{background:#1f6feb;color:#fff;text-decoration:none;display:inline-block}' +
  'button.no{background:#fff;color:#1b1f24}dt{font-weight:600}dd{margin:0 0 .5rem}' +
  '@media (prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}input{background:#161b22;color:inherit}}';
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** `markup` as a template; whatever is filled in is escaped unless it is Html itself. */
export function html(markup: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return {
    html: markup.reduce((out, text, at) => out + text + (at < parts.length ? rendered(parts[at] as Part) : ''), ''),
  };
}

function rendered(part: Part): string {
  if (typeof part === 'string') return escaped(part);
  if ('html' in part) return part.html;
  return part.map(rendered).join('');
}

function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return visibleText(text).replace(/[&<>"']/g, (one) => entities[one] ?? '');
}

export interface PageOptions {
  readonly status?: number;
  readonly cookies?: readonly string[];
  /** An origin besides ours to which a form of the page may lead in the end. */
  readonly leadsTo?: string;
}

export function page(
  title: string,
  content: Html,
  { status = 200, cookies = [], leadsTo }: PageOptions = {},
): LoginReply {
  const target = leadsTo === undefined ? "'self'" : `'self' ${leadsTo}`;
  const policy = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action ${target}; frame-ancestors 'none'; base-uri 'none'`;
  const document = html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} - Sallyport</title><style>${{ html: STYLE }}</style></head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`;
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      ...(cookies.length > 0 && { 'set-cookie': cookies }),
    },
    body: document.html,
  };
}

/** A page that says what went wrong and what to do. */
export function problemPage(status: number, text: string, hint: string, cookies: readonly string[] = []): LoginReply {
  return page('Login failed', html`<p>${text}</p><p>${hint}</p><p><a href="/login">Begin again</a></p>`, {
    status,
    cookies,
  });
}

export function hidden(fields: Readonly<Record<string, string>>): Part {
  return Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`);
}
