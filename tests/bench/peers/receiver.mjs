// receiver.mjs DATABASE - a webhook receiver as a Node shop would write it: Express, Shopify's own
// library for the signature, better-sqlite3 with WAL and synchronous=FULL, each delivery on disk
// before its 200. SHOPIFY_SECRET is the app's secret. Prints "listening PORT".
import '@shopify/shopify-api/adapters/node';
import { ApiVersion, LogSeverity, shopifyApi } from '@shopify/shopify-api';
import Database from 'better-sqlite3';
import express from 'express';

const shopify = shopifyApi({
  apiKey: 'bench',
  apiSecretKey: process.env.SHOPIFY_SECRET ?? '',
  apiVersion: Object.values(ApiVersion).at(-1),
  hostName: 'localhost',
  isEmbeddedApp: false,
  logger: { level: LogSeverity.Error },
});

const db = new Database(process.argv[2]);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec(`CREATE TABLE IF NOT EXISTS inbox (
  webhook_id TEXT PRIMARY KEY, topic TEXT NOT NULL, shop TEXT NOT NULL, body TEXT NOT NULL) STRICT`);
const insert = db.prepare('INSERT OR IGNORE INTO inbox VALUES (?, ?, ?, ?)');

const app = express();
app.disable('x-powered-by');
app.post('/shopify/webhook', express.text({ type: '*/*', limit: '4mb' }), async (req, res) => {
  const check = await shopify.webhooks.validate({
    rawBody: req.body,
    rawRequest: req,
    rawResponse: res,
  });
  if (!check.valid) {
    res.status(401).end();
    return;
  }
  insert.run(check.webhookId, check.topic, check.domain, req.body);
  res.status(200).end();
});
const server = app.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
