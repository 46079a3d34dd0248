// Tokens in HTTP traces, headers, cookies, URLs and API collections.
import { base64 } from '../kit.ts';
import type { Sample } from '../sample.ts';

export const WEB_TOKENS: readonly Sample[] = [
  {
    path: 'debug/trace.http',
    text: (k) => `POST /v1/charges HTTP/1.1
Host: api.stripe.com
Authorization: Bearer ${k.token('stripe')}
Content-Type: application/x-www-form-urlencoded

amount=2000&currency=eur

###
GET /api/orders HTTP/1.1
Host: orders.acme.dev
Authorization: Basic ${k.secret('basic', base64(`orders:${k.text('alnum', 11)}`))}
Cookie: theme=dark; session=${k.neutral(k.text('url', 43))}
`,
  },
  {
    path: 'requests.rest',
    text: (k) => `@token = ${k.token('jwt')}
GET https://api.acme.dev/me
Authorization: Bearer {{token}}

### partner
GET https://partner.net/api?api_key=${k.key('query')}&limit=10

### maps
GET https://maps.googleapis.com/maps/api/place/json?key=${k.token('google')}&q=berlin
`,
  },
  {
    path: 'postman/acme.postman_collection.json',
    text: (k) => `{
  "info": { "name": "acme", "_postman_id": "2f1c1f0e-9b1a-4a8e-8f0a-5b0a9d1c2e3f" },
  "auth": { "type": "bearer", "bearer": [ { "key": "token", "value": "${k.token('jwt')}", "type": "string" } ] },
  "item": [ { "request": { "method": "GET", "header": [ { "key": "X-API-Key", "value": "${k.key('postman')}" } ], "url": "https://api.acme.dev" } } ],
  "variable": [ { "key": "password", "value": "${k.password('postman')}" }, { "key": "pm", "value": "${k.token('postman')}" } ]
}
`,
  },
  {
    path: 'debug/session.har',
    text: (
      k,
    ) => `{"log":{"version":"1.2","entries":[{"request":{"method":"POST","url":"https://graph.facebook.com/v17.0/me?access_token=${k.token('facebook')}","headers":[{"name":"Authorization","value":"Bearer ${k.token('hubspot')}"},{"name":"Accept","value":"*/*"}]},"response":{"content":{"text":"{\\"access_token\\":\\"${k.token('google-access')}\\",\\"expires_in\\":3599}"}}}]}}
`,
  },
  {
    path: 'cypress/support/login.js',
    text: (k) => `Cypress.Commands.add('login', () => {
  window.localStorage.setItem('id_token', '${k.token('jwt')}');
  cy.request({ url: '/api/login', method: 'POST', body: { username: 'e2e@acme.dev', password: '${k.password('cypress')}' } });
});
`,
  },
  {
    path: 'insomnia.yaml',
    text: (k) => `resources:
  - _type: request
    url: https://eu-api.typeform.com/forms
    authentication: { type: bearer, token: ${k.token('typeform')} }
  - _type: request
    url: https://app.asana.com/api/1.0/users/me
    headers: [{ name: Authorization, value: "Bearer ${k.token('asana')}" }]
  - _type: environment
    data: { okta_token: "${k.token('okta')}", salesforce_session: "${k.token('salesforce')}" }
`,
  },
  {
    path: 'docs/howto-api.md',
    text: (k) => `## Calling the internal API

\`\`\`bash
curl -H "Authorization: Bearer ${k.token('jwt')}" https://api.acme.dev/v1/me
curl "https://api.render.com/v1/services" -H "Authorization: Bearer ${k.token('render')}"
curl -X POST https://api.mailgun.net/v3/mg.acme.dev/messages --user 'api:${k.token('mailgun')}'
\`\`\`

The SonarQube login is \`${k.token('sonar')}\`.
`,
  },
  {
    path: 'src/sas.ts',
    text: (k) => `export const upload =
  'https://acmestore.blob.core.windows.net/in?sv=2022-11-02&ss=b&srt=co&sp=rwl&se=2031-01-01T00:00:00Z&sig=${k.secret('azure', `${k.text('alnum', 20)}%2B${k.text('alnum', 19)}%2F${k.text('alnum', 2)}%3D`, 'sas')}';
export const hook = "${k.token('msteams')}";
`,
  },
];
