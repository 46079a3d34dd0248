// Data URIs, minified code, fonts, models, colours and other dense text.
import type { Sample } from '../sample.ts';

export const OPAQUE_DATA: readonly Sample[] = [
  {
    path: 'src/styles/icons.css',
    text: (
      k,
    ) => `.lock { background: url("data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA${k.noise('base64', 900)}=="); color: ${k.trap('#c0ffee')}; }
.key { background-image: url(data:image/svg+xml;base64,PHN2ZyB4bWxucz0i${k.noise('base64', 600)}); }
@font-face { src: url(data:font/woff2;base64,d09GMgABAAAA${k.noise('base64', 1200)}) format('woff2'); }
.token-${k.noise('hex', 8)} { --secret-color: ${k.trap('#7f5af0')}; }
`,
  },
  {
    path: 'dist/vendor.min.js',
    text: (
      k,
    ) => `!function(e,t){"object"==typeof exports?module.exports=t():e.Auth=t()}(this,(function(){"use strict";var e="${k.noise('alnum', 20)}",t={password:"password",token:n.token,secret:r.secret||"",apiKey:void 0};function o(e){return e.password===t.password&&!!e.accessToken}var i="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=",a={key:"Enter",keyCode:13},s="__webpack_hash__${k.noise('hex', 20)}";return o}));
//# sourceMappingURL=vendor.min.js.map
`,
  },
  {
    path: 'dist/app.js.map',
    text: (
      k,
    ) => `{"version":3,"file":"app.js","sources":["webpack://app/./src/token.ts"],"names":["password","token","secretKey"],"mappings":"${k.trap(Array.from({ length: 200 }, () => k.text('alnum', 4)).join(','))}"}
`,
  },
  {
    path: 'notebooks/plot.ipynb',
    text: (
      k,
    ) => `{"cells":[{"cell_type":"code","outputs":[{"data":{"image/png":"iVBORw0KGgoAAAANSUhEUgAA${k.noise('base64', 1600)}\\n","text/plain":["<Figure size 640x480 with 1 Axes>"]}}],"source":["plt.show()"],"id":"${k.noise('hex', 8)}"}],"nbformat":4}
`,
  },
  {
    path: 'src/assets/logo.ts',
    text: (k) => `export const logo = '${k.trap(`data:image/gif;base64,R0lGODlhAQABAIAAAP${k.text('base64', 400)}`)}';
export const tokenIcon = "${k.trap(`M12 2C6.48 2 2 6.48 2 12s4.48 10 10 10 10-4.48 10-10S17.52 2 12 2zm0 ${Array.from({ length: 30 }, () => k.text('digits', 3)).join(' ')}z`)}";
export const palette = { primary: '${k.trap('#1A2B3C')}', secret: '${k.trap('rgba(12,34,56,0.5)')}', key: '${k.trap('hsl(210deg 50% 40%)')}' };
`,
  },
  {
    path: 'wasm/inline.js',
    text: (
      k,
    ) => `const bytes = Uint8Array.from(atob('AGFzbQEAAAABBgFgAX8Bf${k.noise('base64', 700)}'), c => c.charCodeAt(0));
export const key = await WebAssembly.compile(bytes);
`,
  },
  {
    path: 'models/vocab.json',
    text: (
      k,
    ) => `{"<pad>":0,"token":1,"Ġpassword":2,"Ġsecret":3,"${k.noise('letters', 12)}":4,"##key":5,"Ġ${k.noise('letters', 9)}":6,"merges":["Ġ t","h e","to ken"],"model_hash":"${k.noise('hex', 64)}"}
`,
  },
  {
    path: 'web/polyfill.html',
    text: (
      k,
    ) => `<script>window.__STATE__={"build":"${k.noise('hex', 20)}","keys":["${k.noise('url', 21)}","${k.noise('url', 21)}"],"csrfHeader":"X-CSRF-TOKEN"}</script>
<div class="css-${k.noise('lower', 7)} sc-${k.noise('letters', 6)}" data-reactid="${k.noise('alnum', 12)}" data-v-${k.noise('hex', 8)}></div>
<img src="/img/token.png?v=${k.noise('hex', 16)}" srcset="/_next/static/media/key.${k.noise('hex', 8)}.png 2x">
`,
  },
  {
    path: 'test/__snapshots__/button.snap',
    text: (k) => `exports[\`renders 1\`] = \`
<button className="jss${k.trap('142')} MuiButton-root-${k.noise('digits', 3)}" data-key="${k.noise('alnum', 16)}">
  Reset password
</button>
\`;
`,
  },
  {
    path: 'mail/newsletter.eml',
    text: (k) => `DKIM-Signature: v=1; a=rsa-sha256; d=acme.dev; s=k1; bh=${k.noise('base64', 43)}=;
 b=${k.noise('base64', 68)}
 ${k.noise('base64', 72)}==
Message-ID: <${k.noise('alnum', 32)}@mail.acme.dev>
Content-Type: multipart/mixed; boundary="${k.noise('hex', 28)}"
X-MS-Exchange-CrossTenant-AuthAs: Internal
Thread-Index: Ad${k.noise('base64', 28)}==
`,
  },
  {
    path: 'bench/results.csv',
    text: (k) => `run,commit,token_throughput,key_ops,seed
1,${k.noise('hex', 40)},18234.2,991002,${k.noise('digits', 18)}
2,${k.noise('hex', 40)},18111.9,990124,${k.noise('digits', 18)}
`,
  },
  {
    path: 'calendar/feed.ics',
    text: (k) => `BEGIN:VEVENT
UID:${k.noise('alnum', 26)}@google.com
DESCRIPTION:Rotate the database password; key: see vault
ATTACH;FMTTYPE=image/png;ENCODING=BASE64;VALUE=BINARY:iVBORw0KGgo${k.noise('base64', 240)}
END:VEVENT
`,
  },
];
