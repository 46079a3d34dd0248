// Secrets in Dockerfiles, Compose, Kubernetes, Helm, kubeconfig and docker's settings.

import { pemOf } from '../keys.ts';
import { base64 } from '../kit.ts';
import type { Sample } from '../sample.ts';

export const CONTAINERS: readonly Sample[] = [
  {
    path: 'Dockerfile',
    text: (k) => `FROM node:20-alpine AS build
ARG NPM_TOKEN=${k.token('npm')}
RUN echo "//registry.npmjs.org/:_authToken=\${NPM_TOKEN}" > .npmrc && npm ci

FROM node:20-alpine
ENV DB_PASSWORD=${k.plainPassword('dockerfile')} \\
    SESSION_SECRET="${k.key('dockerfile')}"
ENV API_TOKEN ${k.key('dockerfile')}
RUN git clone https://x-access-token:${k.token('github')}@github.com/acme/private.git /src
CMD ["node", "server.js"]
`,
  },
  {
    path: 'worker/Dockerfile.prod',
    text: (k) => `FROM python:3.11
RUN pip install --extra-index-url https://build:${k.plainPassword('pip')}@pypi.acme.dev/simple acme-core
ENV SENTRY_AUTH_TOKEN=${k.token('sentry')}
RUN echo 'root:${k.plainPassword('chpasswd')}' | chpasswd
`,
  },
  {
    path: 'docker-compose.yml',
    text: (k) => `version: "3.8"
services:
  db:
    image: postgres:15
    environment:
      POSTGRES_USER: tickets
      POSTGRES_PASSWORD: ${k.plainPassword('compose')}
  app:
    image: acme/tickets:4
    environment:
      - DATABASE_URL=postgres://tickets:${k.plainPassword('postgres')}@db/tickets
      - SECRET_KEY_BASE=${k.secret('rails', k.text('hex', 128), 'secret-key-base')}
      - "SMTP_PASSWORD=${k.password('compose')}"
    command: ["--requirepass", "${k.plainPassword('argument')}"]
`,
  },
  {
    path: 'compose.override.yaml',
    text: (k) => `services:
  grafana:
    environment:
      GF_SECURITY_ADMIN_PASSWORD: '${k.password('compose')}'
  minio:
    environment: { MINIO_ROOT_USER: minio, MINIO_ROOT_PASSWORD: ${k.plainPassword('compose')} }
  tunnel:
    command: tunnel run --token ${k.secret('cloudflare', base64(JSON.stringify({ a: k.text('hex', 32), t: 'f9', s: k.text('base64', 44) })), 'tunnel-token')}
`,
  },
  {
    path: 'k8s/base/secret.yaml',
    text: (k) => `apiVersion: v1
kind: Secret
metadata:
  name: tickets
type: Opaque
data:
  username: dGlja2V0cw==
  password: ${k.secret('kubernetes', base64(`${k.text('alnum', 10)}!${k.text('alnum', 6)}`), 'secret-data')}
  api-token: ${k.secret('kubernetes', base64(k.text('alnum', 40)), 'secret-data')}
stringData:
  smtp-password: ${k.plainPassword('string-data')}
`,
  },
  {
    path: 'k8s/overlays/prod/secrets.yml',
    text: (k) => `kind: Secret
apiVersion: v1
metadata:
  name: tls
  namespace: web
data:
  tls.key: ${k.secret('private-key', base64(pemOf('rsa-pkcs1')), 'base64-pem')}
---
kind: Secret
apiVersion: v1
metadata: {name: db}
stringData:
  DATABASE_URL: mysql://web:${k.plainPassword('mysql')}@db/web
  token: "${k.key('string-data')}"
`,
  },
  {
    path: 'k8s/deployment.yaml',
    text: (k) => `apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: api
          image: acme/api@sha256:${k.noise('hex', 64)}
          env:
            - name: DB_PASSWORD
              value: ${k.plainPassword('k8s-env')}
            - name: STRIPE_KEY
              value: "${k.token('stripe')}"
            - name: LOG_LEVEL
              value: info
            - name: JWT_SIGNING_KEY
              value: ${k.key('k8s-env')}
`,
  },
  {
    path: 'chart/values.yaml',
    text: (k) => `image:
  repository: acme/api
  tag: 1.14.2
postgresql:
  auth:
    username: api
    password: ${k.plainPassword('helm')}
    postgresPassword: "${k.password('helm')}"
ingress:
  basicAuth: {user: ops, password: ${k.plainPassword('helm')}}
oauth2-proxy:
  config:
    clientSecret: ${k.key('helm')}
    cookieSecret: ${k.secret('oauth2-proxy', `${k.text('base64', 43)}=`, 'cookie-secret')}
`,
  },
  {
    path: 'kubeconfig',
    text: (k) => `apiVersion: v1
kind: Config
clusters:
- cluster:
    server: https://10.3.0.1:6443
  name: prod
users:
- name: admin
  user:
    client-certificate-data: ${k.trap(base64('-----BEGIN CERTIFICATE-----\nMIIB') + k.text('base64', 200))}
    client-key-data: ${k.secret('private-key', base64(pemOf('ec-sec1')), 'client-key-data')}
- name: robot
  user:
    token: ${k.token('jwt')}
- name: legacy
  user:
    username: admin
    password: ${k.plainPassword('kubeconfig')}
`,
  },
  {
    path: '.docker/config.json',
    text: (k) => `{
  "auths": {
    "https://index.docker.io/v1/": { "auth": "${k.secret('docker', base64(`acmebot:${k.text('alnum', 18)}`), 'registry-auth')}" },
    "ghcr.io": { "auth": "${k.secret('docker', base64(`acmebot:gho_${k.text('alnum', 36)}`), 'registry-auth')}", "email": "bot@acme.dev" },
    "registry.acme.dev": { "username": "bot", "password": "${k.password('docker')}" }
  },
  "credsStore": ""
}
`,
  },
  {
    path: 'k8s/pull-secret.yaml',
    text: (k) => `apiVersion: v1
kind: Secret
type: kubernetes.io/dockerconfigjson
metadata:
  name: regcred
data:
  .dockerconfigjson: ${k.secret('docker', base64(JSON.stringify({ auths: { 'registry.acme.dev': { username: 'bot', password: k.text('alnum', 20), auth: base64(`bot:${k.text('alnum', 20)}`) } } })), 'dockerconfigjson')}
`,
  },
];
