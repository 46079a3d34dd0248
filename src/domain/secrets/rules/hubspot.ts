import { prefixed } from '../build/prefixed.ts';
import { UUID } from '../shape.ts';

const vendor = 'HubSpot';
const url = 'https://developers.hubspot.com/docs/guides/apps/private-apps/overview';
const remedy = 'Rotate the access token under Private apps in the HubSpot settings and expire the old one at once.';

export const hubspotRules = [
  prefixed({
    id: 'hubspot-private-app-token',
    vendor,
    title: 'HubSpot private app access token',
    severity: 'critical',
    url,
    remedy,
    prefix: ['pat-na1-', 'pat-na2-', 'pat-na3-', 'pat-eu1-', 'pat-ap1-'],
    parts: [...UUID],
  }),
];
