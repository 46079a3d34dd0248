// Generated ids, names of resources and numbers that nobody keeps secret.
import type { Sample } from '../sample.ts';

export const IDENTIFIERS: readonly Sample[] = [
  {
    path: 'fixtures/orders.json',
    text: (k) => `[
  { "id": "${k.uuid()}", "key": "order-2023-000117", "tokenId": "${k.uuid()}", "etag": "W/\\"${k.noise('hex', 32)}\\"" },
  { "id": "${k.uuid()}", "key": "${k.trap('cus_NffrFeUfNV2Hib')}", "session_id": "${k.uuid()}", "cursor": "${k.noise('base64', 44)}" },
  { "_id": { "$oid": "${k.noise('hex', 24)}" }, "ulid": "${k.trap(`01H7${k.text('upper', 22)}`)}", "ksuid": "${k.noise('alnum', 27)}" }
]
`,
  },
  {
    path: 'logs/access.log',
    text: (
      k,
    ) => `10.0.0.7 - - [17/Aug/2023:09:31:22 +0200] "GET /login?next=/account HTTP/1.1" 200 512 "-" "curl/8.1" trace=${k.noise('hex', 32)}
10.0.0.7 - - [17/Aug/2023:09:31:23 +0200] "POST /password/reset HTTP/1.1" 302 0 req_${k.noise('alnum', 14)}
traceparent: 00-${k.noise('hex', 32)}-${k.noise('hex', 16)}-01 x-request-id: ${k.uuid()} x-amz-id-2: ${k.noise('base64', 76)}
`,
  },
  {
    path: 'infra/ids.yaml',
    text: (k) => `vpc: vpc-${k.noise('hex', 17)}
ami: ami-${k.noise('hex', 17)}
role: ${k.trap('arn:aws:iam::123456789012:role/secret-rotation')}
kms_key_id: ${k.uuid()}
key_arn: arn:aws:kms:eu-central-1:123456789012:key/${k.uuid()}
tenant_id: ${k.uuid()}
client_id: ${k.uuid()}
subscription: ${k.uuid()}
oidc_client_id: ${k.trap('0oa1b2c3d4E5f6G7h8i9')}
user_pool: ${k.trap('eu-central-1_aBcDeFgHi')}
zone_id: ${k.trap(`Z0${k.text('upper', 19)}`)}
cloudflare_account_id: ${k.noise('hex', 32)}
`,
  },
  {
    path: 'app/analytics.ts',
    text: (k) => `export const GA_MEASUREMENT_ID = '${k.trap('G-8X2K1QZ7WP')}';
export const GTM = "${k.trap('GTM-5KX9QZ2')}";
export const sentryDsn = 'https://${k.noise('hex', 32)}@o417112.ingest.sentry.io/5312345';
export const segmentWriteKeyName = '${k.trap('segment-write-key')}';
export const recaptchaSiteKey = '${k.trap(`6Lc${k.text('url', 37)}`)}';
export const algolia = { appId: '${k.noise('upper', 10)}', searchOnlyApiKey: '${k.noise('hex', 32)}' };
`,
  },
  {
    path: 'Project.xcodeproj/project.pbxproj',
    text: (
      k,
    ) => `		${k.noise('HEX', 24)} /* TokenStore.swift in Sources */ = {isa = PBXBuildFile; fileRef = ${k.noise('HEX', 24)} /* TokenStore.swift */; };
		${k.noise('HEX', 24)} /* Password.swift */ = {isa = PBXFileReference; path = Password.swift; sourceTree = "<group>"; };
		DEVELOPMENT_TEAM = ${k.trap('9X7K2Q4W8Z')};
`,
  },
  {
    path: 'Acme.sln',
    text: (
      k,
    ) => `Project("{FAE04EC0-301F-11D3-BF4B-00C04F79EFBC}") = "Acme.Secrets", "Acme.Secrets.csproj", "{${k.trap('7C2B1A34-88D1-4C5E-9E0F-1A2B3C4D5E6F')}}"
EndProject
  <PackageReference Include="Azure.Security.KeyVault.Secrets" Version="4.5.0" />
  [assembly: AssemblyKeyFile("${k.trap('acme.snk')}")] // PublicKeyToken=${k.trap('b03f5f7f11d50a3a')}
  <UserSecretsId>${k.trap('aspnet-Acme-5E2A7F54-1C3B-4D5E-8F90-123456789ABC')}</UserSecretsId>
`,
  },
  {
    path: 'scenes/Main.unity',
    text: (k) => `  m_Script: {fileID: 11500000, guid: ${k.noise('hex', 32)}, type: 3}
  tokenPrefab: {fileID: 5881234567890123456, guid: ${k.noise('hex', 32)}, type: 3}
  keyMaterial: {fileID: 2100000, guid: ${k.noise('hex', 32)}, type: 2}
`,
  },
  {
    path: 'db/migrate/ids.sql',
    text: (k) => `INSERT INTO feature_keys (id, key, name) VALUES ('${k.uuid()}', 'beta-token-page', 'Token page');
INSERT INTO files (sha1, path) VALUES ('${k.noise('hex', 40)}', 'img/password.png');
UPDATE users SET password_digest = NULL, reset_token = NULL WHERE id = '${k.uuid()}';
INSERT INTO events (trace, token_type) VALUES ('${k.noise('hex', 32)}', 'bearer');
`,
  },
  {
    path: 'contracts/Token.sol',
    text: (k) => `pragma solidity ^0.8.19;
contract Token is ERC20("Acme Token", "ACME") {
    address constant TREASURY = 0x${k.noise('hex', 40)};
    bytes32 public constant MINTER_ROLE = 0x${k.noise('hex', 64)};
    // deployed in 0x${k.noise('hex', 64)}
}
`,
  },
  {
    path: 'web/video.tsx',
    text: (k) => `const VIDEO = 'https://www.youtube.com/watch?v=${k.noise('url', 11)}';
const SHEET = 'https://docs.google.com/spreadsheets/d/${k.noise('url', 44)}/edit#gid=0';
const FORM = "https://docs.google.com/forms/d/e/1FAIpQLS${k.noise('url', 49)}/viewform";
const CDN = 'https://d${k.noise('lower', 13)}.cloudfront.net/assets/token-icon.svg';
const S3 = "https://acme.s3.amazonaws.com/exports/${k.noise('hex', 32)}/report.pdf";
const GIST = 'https://gist.github.com/acme/${k.noise('hex', 32)}';
`,
  },
  {
    path: 'Jobs/manifest.json',
    text: (k) => `{
  "key": "${k.trap('MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A')}${k.text('base64', 360)}",
  "oauth2": { "client_id": "844020112233-${k.noise('lower', 32)}.apps.googleusercontent.com", "scopes": ["email"] },
  "manifest_version": 3,
  "short_name": "secrets"
}
`,
  },
];
