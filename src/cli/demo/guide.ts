// What the reader of the terminal types next. Every line that is indented by five can be pasted as it is.
import { asTyped, CAST, type Name } from './cast.ts';
import type { Stage } from './stage.ts';
import { DEPLOY, SHOP } from './upstreams.ts';

export function guide({ directory, doors, lastPush }: Stage): readonly string[] {
  const shop = `${doors.http}/${SHOP.path}.git`;
  const deploy = `ssh://${doors.ssh}/${DEPLOY.path}.git`;
  const home = (name: Name) => asTyped(`${directory}/${name}`);
  // As they come when the steps are taken in order; git shows the number of each push that is held.
  const [held, heldToo] = [lastPush + 2, lastPush + 3];
  return [
    '',
    `sallyport demo is ready: ${doors.http} ssh://${doors.ssh}`,
    '',
    `  upstreams  acme/** over http, ops/** over ssh; nobody but the gate has their credentials`,
    `  to open    ${doors.http}/ and ${doors.http}/api/openapi.json`,
    `  directory  ${directory}`,
    '             policy.yaml (edit it, the next push is decided by it), gateway.log, upstream.log',
    `  people     ${CAST.map(({ name, role }) => `${name} (${role})`).join(', ')}`,
    '',
    '1. In another terminal, be alice: git and sallyport act as her in that shell.',
    `     cd ${home('alice')} && . ./env`,
    `     git clone ${shop} && cd shop`,
    '',
    '2. An ordinary push lands.',
    "     echo 'Open all day.' >> README.md",
    "     git commit -am 'readme: opening hours' && git push",
    '',
    '3. A push that touches production is held. Alice may not approve her own.',
    "     echo '# a bigger instance' >> infra/prod/db.tf",
    "     git commit -am 'infra: bigger database'; git push",
    `     sallyport push approve ${held}`,
    '',
    '4. In a third terminal, be bob: look at it and approve it. The gate relays it by itself.',
    `     cd ${home('bob')} && . ./env`,
    '     sallyport push ls --state held',
    `     sallyport push diff ${held}`,
    `     sallyport push approve ${held} -m 'looks right'`,
    '',
    '5. The same over ssh, to an upstream over ssh; alice stays connected until bob has approved.',
    `     cd ${home('alice')} && . ./env`,
    `     git clone ${deploy} && cd deploy`,
    '     echo shop-3.example.com >> infra/prod/hosts',
    "     git commit -am 'prod: a third machine'; git push -o sallyport.wait=10m",
    `   bob:`,
    `     sallyport push approve ${heldToo}`,
    '',
    '6. Be carol: what happened, and is the record whole?',
    `     cd ${home('carol')} && . ./env`,
    `     sallyport audit search --push ${held}`,
    '     sallyport audit verify',
    '',
    `Also: be copilot, whose pushes alice may not approve; try git push --force; look at ${directory}/upstream.log.`,
    'Ctrl-C ends the demo.',
  ];
}
