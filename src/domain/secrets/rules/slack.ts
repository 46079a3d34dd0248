import { ALNUM, alphabet, BASE64, DIGITS, HEX, UPPER_ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { oneOf, run } from '../shape.ts';

const vendor = 'Slack';
const url = 'https://docs.slack.dev/authentication/tokens';
const remedy = 'Revoke the token with auth.revoke or in the settings of the Slack app and install it again.';
/** Ids of team and user; ids of old teams are shorter. */
const ID = run(DIGITS, 8, 15);
/** Some write JSON with its slashes escaped. */
const SLASH = oneOf('/', '\\/');
const COOKIE = alphabet('slack-cookie', `${BASE64.chars}%`);

export const slackRules = [
  prefixed({
    id: 'slack-bot-token',
    vendor,
    title: 'Slack bot token',
    severity: 'high',
    url,
    remedy,
    prefix: 'xoxb-',
    parts: [ID, '-', ID, '-', run(ALNUM, 18, 34)],
  }),
  prefixed({
    id: 'slack-legacy-bot-token',
    vendor,
    title: 'Slack bot token of the old form',
    severity: 'high',
    url,
    remedy,
    prefix: 'xoxb-',
    parts: [ID, '-', run(ALNUM, 18, 26)],
  }),
  prefixed({
    id: 'slack-user-token',
    vendor,
    title: 'Slack user token',
    severity: 'high',
    url,
    remedy,
    prefix: ['xoxp-', 'xoxe-', 'xoxs-', 'xoxo-'],
    parts: [ID, '-', ID, '-', ID, '-', run(HEX, 28, 64)],
  }),
  prefixed({
    id: 'slack-app-token',
    vendor,
    title: 'Slack app-level token',
    severity: 'high',
    url,
    remedy,
    prefix: 'xapp-1-',
    parts: [run(UPPER_ALNUM, 9, 13), '-', run(DIGITS, 10, 15), '-', run(HEX, 64)],
  }),
  prefixed({
    id: 'slack-config-token',
    vendor,
    title: 'Slack app configuration token or its refresh token',
    severity: 'high',
    url: 'https://docs.slack.dev/authentication/rotating-and-refreshing-tokens',
    remedy: 'Revoke the token in the list of your Slack apps and make a new one.',
    prefix: ['xoxe.xoxp-1-', 'xoxe.xoxb-1-', 'xoxe-1-'],
    parts: [run(ALNUM, 140, 200)],
  }),
  prefixed({
    id: 'slack-workspace-token',
    vendor,
    title: 'Slack workspace access or refresh token',
    severity: 'high',
    url,
    remedy,
    prefix: ['xoxa-2-', 'xoxr-2-', 'xoxr-', 'xoxa-'],
    parts: [run(ALNUM, 24, 64)],
  }),
  prefixed({
    id: 'slack-session-token',
    vendor,
    title: 'Slack session token of a browser',
    severity: 'high',
    url,
    remedy: 'Sign the user out of all Slack sessions.',
    prefix: 'xoxc-',
    parts: [ID, '-', ID, '-', ID, '-', run(HEX, 64)],
  }),
  prefixed({
    id: 'slack-session-cookie',
    vendor,
    title: 'Slack session cookie of a browser',
    severity: 'high',
    url,
    remedy: 'Sign the user out of all Slack sessions.',
    prefix: 'xoxd-',
    parts: [run(COOKIE, 60, 500)],
  }),
  prefixed({
    id: 'slack-incoming-webhook',
    vendor,
    title: 'Slack incoming webhook URL',
    severity: 'medium',
    url: 'https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks',
    remedy: 'Remove the webhook in the settings of the Slack app and add a new one.',
    prefix: ['hooks.slack.com/services/T', 'hooks.slack.com\\/services\\/T'],
    parts: [run(UPPER_ALNUM, 7, 12), oneOf('/B', '\\/B'), run(UPPER_ALNUM, 7, 12), SLASH, run(ALNUM, 24)],
  }),
  prefixed({
    id: 'slack-workflow-webhook',
    vendor,
    title: 'Slack workflow webhook URL',
    severity: 'medium',
    url: 'https://slack.com/help/articles/360041352714-Build-a-workflow--Create-a-workflow-that-starts-outside-of-Slack',
    remedy: 'Delete the trigger of the workflow in Slack and make a new one.',
    prefix: ['hooks.slack.com/workflows/T', 'hooks.slack.com\\/workflows\\/T'],
    parts: [run(UPPER_ALNUM, 7, 12), SLASH, run(UPPER_ALNUM, 7, 12), SLASH, run(DIGITS, 15, 22), SLASH, run(ALNUM, 24)],
  }),
  prefixed({
    id: 'slack-trigger-webhook',
    vendor,
    title: 'Slack workflow trigger URL',
    severity: 'medium',
    url: 'https://slack.com/help/articles/360041352714-Build-a-workflow--Create-a-workflow-that-starts-outside-of-Slack',
    remedy: 'Delete the trigger of the workflow in Slack and make a new one.',
    prefix: ['hooks.slack.com/triggers/T', 'hooks.slack.com/triggers/E', 'hooks.slack.com\\/triggers\\/T'],
    parts: [run(UPPER_ALNUM, 7, 12), SLASH, run(DIGITS, 10, 16), SLASH, run(HEX, 32)],
  }),
];
