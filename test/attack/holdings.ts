const MB = 1024 * 1024;

/** Holding is one bad way to keep connections busy. */
export interface Holding {
  readonly name: string;
  readonly count: number;
  /** What each sends first, of an API at a path. */
  readonly first: (base: string) => string;
  readonly fillBytes: number;
  readonly each: string;
  readonly reads: boolean;
  /** After HOLD_SECONDS, none of them may be left. */
  readonly mustEnd: boolean;
}

const one = (name: string, count: number, first: Holding["first"], more: Partial<Holding> = {}): Holding => ({
  name,
  count,
  first,
  fillBytes: 0,
  each: "",
  reads: true,
  mustEnd: true,
  ...more,
});

const nothing = () => "";
const get = (path: string) => (base: string) => `GET ${base}${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const post = (path: string, header: string) => (base: string) =>
  `POST ${base}${path} HTTP/1.1\r\nHost: localhost\r\n${header}\r\n\r\n`;

/** holdings are all of them. */
export const holdings: readonly Holding[] = [
  one("idle connections that never send anything", 5_000, nothing),
  one("idle connections after a call", 5_000, get("/mock"), { mustEnd: false }),
  one("heads that arrive byte by byte", 2_000, () => "GET / HTTP/1.1\r\nX-Slow: ", { each: "x" }),
  one("bodies that arrive byte by byte", 2_000, post("/whole", "Transfer-Encoding: chunked"), {
    each: "1\r\nx\r\n",
  }),
  one("clients that do not read a streamed response", 2_000, get("/down/5000000"), { reads: false }),
  one("clients that do not read a whole response", 200, get("/mapped/5000000"), { reads: false }),
  one("bodies of 9 MB that do not end", 80, post("/whole", `Content-Length: ${10 * MB}`), {
    fillBytes: 9 * MB,
  }),
  one("calls whose upstream hangs", 1_000, get("/hang"), { mustEnd: false }),
  one("connections of one source", 20_000, nothing, { mustEnd: false }),
];
