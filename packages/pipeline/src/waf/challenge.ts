import { createHash } from "node:crypto";
import type { Reply } from "../call/reply.ts";
import type { Inspection } from "./inspection.ts";

/** The cookie and the header that AWS's clients send tokens in. */
const COOKIE = "aws-waf-token";
const HEADER = "x-aws-waf-token";
/** Zero bits that the digest of a token must begin with: about 65,000 attempts, which takes a browser a fraction of a second. */
const ZERO_BITS = 16;
/** AWS's default for how long a token is good. */
export const IMMUNITY_S = 300;
/** Clocks of nodes may differ by this. */
const SKEW_S = 60;

const TOKEN = /^(\d{10,12})\.(\d{1,12})$/;

const isSolved = (digest: Buffer): boolean => digest.readUInt32BE(0) >>> (32 - ZERO_BITS) === 0;

/** What a token is good for: one web ACL and one address. */
const subjectOf = (webAcl: string, address: string): string => `${webAcl}|${address}`;

function tokensOf(inspection: Inspection): readonly string[] {
  const cookies = inspection.cookies.pairs.flatMap(([name, value]) => (name === COOKIE ? [value] : []));
  return [...cookies, ...inspection.headerValues(HEADER)];
}

/**
 * hasToken says whether a request has a token of a solved challenge: `{unix seconds}.{counter}`, such that the SHA-256 of
 * `{web ACL}|{client address}|{token}` begins with 16 zero bits. Nothing is stored, so that every node can check it.
 */
export function hasToken(inspection: Inspection, webAcl: string, immunityS: number): boolean {
  const nowS = inspection.call.startUnixMs / 1000;
  const subject = subjectOf(webAcl, inspection.call.sourceIp);
  return tokensOf(inspection).some((token) => {
    const madeS = Number(TOKEN.exec(token)?.[1] ?? Number.NaN);
    if (!(madeS <= nowS + SKEW_S && madeS > nowS - immunityS)) return false;
    return isSolved(createHash("sha256").update(`${subject}|${token}`).digest());
  });
}

/** SHA-256 (FIPS 180-4) for pages that are not served over TLS, where browsers have no crypto.subtle. */
const SHA256 = `function H(s){var r=(x,n)=>x>>>n|x<<32-n,K=[],h=[],c=0,p=2,i,j;for(;c<64;p++){for(i=2;i*i<=p&&p%i;i++);if(i*i>p){if(c<8)h[c]=Math.pow(p,1/2)*4294967296|0;K[c++]=Math.pow(p,1/3)*4294967296|0}}var b=unescape(encodeURIComponent(s)),l=b.length*8,w=[];b+="\\x80";while(b.length%64-56)b+="\\0";for(i=0;i<b.length;i++)w[i>>2]=(w[i>>2]||0)|b.charCodeAt(i)<<(3-i)%4*8;w.push(l/4294967296|0,l|0);for(j=0;j<w.length;j+=16){var W=w.slice(j,j+16),o=h;h=h.slice();for(i=0;i<64;i++){if(i>15){var a=W[i-15],e=W[i-2];W[i]=W[i-16]+(r(a,7)^r(a,18)^a>>>3)+W[i-7]+(r(e,17)^r(e,19)^e>>>10)|0}var t=h[7]+(r(h[4],6)^r(h[4],11)^r(h[4],25))+(h[4]&h[5]^~h[4]&h[6])+K[i]+W[i],u=(r(h[0],2)^r(h[0],13)^r(h[0],22))+(h[0]&h[1]^h[0]&h[2]^h[1]&h[2]);h=[t+u|0].concat(h);h[4]=h[4]+t|0;h.length=8}h=h.map((v,k)=>v+o[k]|0)}return h[0]>>>0}`;

const page = (subject: string, unixS: number): string =>
  `<!doctype html><html><head><meta charset="utf-8"><title>One moment</title></head><body><noscript>JavaScript is required.</noscript><script>${SHA256}
var p=${JSON.stringify(subject).replaceAll("<", "\\u003c")}+"|",t="${unixS}.",n=0;while(H(p+t+n)>>>${32 - ZERO_BITS})n++;document.cookie="${COOKIE}="+t+n+";path=/;max-age=259200;samesite=lax";location.reload()</script></body></html>`;

/** The statuses of AWS's interstitials. */
const STATUS = { challenge: 202, captcha: 405 } as const;

/** challengeReply asks a client to solve a challenge: a page that does so where the client takes HTML, else only a header that says so. */
export function challengeReply(inspection: Inspection, webAcl: string, kind: keyof typeof STATUS): Reply {
  const { call } = inspection;
  const headers = ["x-amzn-waf-action", kind, "Cache-Control", "no-store, max-age=0"];
  const takesHtml = inspection.headerValues("accept").some((value) => value.includes("text/html"));
  if (!takesHtml) return { status: STATUS[kind], headers, body: "" };
  return {
    status: STATUS[kind],
    headers: [...headers, "Content-Type", "text/html; charset=UTF-8"],
    body: page(subjectOf(webAcl, call.sourceIp), Math.floor(call.startUnixMs / 1000)),
  };
}
