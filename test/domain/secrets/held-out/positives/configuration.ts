// Secrets in YAML, TOML, JSON, XML, INI, HOCON, property lists and server settings.
import type { Sample } from '../sample.ts';

export const CONFIGURATION: readonly Sample[] = [
  {
    path: 'src/main/resources/application-prod.yml',
    text: (k) => `spring:
  datasource:
    url: jdbc:mysql://db.internal:3306/crm
    username: crm
    password: ${k.plainPassword('spring')}
  mail:
    host: smtp.eu.mailgun.org
    password: '${k.password('spring')}'
  security:
    oauth2:
      client:
        registration:
          github:
            client-id: Iv1.8a61f9b3a7aba766
            client-secret: ${k.secret('github', k.text('hex', 40), 'oauth-app-secret')}
jwt:
  secret: ${k.key('jwt')}
  expiration: 86400
`,
  },
  {
    path: 'src/main/resources/application.properties',
    text: (k) => `server.port=8443
server.ssl.key-store=classpath:keystore.p12
server.ssl.key-store-password=${k.plainPassword('properties')}
spring.datasource.username=crm
spring.datasource.password=${k.plainPassword('properties')}
spring.redis.password = ${k.plainPassword('properties')}
app.recaptcha.secret: 6L${k.secret('recaptcha', `${k.text('url', 38)}`)}
cloud.aws.credentials.secret-key=${k.token('aws')}
`,
  },
  {
    path: 'appsettings.Production.json',
    text: (k) => `{
  "Logging": { "LogLevel": { "Default": "Information" } },
  "ConnectionStrings": {
    "Default": "Server=sql1;Database=Crm;User Id=crm;Password=${k.plainPassword('sqlserver')};TrustServerCertificate=true",
    "Redis": "cache.redis.cache.windows.net:6380,password=${k.secret('azure', `${k.text('base64', 43)}=`, 'redis-key')},ssl=True,abortConnect=False"
  },
  "Jwt": { "Key": "${k.key('jwt')}", "Issuer": "crm" },
  "SendGrid": { "ApiKey": "${k.token('sendgrid')}" },
  "AzureAd": { "ClientId": "9b7d4f0e-5d0b-4f7e-8a43-4f8f0f6a2f11", "ClientSecret": "${k.token('azuread')}" }
}
`,
  },
  {
    path: 'config/default.json',
    text: (k) => `{
  "http": { "port": 8080 },
  "mailchimp": { "apiKey": "${k.token('mailchimp')}" },
  "db": { "user": "app", "pass": "${k.password('json')}", "host": "pg1" },
  "session": { "secret": "${k.key('session')}" },
  "contentful": { "managementToken": "${k.token('contentful')}" },
  "airtable": { "token": "${k.token('airtable')}", "base": "appJ3kq1Wv0Zr9xTy" }
}
`,
  },
  {
    path: 'gcp/service-account.json',
    text: (k) => `{
  "type": "service_account",
  "project_id": "acme-prod-221100",
  "private_key_id": "${k.neutral(k.text('hex', 40))}",
  "private_key": "${k.escapedPem('rsa-pkcs8')}\\n",
  "client_email": "deploy@acme-prod-221100.iam.gserviceaccount.com",
  "client_id": "104857600104857600104",
  "token_uri": "https://oauth2.googleapis.com/token"
}
`,
  },
  {
    path: 'client_secret.json',
    text: (
      k,
    ) => `{"installed":{"client_id":"844020112233-q2w3e4r5t6y7u8i9o0p1a2s3d4f5g6h7.apps.googleusercontent.com","project_id":"acme","auth_uri":"https://accounts.google.com/o/oauth2/auth","client_secret":"${k.token('google-secret')}","redirect_uris":["http://localhost"]}}
`,
  },
  {
    path: 'token.json',
    text: (
      k,
    ) => `{"token": "${k.token('google-access')}", "refresh_token": "${k.token('google-refresh')}", "token_uri": "https://oauth2.googleapis.com/token", "scopes": ["https://www.googleapis.com/auth/drive"], "expiry": "2023-08-17T09:31:22Z"}
`,
  },
  {
    path: 'config.toml',
    text: (k) => `title = "indexer"

[database]
host = "pg1"
user = "indexer"
password = "${k.password('toml')}"

[api]
token = '${k.key('token')}'
rate = 5

[storage.s3]
access_key = "${k.neutral(`AKIA${k.text('BASE32', 16)}`)}"
secret_key = "${k.token('aws')}"
`,
  },
  {
    path: '.streamlit/secrets.toml',
    text: (k) => `OPENAI_KEY = "${k.token('openai')}"
db_password = "${k.password('toml')}"

[connections.snowflake]
account = "xy12345"
user = "dash"
password = "${k.password('toml')}"
`,
  },
  {
    path: 'etc/service.ini',
    text: (k) => `[client]
user=backup
password=${k.plainPassword('mysql-client')}

[smtp]
smtp_user = AKIAX
smtp_password = ${k.plainPassword('ini')}

[security]
admin_user = admin
admin_password = ${k.plainPassword('ini')}
secret_key = ${k.key('ini')}
`,
  },
  {
    path: 'Web.config',
    text: (k) => `<?xml version="1.0"?>
<configuration>
  <connectionStrings>
    <add name="Crm" connectionString="Data Source=SQL1;Initial Catalog=Crm;User ID=crm;Password=${k.plainPassword('sqlserver')}" providerName="System.Data.SqlClient" />
  </connectionStrings>
  <appSettings>
    <add key="SmtpPassword" value="${k.password('xml')}" />
    <add key="TwilioAuthToken" value="${k.token('twilio')}" />
    <add key="webpages:Version" value="3.0.0.0" />
  </appSettings>
  <system.web>
    <machineKey validationKey="${k.secret('aspnet', k.text('HEX', 128), 'machine-key')}" decryptionKey="${k.secret('aspnet', k.text('HEX', 64), 'machine-key')}" validation="SHA1" decryption="AES" />
  </system.web>
</configuration>
`,
  },
  {
    path: 'hibernate.cfg.xml',
    text: (k) => `<hibernate-configuration>
  <session-factory>
    <property name="hibernate.connection.username">crm</property>
    <property name="hibernate.connection.password">${k.plainPassword('xml')}</property>
    <property name="hibernate.dialect">org.hibernate.dialect.MySQL8Dialect</property>
  </session-factory>
</hibernate-configuration>
`,
  },
  {
    path: 'conf/tomcat-users.xml',
    text: (k) => `<tomcat-users>
  <role rolename="manager-gui"/>
  <user username="deployer" password="${k.password('tomcat')}" roles="manager-script"/>
</tomcat-users>
<Context>
  <Resource name="jdbc/crm" auth="Container" type="javax.sql.DataSource" username="crm" password="${k.plainPassword('tomcat')}" url="jdbc:mysql://db/crm"/>
</Context>
`,
  },
  {
    path: 'ios/Config.plist',
    text: (k) => `<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0">
<dict>
	<key>API_SECRET</key>
	<string>${k.key('plist')}</string>
	<key>MailPassword</key>
	<string>${k.password('plist')}</string>
	<key>BundleVersion</key>
	<string>1.4.2</string>
</dict>
</plist>
`,
  },
  {
    path: 'android/app/src/main/res/values/secrets.xml',
    text: (k) => `<resources>
    <string name="app_name">Shop</string>
    <string name="google_maps_key" translatable="false">${k.token('google')}</string>
    <string name="client_secret">${k.key('android')}</string>
</resources>
`,
  },
  {
    path: 'etc/redis/redis.conf',
    text: (k) => `bind 0.0.0.0
port 6379
requirepass ${k.plainPassword('redis')}
masterauth ${k.plainPassword('redis')}
maxmemory 512mb
`,
  },
  {
    path: 'conf/application.conf',
    text: (k) => `play.http.secret.key="${k.secret('play', k.text('alnum', 64), 'secret-key')}"
slick.dbs.default.db {
  user = "play"
  password = "${k.password('hocon')}"
}
mailer { host = smtp.sendgrid.net, user = apikey, password = "${k.token('sendgrid')}" }
`,
  },
  {
    path: 'nginx/conf.d/upstream.conf',
    text: (k) => `location /reports/ {
  proxy_pass https://reports.internal;
  proxy_set_header Authorization "Basic ${k.secret('basic', Buffer.from(`reports:${k.text('alnum', 14)}`).toString('base64'))}";
  proxy_set_header X-Api-Key "${k.key('nginx')}";
}
`,
  },
  {
    path: 'wg0.conf',
    text: (k) => `[Interface]
Address = 10.8.0.2/24
PrivateKey = ${k.secret('wireguard', `${k.text('base64', 42)}g=`)}

[Peer]
PublicKey = ${k.trap(`${k.text('base64', 42)}Q=`)}
PresharedKey = ${k.secret('wireguard', `${k.text('base64', 42)}k=`, 'preshared-key')}
Endpoint = vpn.acme.dev:51820
`,
  },
  {
    path: 'etc/wpa_supplicant.conf',
    text: (k) => `ctrl_interface=DIR=/var/run/wpa_supplicant
network={
    ssid="Warehouse"
    psk="${k.plainPassword('wifi')}"
    key_mgmt=WPA-PSK
}
network={
    ssid="eduroam"
    identity="m.muster@uni.example"
    password="${k.password('wifi')}"
}
`,
  },
];
