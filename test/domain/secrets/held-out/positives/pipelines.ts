// Secrets in CI workflows.
import type { Sample } from '../sample.ts';

export const PIPELINES: readonly Sample[] = [
  {
    path: '.github/workflows/release.yml',
    text: (k) => `name: release
on: { push: { tags: ['v*'] } }
jobs:
  npm:
    runs-on: ubuntu-latest
    env:
      NODE_AUTH_TOKEN: ${k.token('npm')}
      CODECOV_TOKEN: ${k.secret('codecov', `${k.text('hex', 8)}-${k.text('hex', 4)}-4${k.text('hex', 3)}-8${k.text('hex', 3)}-${k.text('hex', 12)}`)}
    steps:
      - uses: actions/checkout@8f4b7f84864484a7bf31766abe9204da3cbe65b3
      - run: npm publish
      - uses: pypa/gh-action-pypi-publish@release/v1
        with:
          user: __token__
          password: ${k.token('pypi')}
      - run: curl -X POST -H "Authorization: Bearer ${k.token('netlify')}" https://api.netlify.com/build
`,
  },
  {
    path: '.gitlab-ci.yml',
    text: (k) => `image: docker:24
variables:
  DOCKER_TLS_CERTDIR: ""
  DB_PASSWORD: "${k.plainPassword('gitlab-ci')}"
  SONAR_TOKEN: ${k.token('sonar')}

deploy:
  stage: deploy
  script:
    - docker login -u ci -p ${k.token('gitlab')} registry.gitlab.com
    - curl --request POST --form token=${k.token('gitlab-trigger')} --form ref=main https://gitlab.com/api/v4/projects/1/trigger/pipeline
    - 'curl --header "PRIVATE-TOKEN: ${k.token('gitlab-routable')}" https://gitlab.com/api/v4/user'
    - sshpass -p '${k.password('sshpass')}' ssh deploy@web1 ./restart.sh
`,
  },
  {
    path: '.circleci/config.yml',
    text: (k) => `version: 2.1
jobs:
  build:
    docker:
      - image: acme/build:9
        auth:
          username: acmebot
          password: ${k.token('dockerhub')}
        environment:
          AWS_ACCESS_KEY_ID: ${k.neutral(`AKIA${k.text('BASE32', 16)}`)}
          AWS_SECRET_ACCESS_KEY: ${k.token('aws')}
      - image: postgres:14
        environment: { POSTGRES_PASSWORD: ${k.plainPassword('circleci')} }
`,
  },
  {
    path: 'Jenkinsfile',
    text: (k) => `pipeline {
  agent any
  environment {
    SONAR_LOGIN = '${k.token('sonar')}'
    NEXUS_PASSWORD = "${k.password('jenkins')}"
    SLACK_URL = '${k.token('slack-webhook')}'
  }
  stages {
    stage('Push') {
      steps { sh "git push https://jenkins:${k.token('bitbucket')}@bitbucket.org/acme/site.git" }
    }
  }
}
`,
  },
  {
    path: '.travis.yml',
    text: (k) => `language: ruby
env:
  global:
    - RUBYGEMS_API_KEY=${k.token('rubygems')}
    - DB_PASS=${k.plainPassword('travis')} CI=1
    - secure: "${k.noise('base64', 172)}"
deploy:
  provider: heroku
  api_key: ${k.token('heroku')}
  app: acme-web
`,
  },
  {
    path: 'azure-pipelines.yml',
    text: (k) => `trigger: [main]
variables:
  - name: sqlAdminPassword
    value: ${k.plainPassword('azure-pipelines')}
  - name: azureDevOpsPat
    value: ${k.token('azuredevops')}
steps:
  - script: az login --service-principal -u http://deploy -p ${k.token('azuread')} --tenant contoso.onmicrosoft.com
  - script: az storage blob upload --account-name acme --account-key ${k.token('azurestorage')} -f out.zip
`,
  },
  {
    path: 'bitbucket-pipelines.yml',
    text: (k) => `pipelines:
  default:
    - step:
        script:
          - export ARTIFACTORY_TOKEN=${k.token('artifactory')}
          - export BUILDKITE_TOKEN=${k.token('buildkite')} && ./upload.sh
          - lftp -u web,${k.plainPassword('lftp')} ftp.acme.dev -e "mirror -R dist /"
          - pipe: atlassian/slack-notify:2.0.0
            variables:
              WEBHOOK_URL: '${k.token('slack-webhook')}'
`,
  },
  {
    path: '.drone.yml',
    text: (k) => `kind: pipeline
steps:
  - name: publish
    image: plugins/docker
    settings:
      username: acme
      password: ${k.plainPassword('drone')}
      repo: acme/web
  - name: notify
    image: plugins/webhook
    settings:
      urls: ${k.token('msteams')}
      token: ${k.key('drone')}
`,
  },
  {
    path: 'fastlane/Fastfile',
    text: (k) => `ENV["FASTLANE_PASSWORD"] = "${k.password('fastlane')}"
ENV['MATCH_PASSWORD'] = '${k.plainPassword('fastlane')}'

lane :beta do
  match(git_url: "https://acme:${k.token('github')}@github.com/acme/certs.git")
  slack(slack_url: "${k.token('slack-webhook')}")
  firebase_app_distribution(firebase_cli_token: "${k.token('google-refresh')}")
end
`,
  },
];
