// Imported by the gateway's processes: LocalStack's domain is of this machine, also without a DNS server that says so.
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";

const DOMAIN = "localhost.localstack.cloud";
const { lookup } = dns;
dns.lookup = (host, ...rest) => lookup(String(host).endsWith(DOMAIN) ? "127.0.0.1" : host, ...rest);
syncBuiltinESMExports();
