// A browser for tests, as far as logins need one: cookies, redirects, links and forms of plain HTML.
import assert from 'node:assert/strict';

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface PageClient {
  /** Loads and follows redirects; one that leads to where `stopAt` matches is answered unfollowed, as `url`. */
  open(url: string, stopAt?: RegExp): Promise<Page>;
  /** Fills in the page's (first) form, with a button of it when one is named, and sends it. */
  submit(page: Page, fields?: Readonly<Record<string, string>>, stopAt?: RegExp): Promise<Page>;
  /** Follows the link with this text in it. */
  follow(page: Page, text: string, stopAt?: RegExp): Promise<Page>;
  readonly cookies: Map<string, Map<string, string>>;
}

const MAX_HOPS = 20;

export function createPageClient(): PageClient {
  const cookies = new Map<string, Map<string, string>>();

  async function send(url: string, form: URLSearchParams | undefined, from: string | undefined): Promise<Response> {
    const { origin } = new URL(url);
    const jar = cookies.get(origin) ?? new Map<string, string>();
    cookies.set(origin, jar);
    const response = await fetch(url, {
      redirect: 'manual',
      headers: {
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(form !== undefined && from !== undefined && { origin: new URL(from).origin }),
      },
      ...(form !== undefined && { method: 'POST', body: form }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  async function go(start: string, form?: URLSearchParams, from?: string, stopAt?: RegExp): Promise<Page> {
    let url = start;
    let body = form;
    for (let hop = 0; hop < MAX_HOPS; hop++) {
      const response = await send(url, body, from);
      const location = response.headers.get('location');
      const { status, headers } = response;
      if (location === null) return { url, status, headers, text: await response.text() };
      await response.arrayBuffer();
      url = new URL(location, url).href;
      if (stopAt?.test(url)) return { url, status, headers, text: '' };
      body = undefined;
    }
    throw new Error(`more than ${MAX_HOPS} redirects`);
  }

  return {
    cookies,
    open: (url, stopAt) => go(url, undefined, undefined, stopAt),
    async submit(page, fields = {}, stopAt) {
      const [, attributes = '', inner = ''] = /<form([^>]*)>([\s\S]*?)<\/form>/.exec(page.text) ?? [];
      assert.notEqual(inner, '', `no form on ${page.url}: ${page.text.slice(0, 300)}`);
      const form = new URLSearchParams();
      for (const [tag] of inner.matchAll(/<input[^>]*>/g)) {
        const name = attribute(tag, 'name');
        if (name !== undefined) form.set(name, attribute(tag, 'value') ?? '');
      }
      for (const [name, value] of Object.entries(fields)) form.set(name, value);
      return go(new URL(attribute(attributes, 'action') ?? '', page.url).href, form, page.url, stopAt);
    },
    follow(page, text, stopAt) {
      const link = [...page.text.matchAll(/<a([^>]*)>([\s\S]*?)<\/a>/g)].find(([, , inner]) => inner?.includes(text));
      const target = attribute(link?.[1] ?? '', 'href');
      assert.ok(target, `no link ${text} on ${page.url}`);
      return go(new URL(target, page.url).href, undefined, undefined, stopAt);
    },
  };
}

function attribute(tag: string, name: string): string | undefined {
  const [, value] = new RegExp(`\\b${name}="([^"]*)"`).exec(tag) ?? [];
  return value
    ?.replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** The provider's login (by subject) and consent pages, until it leads back. Answers the page that comes then. */
export async function logInAtProvider(
  client: PageClient,
  first: Page,
  account: string,
  stopAt?: RegExp,
): Promise<Page> {
  let page = first;
  for (let step = 0; step < 3 && /\/interaction\//.test(page.url); step++) {
    const isLogin = page.text.includes('name="login"');
    page = await client.submit(page, isLogin ? { login: `sub-${account}`, password: 'any' } : {}, stopAt);
  }
  return page;
}
