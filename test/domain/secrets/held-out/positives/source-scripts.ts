// Secrets in Perl, Lua, R, Elixir, Clojure, Haskell, Groovy, Dart, Julia, PowerShell, batch, Nix, VB and SQL.
import type { Sample } from '../sample.ts';

export const SOURCE_SCRIPTS: readonly Sample[] = [
  {
    path: 'bin/report.pl',
    text: (k) => `#!/usr/bin/perl
use strict; use warnings; use DBI;

my $password = '${k.password('perl')}';
my $dbh = DBI->connect("dbi:Pg:dbname=reports;host=pg2", "reports", "${k.password('dbi')}", { RaiseError => 1 });
my %ftp = ( host => 'ftp.partner.net', user => 'reports', password => '${k.plainPassword('ftp')}' );
`,
  },
  {
    path: 'conf/gateway.lua',
    text: (k) => `local _M = {}

_M.redis = { host = "127.0.0.1", port = 6379, auth = "${k.plainPassword('redis')}" }
_M.jwt_secret = "${k.key('jwt')}"

function _M.headers()
  ngx.req.set_header("Authorization", "Bearer ${k.key('bearer')}")
end

return _M
`,
  },
  {
    path: 'analysis/load.R',
    text: (k) => `library(DBI)
con <- dbConnect(RPostgres::Postgres(), host = "pg2", user = "analyst", password = "${k.password('postgres')}")
Sys.setenv(GITHUB_PAT = "${k.token('github')}", "RAPIDAPI_KEY" = "${k.token('rapidapi')}")
api_key <- "${k.key('api-key')}"
rsconnect::setAccountInfo(name = 'stats', token = '${k.secret('rsconnect', k.text('HEX', 32), 'token')}', secret = '${k.secret('rsconnect', k.text('base64', 40), 'secret')}')
`,
  },
  {
    path: 'config/prod.secret.exs',
    text: (k) => `import Config

config :shop, ShopWeb.Endpoint,
  secret_key_base: "${k.secret('phoenix', k.text('base64', 64), 'secret-key-base')}"

config :shop, Shop.Repo,
  username: "shop",
  password: "${k.password('ecto')}",
  database: "shop_prod"

config :stripity_stripe, api_key: "${k.token('stripe')}"
`,
  },
  {
    path: 'resources/config.edn',
    text: (k) => `{:db   {:dbtype "postgresql" :user "ledger" :password "${k.password('clojure')}"}
 :auth {:secret "${k.key('auth')}"}
 :slack {:token "${k.token('slack-bot')}"}}
`,
  },
  {
    path: 'app/Settings.hs',
    text: (k) => `module Settings where

apiKey :: String
apiKey = "${k.key('api-key')}"

dbInfo :: ConnectInfo
dbInfo = defaultConnectInfo { connectUser = "hs", connectPassword = "${k.password('postgres')}", connectDatabase = "hs" }
`,
  },
  {
    path: 'android/app/build.gradle',
    text: (k) => `android {
    signingConfigs {
        release {
            storeFile file('release.keystore')
            storePassword '${k.plainPassword('keystore')}'
            keyAlias 'release'
            keyPassword "${k.plainPassword('keystore')}"
        }
    }
    defaultConfig {
        buildConfigField "String", "API_SECRET", "\\"${k.key('build-config')}\\""
    }
}

publishing {
    repositories { maven { credentials { username 'ci'; password '${k.token('artifactory')}' } } }
}
`,
  },
  {
    path: 'lib/config/env.dart',
    text: (k) => `class Env {
  static const String supabaseServiceKey = '${k.token('supabase-secret')}';
  static const openAiKey = "${k.token('openai-project')}";
  static const Map<String, String> headers = {
    'x-api-key': '${k.key('api-key')}',
  };
}
`,
  },
  {
    path: 'src/Fetch.jl',
    text: (k) => `using HTTP, LibPQ
const API_TOKEN = "${k.key('token')}"
conn = LibPQ.Connection("host=pg2 dbname=climate user=jl password=${k.plainPassword('libpq')}")
ENV["NGROK_AUTHTOKEN"] = "${k.token('ngrok')}"
`,
  },
  {
    path: 'deploy/Install-Agent.ps1',
    text: (k) => `param([string]$Server = "dc01.corp.local")

$Password = ConvertTo-SecureString "${k.password('powershell')}" -AsPlainText -Force
$cred = New-Object System.Management.Automation.PSCredential("CORP\\svc-deploy", $Password)
$env:OCTOPUS_API_KEY = '${k.token('octopus')}'
$headers = @{ "Authorization" = "Bearer ${k.key('bearer')}"; "X-Octopus-ApiKey" = $env:OCTOPUS_API_KEY }
net use Z: \\\\fs01\\share /user:CORP\\svc-backup ${k.plainPassword('net-use')}
Connect-AzAccount -ServicePrincipal -Tenant $tenant -Credential $cred
`,
  },
  {
    path: 'build/publish.bat',
    text: (k) => `@echo off
set NUGET_API_KEY=${k.token('nuget')}
set DB_PASSWORD=${k.plainPassword('batch')}
sqlcmd -S sql1 -U deploy -P ${k.plainPassword('sqlcmd')} -i migrate.sql
dotnet nuget push *.nupkg -k %NUGET_API_KEY% -s https://api.nuget.org/v3/index.json
`,
  },
  {
    path: 'hosts/web1/configuration.nix',
    text: (k) => `{ config, pkgs, ... }:
{
  services.nextcloud.config.adminpass = "${k.password('nix')}";
  networking.wireless.networks."Office".psk = "${k.plainPassword('wifi')}";
  networking.wireguard.interfaces.wg0.privateKey = "${k.secret('wireguard', `${k.text('base64', 42)}A=`)}";
}
`,
  },
  {
    path: 'Legacy/Module1.vb',
    text: (k) => `Module Module1
    Private Const ApiPassword As String = "${k.password('vb')}"
    Dim cn As String = "Provider=SQLOLEDB;Data Source=SQL1;Initial Catalog=Crm;User Id=crm;Password=${k.plainPassword('oledb')};"
End Module
`,
  },
  {
    path: 'db/roles.sql',
    text: (k) => `CREATE USER 'app'@'%' IDENTIFIED BY '${k.password('mysql')}';
GRANT SELECT ON shop.* TO 'app'@'%';
ALTER ROLE reporting WITH LOGIN PASSWORD '${k.plainPassword('postgres')}';
CREATE LOGIN [svc] WITH PASSWORD = N'${k.password('mssql')}', CHECK_POLICY = OFF;
SET PASSWORD FOR 'root'@'localhost' = PASSWORD('${k.plainPassword('mysql')}');
`,
  },
  {
    path: 'db/dump-2023-04.sql',
    text: (k) => `-- MySQL dump 10.13  Distrib 8.0.32
INSERT INTO \`settings\` (\`key\`, \`value\`) VALUES
('site_name','Roasters'),
('sendgrid_key','${k.token('sendgrid')}'),
('stripe_secret','${k.token('stripe')}'),
('smtp_password','${k.password('sql-row')}');
INSERT INTO \`oauth_tokens\` VALUES (17,'github','${k.token('github-oauth')}','2023-04-02 10:11:12');
`,
  },
  {
    path: 'Makefile',
    text: (k) => `REGISTRY ?= registry.gitlab.com/acme
DEPLOY_TOKEN := ${k.token('gitlab-deploy')}
ADMIN_PASSWORD = ${k.plainPassword('make')}

.PHONY: push
push:
	docker login -u ci -p $(DEPLOY_TOKEN) $(REGISTRY)
	@curl -fsS -u admin:${k.plainPassword('curl')} https://deploy.acme.dev/hook
`,
  },
];
