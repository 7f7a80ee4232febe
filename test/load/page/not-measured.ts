/** What a reader of the page of figures may miss, and why it is not there. */
export const NOT_MEASURED: readonly string[] = [
  "KrakenD and the library that it is made of: the Go module proxy does not serve their modules everywhere, and they have no other package that a test may install.",
  "Envoy and APISIX: neither npm, PyPI, the Go module proxy nor Debian has the program itself, only clients and tools of it. Who has them compares them with `wrk` and the upstream of `npm run load -- call-path`.",
  "Networks: clients, upstreams and gateway are on one machine, and calls go over loopback.",
  "More than one machine: nodes share nothing on the path of a call but Redis, where limits are shared.",
];
