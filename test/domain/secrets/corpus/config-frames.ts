// Configuration and infrastructure files.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is between quotes is text of other languages.

import { ways } from './code-frames.ts';
import { camel, dotted, type Frame, kebab, pascal, snake } from './labelled.ts';

const dotenv: Frame = {
  path: '.env.production',
  head: '# production\nNODE_ENV=production\nPORT=8080\n',
  tail: 'LOG_LEVEL=info\n',
  filler: [
    'DATABASE_HOST=db.internal\n',
    'TOKEN_EXPIRY=3600\n',
    'PASSWORD_MIN_LENGTH=12\n',
    'SECRET_KEY=${SECRET_KEY}\n',
    'AUTH_PROVIDER=keycloak\n',
    'PUBLIC_KEY_PATH=/etc/keys/public.pem\n',
    '# API_KEY=\n',
  ],
  entry: ways(
    ({ name, value }) => `${name}=${value}\n`,
    ({ name, value }) => `${name}="${value}"\n`,
    ({ name, value }) => `export ${name}='${value}'\n`,
    ({ name, value }) => `# ${name}=${value}\n`,
  ),
};

const yaml: Frame = {
  path: 'config/application.yaml',
  head: 'service:\n  name: billing\n  replicas: 3\n',
  tail: 'logging:\n  level: info\n',
  filler: [
    '  tokenTtl: 3600\n',
    '  passwordPolicy: strong\n',
    '  key: region\n',
    '  secretName: billing-tls\n',
    '  authUrl: https://auth.internal/realms/main\n',
    '  passwordFile: /run/secrets/db_password\n',
  ],
  entry: ways(
    ({ name, value }) => `  ${snake(name)}: ${value}\n`,
    ({ name, value }) => `  ${camel(name)}: "${value}"\n`,
    ({ name, value }) => `  ${kebab(name)}: '${value}'\n`,
    ({ name, value }) => `    - name: ${name}\n      value: "${value}"\n`,
  ),
};

const toml: Frame = {
  path: 'config.toml',
  head: 'title = "service"\n\n[server]\nport = 8080\n\n[service]\n',
  tail: '\n[logging]\nlevel = "info"\n',
  filler: [
    'token_ttl = 3600\n',
    'key_file = "/etc/ssl/private/server.key"\n',
    'auth = "oidc"\n',
    'password_cost = 12\n',
  ],
  entry: ways(
    ({ name, value }) => `${snake(name)} = "${value}"\n`,
    ({ name, value }) => `${kebab(name)} = '${value}'\n`,
  ),
};

const json: Frame = {
  path: 'appsettings.json',
  head: '{\n  "name": "service",\n',
  tail: '  "version": "1.4.2"\n}\n',
  filler: [
    '  "tokenEndpoint": "https://login.internal/oauth/token",\n',
    '  "key": "value",\n',
    '  "passwordHelp": "At least 12 characters",\n',
    '  "secretRef": "projects/main/secrets/db/versions/latest",\n',
    '  "integrity": "sha512-Lbs7jjYqMoZz1OzWnXxCDVuKsyXf2t+fIM2iX1mMHTp1xZx9vRqQU5bZAh8eA4mWGxl3ykSyUuD4q1mJlOIQ4g==",\n',
  ],
  entry: ways(
    ({ name, value }) => `  "${name}": "${value}",\n`,
    ({ name, value }) => `  "${camel(name)}": "${value}",\n`,
    ({ name, value }) => `  "${snake(name)}":"${value}",\n`,
    ({ name, value }) => `  "${pascal(name)}" : "${value}",\n`,
  ),
};

const ini: Frame = {
  path: 'service.ini',
  head: '[main]\nname = service\n\n[credentials]\n',
  tail: '\n[log]\nlevel = info\n',
  filler: ['token_url = https://auth.internal/token\n', '; password = \n', 'key_size = 2048\n'],
  entry: ways(
    ({ name, value }) => `${snake(name)} = ${value}\n`,
    ({ name, value }) => `${snake(name)}=${value}\n`,
  ),
};

const properties: Frame = {
  path: 'src/main/resources/application.properties',
  head: 'spring.application.name=billing\n',
  tail: 'server.port=8080\n',
  filler: ['spring.datasource.username=billing\n', 'jwt.token.ttl=3600\n', 'security.password.encoder=bcrypt\n'],
  entry: ways(
    ({ name, value }) => `${dotted(name)}=${value}\n`,
    ({ name, value }) => `app.${kebab(name)} = ${value}\n`,
    ({ name, value }) => `app.${kebab(name)}: ${value}\n`,
  ),
};

const xml: Frame = {
  path: 'web.config',
  head: '<?xml version="1.0" encoding="utf-8"?>\n<configuration>\n  <appSettings>\n',
  tail: '  </appSettings>\n</configuration>\n',
  filler: ['    <add key="TokenLifetime" value="3600" />\n', '    <machineKey validation="HMACSHA256" />\n'],
  entry: ways(
    ({ name, value }) => `    <add key="${pascal(name)}" value="${value}" />\n`,
    ({ name, value }) => `    <${camel(name)}>${value}</${camel(name)}>\n`,
    ({ name, value }) => `    <property name="${camel(name)}" value="${value}"/>\n`,
    ({ name, value }) => `    <string name="${snake(name)}">${value}</string>\n`,
  ),
};

const dockerfile: Frame = {
  path: 'Dockerfile',
  head: 'FROM node@sha256:4f9c1d3cdb2dd3f1ea7d2f2c1f7b8bde2c3ab8b1a9dbb5b4b9c60f0f1fd0c6c2 AS build\nWORKDIR /app\n',
  tail: 'CMD ["node", "server.js"]\n',
  filler: [
    'ARG TOKEN\n',
    'RUN --mount=type=secret,id=npmrc npm ci\n',
    'COPY --chown=node . .\n',
    'ENV KEY_PATH=/keys\n',
  ],
  entry: ways(
    ({ name, value }) => `ENV ${name}=${value}\n`,
    ({ name, value }) => `ENV ${name} "${value}"\n`.replace(' "', '="'),
    ({ name, value }) => `ARG ${name}="${value}"\n`,
  ),
};

const workflow: Frame = {
  path: '.github/workflows/ci.yml',
  head: 'on: push\njobs:\n  build:\n    runs-on: ubuntu-latest\n    env:\n',
  tail: '    steps:\n      - uses: actions/checkout@b4ffde65f46336ab88eb53be808477a3936bae11 # v4\n',
  filler: [
    '      GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}\n',
    "      CACHE_KEY: deps-${{ hashFiles('**/package-lock.json') }}\n",
    '      TOKEN_URL: https://auth.internal/token\n',
  ],
  entry: ways(
    ({ name, value }) => `      ${name}: ${value}\n`,
    ({ name, value }) => `      ${name}: "${value}"\n`,
  ),
};

const compose: Frame = {
  path: 'docker-compose.yml',
  head: 'services:\n  app:\n    image: acme/app:1.4\n    environment:\n',
  tail: '    ports: ["8080:8080"]\n',
  filler: ['      - POSTGRES_PASSWORD=${POSTGRES_PASSWORD}\n', '      - TOKEN_TTL=3600\n', '      - LOG=debug\n'],
  entry: ways(
    ({ name, value }) => `      - ${name}=${value}\n`,
    ({ name, value }) => `      - "${name}=${value}"\n`,
    ({ name, value }) => `      ${name}: ${value}\n`,
  ),
};

const terraform: Frame = {
  path: 'infra/main.tf',
  head: 'terraform {\n  required_version = ">= 1.5"\n}\n\nlocals {\n',
  tail: '}\n',
  filler: [
    '  password = random_password.db.result\n',
    '  token    = data.vault_generic_secret.app.data["token"]\n',
    '  key_name = aws_key_pair.deploy.key_name\n',
  ],
  entry: ways(
    ({ name, value }) => `  ${snake(name)} = "${value}"\n`,
    ({ name, value }) => `  ${snake(name)}   =   "${value}" # temporary\n`,
    ({ name, value }) => `variable "${snake(name)}" {\n  type    = string\n  default = "${value}"\n}\n`,
  ),
};

export const CONFIG_FRAMES: readonly Frame[] = [
  dotenv,
  yaml,
  toml,
  json,
  ini,
  properties,
  xml,
  dockerfile,
  workflow,
  compose,
  terraform,
];
