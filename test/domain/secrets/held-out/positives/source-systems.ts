// Secrets in Go, Rust, C, C++, Java, Kotlin, Scala, C#, F#, Swift and Objective-C.
import type { Sample } from '../sample.ts';

export const SOURCE_SYSTEMS: readonly Sample[] = [
  {
    path: 'cmd/exporter/main.go',
    text: (k) => `package main

import "os"

const (
	grafanaToken = "${k.token('grafana')}"
	pdRoutingKey = "${k.key('routing')}"
)

var defaults = Config{
	Addr:     ":9090",
	Username: "exporter",
	Password: "${k.password('password')}",
	DSN:      "exporter:${k.plainPassword('mysql')}@tcp(10.1.4.9:3306)/metrics?parseTime=true",
}

func main() {
	os.Setenv("DD_API_KEY", "${k.token('datadog')}")
	run(defaults)
}
`,
  },
  {
    path: 'internal/store/redis.go',
    text: (k) => `package store

func New() *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr:     "cache-7.internal:6379",
		Password: "${k.plainPassword('redis')}",
		DB:       2,
	})
}

func amqpURL() string { return "amqps://worker:${k.plainPassword('amqp')}@mq.internal:5671/prod" }
`,
  },
  {
    path: 'crates/uploader/src/main.rs',
    text: (k) => `use reqwest::blocking::Client;

const SENTRY_TOKEN: &str = "${k.token('sentry')}";
static API_SECRET: &str = "${k.key('api-secret')}";

fn main() -> anyhow::Result<()> {
    let client = Client::new();
    client.post("https://api.postmarkapp.com/email")
        .header("X-Postmark-Server-Token", "${k.secret('postmark', `${k.text('hex', 8)}-${k.text('hex', 4)}-4${k.text('hex', 3)}-a${k.text('hex', 3)}-${k.text('hex', 12)}`)}")
        .send()?;
    let opts = PgConnectOptions::new().host("pg").username("uploader").password("${k.password('postgres')}");
    Ok(())
}
`,
  },
  {
    path: 'firmware/src/wifi_config.h',
    text: (k) => `#ifndef WIFI_CONFIG_H
#define WIFI_CONFIG_H

#define WIFI_SSID      "Plant-3-IoT"
#define WIFI_PASSWORD  "${k.password('wifi')}"
#define MQTT_HOST      "mqtt.plant3.local"
#define MQTT_USER      "sensor"
#define MQTT_PASS      "${k.plainPassword('mqtt')}"
#define OTA_KEY        "${k.key('ota')}"

#endif
`,
  },
  {
    path: 'tools/uploader/upload.cpp',
    text: (k) => `#include <curl/curl.h>
#include <string>

static const std::string kApiToken = "${k.token('artifactory')}";
static const char* kNugetKey = "${k.token('nuget')}";

void put(CURL* curl) {
  curl_slist* headers = nullptr;
  headers = curl_slist_append(headers, ("X-JFrog-Art-Api: " + kApiToken).c_str());
  curl_easy_setopt(curl, CURLOPT_USERPWD, "robot:${k.password('curl')}");
}
`,
  },
  {
    path: 'src/main/java/com/acme/orders/OrderDao.java',
    text: (k) => `package com.acme.orders;

public class OrderDao {
    private static final String DB_URL = "jdbc:oracle:thin:@//ora1.acme.lan:1521/ORD";
    private static final String DB_PASSWORD = "${k.password('oracle')}";

    public Connection open() throws SQLException {
        return DriverManager.getConnection(DB_URL, "orders", DB_PASSWORD);
    }

    Connection audit() throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://audit/ord", "audit", "${k.password('jdbc')}");
    }

    DataSource pool() {
        HikariConfig config = new HikariConfig();
        config.setUsername("orders");
        config.setPassword("${k.password('hikari')}");
        config.setJdbcUrl("jdbc:postgresql://pg1/orders?user=orders&password=${k.plainPassword('jdbc')}&ssl=true");
        return new HikariDataSource(config);
    }
}
`,
  },
  {
    path: 'src/main/java/com/acme/sms/SmsClient.java',
    text: (k) => `package com.acme.sms;

@Component
public class SmsClient {
    @Value("\${sms.secret:${k.key('default')}}")
    private String secret;

    public static final String ACCOUNT_SID = "${k.neutral(`AC${k.text('hex', 32)}`)}";
    public static final String AUTH_TOKEN = "${k.token('twilio')}";

    static { Twilio.init(ACCOUNT_SID, AUTH_TOKEN); }
}
`,
  },
  {
    path: 'app/src/main/java/io/shop/Api.kt',
    text: (k) => `package io.shop

object Api {
    const val BASE = "https://api.shop.io/v2/"
    private const val CLIENT_SECRET = "${k.key('client-secret')}"
    val mapsKey: String = "${k.token('google')}"

    fun request(): Request = Request.Builder()
        .url(BASE)
        .addHeader("Authorization", "Bearer ${k.token('jwt')}")
        .build()
}
`,
  },
  {
    path: 'modules/jobs/src/main/scala/Jobs.scala',
    text: (k) => `object Jobs extends App {
  val spark = SparkSession.builder()
    .config("fs.s3a.access.key", "${k.neutral(`AKIA${k.text('BASE32', 16)}`)}")
    .config("fs.s3a.secret.key", "${k.token('aws')}")
    .getOrCreate()

  val props = new java.util.Properties()
  props.setProperty("user", "jobs")
  props.setProperty("password", "${k.password('jdbc')}")
  val databricksToken = "${k.token('databricks')}"
}
`,
  },
  {
    path: 'Acme.Web/Startup.cs',
    text: (k) => `using Microsoft.Extensions.DependencyInjection;

public class Startup
{
    private const string ConnectionString =
        "Server=tcp:acme.database.windows.net,1433;Initial Catalog=Acme;User ID=acme_rw;Password=${k.plainPassword('sqlserver')};Encrypt=True;";

    public void ConfigureServices(IServiceCollection services)
    {
        services.AddSingleton(new BlobServiceClient(
            "DefaultEndpointsProtocol=https;AccountName=acmestore;AccountKey=${k.token('azurestorage')};EndpointSuffix=core.windows.net"));
        services.AddAuthentication().AddMicrosoftAccount(o =>
        {
            o.ClientId = "5f0c3a52-0000-4a7c-b9d1-2a7f54a0c111";
            o.ClientSecret = "${k.token('azuread')}";
        });
        var key = new SymmetricSecurityKey(Encoding.UTF8.GetBytes("${k.key('signing')}"));
    }
}
`,
  },
  {
    path: 'Workers/Queue.cs',
    text: (k) => `namespace Workers;

public sealed class Queue
{
    public string Bus { get; init; } = @"Endpoint=sb://acme-eu.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=${k.token('servicebus')}";
    private readonly NetworkCredential _smtp = new NetworkCredential("relay", "${k.password('smtp')}");
    private readonly ConnectionFactory _factory = new() { HostName = "mq", UserName = "svc", Password = "${k.password('rabbit')}" };
}
`,
  },
  {
    path: 'tools/Release.fsx',
    text: (k) => `#r "nuget: Octokit"
open Octokit

let token = "${k.token('github-fine')}"
let nugetKey = "${k.token('nuget')}"
let client = GitHubClient(ProductHeaderValue "release", Credentials = Credentials token)
`,
  },
  {
    path: 'App/Networking/Keys.swift',
    text: (k) => `import Foundation

enum Keys {
    static let openAI = "${k.token('openai')}"
    static let apiSecret: String = "${k.key('api-secret')}"
    static let launchDarkly = "${k.token('launchdarkly')}"
}

let login = "mobile:${k.password('basic')}".data(using: .utf8)!.base64EncodedString()
var request = URLRequest(url: URL(string: "https://mobile:${k.plainPassword('url')}@api.shop.io/v1")!)
`,
  },
  {
    path: 'Classes/SNAppDelegate.m',
    text: (k) => `#import "SNAppDelegate.h"

static NSString *const kAPISecret = @"${k.key('api-secret')}";
#define kFacebookAppSecret @"${k.token('facebook-secret')}"

@implementation SNAppDelegate
- (BOOL)application:(UIApplication *)app didFinishLaunchingWithOptions:(NSDictionary *)options {
    [Service startWithKey:@"sn" password:@"${k.password('objc')}"];
    return YES;
}
@end
`,
  },
];
