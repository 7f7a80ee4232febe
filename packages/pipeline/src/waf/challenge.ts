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
const SHA256 = `var K=[],I=[],W=new Int32Array(64);for(var c=0,p=2,q;c<64;p++){for(q=2;q*q<=p&&p%q;q++);if(q*q>p){if(c<8)I[c]=Math.sqrt(p)*4294967296|0;K[c++]=Math.cbrt(p)*4294967296|0}}
function H(s){var l=s.length,n=((l+8>>6)+1)*16,w=new Int32Array(n),h=I.slice(),i,j;for(i=0;i<l;i++)w[i>>2]|=s.charCodeAt(i)<<(3-i%4)*8;w[l>>2]|=128<<(3-l%4)*8;w[n-1]=l*8;
for(j=0;j<n;j+=16){var a=h[0],b=h[1],c=h[2],d=h[3],e=h[4],f=h[5],g=h[6],k=h[7];for(i=0;i<64;i++){if(i<16)W[i]=w[j+i];else{var x=W[i-15],y=W[i-2];W[i]=W[i-16]+((x>>>7|x<<25)^(x>>>18|x<<14)^x>>>3)+W[i-7]+((y>>>17|y<<15)^(y>>>19|y<<13)^y>>>10)|0}
var t=k+((e>>>6|e<<26)^(e>>>11|e<<21)^(e>>>25|e<<7))+(e&f^~e&g)+K[i]+W[i]|0,u=((a>>>2|a<<30)^(a>>>13|a<<19)^(a>>>22|a<<10))+(a&b^a&c^b&c)|0;k=g;g=f;f=e;e=d+t|0;d=c;c=b;b=a;a=t+u|0}
h=[h[0]+a|0,h[1]+b|0,h[2]+c|0,h[3]+d|0,h[4]+e|0,h[5]+f|0,h[6]+g|0,h[7]+k|0]}return h[0]>>>0}`;

const page = (subject: string, unixS: number): string =>
  `<!doctype html><html><head><meta charset="utf-8"><title>One moment</title></head><body><noscript>JavaScript is required.</noscript><script>${SHA256}
var S=${JSON.stringify(subject).replaceAll("<", "\\u003c")}+"|",t="${unixS}.",n=0;while(H(S+t+n)>>>${32 - ZERO_BITS})n++;document.cookie="${COOKIE}="+t+n+";path=/;max-age=259200;samesite=lax";location.reload()</script></body></html>`;

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
