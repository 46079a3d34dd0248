// Passwords in connection strings of databases, brokers and other servers.
import type { Sample } from '../sample.ts';

export const CONNECTIONS: readonly Sample[] = [
  {
    path: 'docs/runbook-databases.md',
    text: (k) => `# Runbook

Primary: \`postgres://crm:${k.plainPassword('postgres')}@pg1.internal:5432/crm\`
Replica: \`postgresql://reader:${k.plainPassword('postgres')}@pg2.internal/crm?sslmode=require\`
Cache: redis://:${k.plainPassword('redis')}@cache.internal:6379/0
Old search: https://elastic:${k.plainPassword('elastic')}@es.internal:9200
`,
  },
  {
    path: 'src/queue/settings.py',
    text: (k) => `CELERY_BROKER_URL = "amqp://celery:${k.plainPassword('amqp')}@mq:5672//"
RESULT_BACKEND = 'db+mysql://celery:${k.plainPassword('mysql')}@db/celery'
MONGO = "mongodb://root:${k.plainPassword('mongodb')}@m1:27017,m2:27017/admin?replicaSet=rs0"
NATS = "nats://svc:${k.plainPassword('nats')}@nats:4222"
CLICKHOUSE = 'clickhouse+native://default:${k.plainPassword('clickhouse')}@ch/metrics'
LDAP_URI = 'ldaps://cn=svc:${k.plainPassword('ldap')}@dc01'
`,
  },
  {
    path: 'conf/kafka/client.properties',
    text: (k) => `security.protocol=SASL_SSL
sasl.mechanism=PLAIN
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="${k.neutral(k.text('upper', 16))}" password="${k.secret('confluent', k.text('base64', 64))}";
ssl.truststore.password=${k.plainPassword('kafka')}
ssl.key.password=${k.plainPassword('kafka')}
`,
  },
  {
    path: 'odbc.ini',
    text: (k) => `[warehouse]
Driver = ODBC Driver 18 for SQL Server
Server = sql1
UID = loader
PWD = ${k.plainPassword('odbc')}

[teradata]
DefaultDatabase=dw
Username=loader
Password=${k.plainPassword('odbc')}
`,
  },
  {
    path: 'etl/Connections.java',
    text: (k) => `final class Connections {
    static final String ORACLE = "jdbc:oracle:thin:etl/${k.plainPassword('oracle')}@//ora1:1521/DW";
    static final String MSSQL = "jdbc:sqlserver://sql1:1433;databaseName=dw;user=etl;password=${k.plainPassword('mssql')};encrypt=true";
    static final String MYSQL = "jdbc:mysql://etl:${k.plainPassword('mysql')}@db1/dw";
    static final String SNOW = "jdbc:snowflake://xy.snowflakecomputing.com/?user=ETL&password=${k.plainPassword('snowflake')}&warehouse=WH";
}
`,
  },
  {
    path: 'superset_config.py',
    text: (k) => `SECRET_KEY = "${k.secret('superset', `${k.text('base64', 56)}`, 'secret-key')}"
SQLALCHEMY_DATABASE_URI = 'postgresql+psycopg2://superset:${k.plainPassword('postgres')}@pg1/superset'
EXTRA = "mssql+pyodbc://sa:${k.plainPassword('mssql')}@sql1/dw?driver=ODBC+Driver+18+for+SQL+Server"
SNOWFLAKE = f"snowflake://etl:${k.plainPassword('snowflake')}@xy12345/dw/public?warehouse=WH"
CONN = "DRIVER={ODBC Driver 17 for SQL Server};SERVER=sql1;DATABASE=dw;UID=sa;PWD=${k.plainPassword('odbc')}"
`,
  },
  {
    path: 'config/feeds.yaml',
    text: (k) => `feeds:
  - name: prices
    url: ftp://partner:${k.plainPassword('ftp')}@ftp.partner.net/prices.csv
  - name: stock
    url: sftp://acme:${k.plainPassword('sftp')}@10.4.4.4:2222/stock.xml
  - name: orders
    url: https://acme:${k.plainPassword('https')}@b2b.partner.net/orders?since=1
  - name: events
    url: mqtts://gw:${k.plainPassword('mqtt')}@broker.partner.net:8883
  - name: proxy
    url: http://acme:${k.plainPassword('proxy')}@proxy.corp.local:3128
`,
  },
  {
    path: 'prisma/schema.prisma',
    text: (k) => `datasource db {
  provider = "postgresql"
  url      = "postgresql://prisma:${k.plainPassword('postgres')}@db.abcdefghijkl.supabase.co:5432/postgres"
}
`,
  },
  {
    path: 'logstash/pipeline.conf',
    text: (k) => `input {
  beats { port => 5044 }
}
output {
  elasticsearch {
    hosts => ["https://es:9200"]
    user => "logstash"
    password => "${k.password('logstash')}"
  }
  s3 {
    access_key_id => "${k.neutral(`AKIA${k.text('BASE32', 16)}`)}"
    secret_access_key => "${k.token('aws')}"
  }
}
`,
  },
  {
    path: 'iothub/device.c',
    text: (k) => `static const char* connectionString =
    "HostName=acme-hub.azure-devices.net;DeviceId=pump7;SharedAccessKey=${k.token('servicebus')}";
static const char* events = "Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=${k.token('servicebus')};EntityPath=telemetry";
`,
  },
];
