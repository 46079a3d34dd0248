// Secrets in Terraform, Ansible, CloudFormation, Pulumi, Puppet, Salt and Packer.
import type { Sample } from '../sample.ts';

export const INFRASTRUCTURE: readonly Sample[] = [
  {
    path: 'infra/prod.tfvars',
    text: (k) => `region          = "eu-central-1"
db_username     = "crm"
db_password     = "${k.password('tfvars')}"
datadog_api_key = "${k.token('datadog')}"
datadog_app_key = "${k.token('datadog-app')}"
do_token        = "${k.token('digitalocean')}"
admin_secret    = "${k.key('tfvars')}"
instance_type   = "t3.medium"
`,
  },
  {
    path: 'infra/main.tf',
    text: (k) => `provider "aws" {
  region     = "eu-central-1"
  access_key = "${k.neutral(`AKIA${k.text('BASE32', 16)}`)}"
  secret_key = "${k.token('aws')}"
}

provider "cloudflare" {
  api_token = "${k.token('cloudflare')}"
}

resource "aws_db_instance" "crm" {
  engine              = "postgres"
  username            = "crm"
  password            = "${k.password('terraform')}"
  skip_final_snapshot = true
}

variable "grafana_auth" {
  type    = string
  default = "${k.token('grafana')}"
}
`,
  },
  {
    path: 'infra/terraform.tfstate',
    text: (k) => `{
  "version": 4,
  "terraform_version": "1.5.7",
  "lineage": "9f5ce6a5-7d0c-4f6e-8c1b-0a4d7e1f2b3c",
  "resources": [
    {
      "type": "aws_db_instance",
      "name": "crm",
      "instances": [ { "attributes": {
        "address": "crm.c9x8.eu-central-1.rds.amazonaws.com",
        "arn": "arn:aws:rds:eu-central-1:123456789012:db:crm",
        "password": "${k.password('tfstate')}",
        "username": "crm"
      } } ]
    },
    {
      "type": "tls_private_key",
      "instances": [ { "attributes": { "algorithm": "ECDSA", "private_key_pem": "${k.escapedPem('ec-sec1')}\\n" } } ]
    },
    {
      "type": "random_password",
      "instances": [ { "attributes": { "length": 20, "result": "${k.secret('password', `${k.text('alnum', 12)}%${k.text('alnum', 7)}`, 'random-password')}", "special": true } } ]
    }
  ]
}
`,
  },
  {
    path: 'infra/backend.hcl',
    text: (k) => `organization = "acme"
token        = "${k.token('terraform')}"
credentials "app.terraform.io" {
  token = "${k.token('terraform')}"
}
`,
  },
  {
    path: 'ansible/group_vars/all.yml',
    text: (k) => `ansible_user: deploy
ansible_become_password: ${k.plainPassword('ansible')}
mysql_root_password: "${k.password('ansible')}"
grafana_admin_password: ${k.plainPassword('ansible')}
backup_passphrase: '${k.password('ansible')}'
vault_token: ${k.token('vault')}
ntp_server: pool.ntp.org
`,
  },
  {
    path: 'ansible/inventory.ini',
    text: (k) => `[web]
web1 ansible_host=10.1.0.4 ansible_user=deploy ansible_ssh_pass=${k.plainPassword('inventory')}
web2 ansible_host=10.1.0.5 ansible_user=deploy ansible_password='${k.password('inventory')}'

[web:vars]
ansible_sudo_pass=${k.plainPassword('inventory')}
`,
  },
  {
    path: 'cloudformation/stack.yaml',
    text: (k) => `AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  DbPassword:
    Type: String
    NoEcho: true
    Default: ${k.plainPassword('cloudformation')}
Resources:
  Db:
    Type: AWS::RDS::DBInstance
    Properties:
      MasterUsername: crm
      MasterUserPassword: '${k.password('cloudformation')}'
  Fn:
    Type: AWS::Lambda::Function
    Properties:
      Environment:
        Variables:
          OPENAI_API_KEY: ${k.token('openai')}
          SLACK_TOKEN: ${k.token('slack-bot')}
`,
  },
  {
    path: 'Pulumi.prod.yaml',
    text: (k) => `config:
  aws:region: eu-west-1
  crm:dbPassword: ${k.plainPassword('pulumi')}
  crm:apiKey:
    secure: ${k.trap(`AAABA${k.text('base64', 60)}==`)}
  newrelic:apiKey: ${k.token('newrelic')}
`,
  },
  {
    path: 'hieradata/common.yaml',
    text: (k) => `---
profile::mysql::root_password: '${k.password('puppet')}'
profile::rabbit::password: ${k.plainPassword('puppet')}
profile::web::workers: 8
postgresql::server::postgres_password: ${k.plainPassword('puppet')}
`,
  },
  {
    path: 'pillar/web.sls',
    text: (k) => `mysql:
  connection.user: salt
  connection.pass: ${k.plainPassword('salt')}
users:
  deploy:
    password: ${k.secret('shadow', `$6$${k.text('alnum', 12)}$${k.text('alnum', 86)}`, 'crypt-hash')}
pagerduty:
  pagerduty.api_key: ${k.secret('pagerduty', k.text('url', 20))}
`,
  },
  {
    path: 'packer/image.pkr.hcl',
    text: (k) => `source "vsphere-iso" "base" {
  vcenter_server = "vc.corp.local"
  username       = "packer@vsphere.local"
  password       = "${k.password('packer')}"
  ssh_username   = "root"
  ssh_password   = "${k.plainPassword('packer')}"
  winrm_password = "${k.password('packer')}"
}
`,
  },
  {
    path: 'Vagrantfile',
    text: (k) => `Vagrant.configure("2") do |config|
  config.vm.box = "generic/debian12"
  config.ssh.password = "${k.plainPassword('vagrant')}"
  config.vm.provision "shell", env: { "DB_PASSWORD" => "${k.password('vagrant')}", "GITHUB_TOKEN" => "${k.token('github-fine')}" }
end
`,
  },
];
