/** RUNTIME is the client code of every SDK: plain JavaScript for browsers and Node. __API__ is replaced by the API's operations. */
export const RUNTIME = `"use strict";
(function (root, factory) {
  var made = factory();
  if (typeof module === "object" && module.exports) module.exports = made;
  root.apigClientFactory = made;
})(typeof globalThis === "object" ? globalThis : this, function () {
  var API = __API__;
  var encoder = new TextEncoder();

  function escape(text) {
    return encodeURIComponent(text).replace(/[!'()*]/g, function (c) {
      return "%" + c.charCodeAt(0).toString(16).toUpperCase();
    });
  }
  function hex(buffer) {
    return Array.from(new Uint8Array(buffer), function (byte) {
      return byte.toString(16).padStart(2, "0");
    }).join("");
  }
  async function sha256(text) {
    return hex(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
  }
  async function hmac(key, text) {
    var raw = typeof key === "string" ? encoder.encode(key) : key;
    var imported = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return crypto.subtle.sign("HMAC", imported, encoder.encode(text));
  }
  function queryText(query) {
    return Object.keys(query)
      .flatMap(function (name) {
        return [].concat(query[name]).map(function (value) {
          return [escape(name), escape(String(value))];
        });
      })
      .sort(function (a, b) {
        return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] < b[1] ? -1 : 1;
      })
      .map(function (pair) {
        return pair.join("=");
      })
      .join("&");
  }

  // Signature Version 4, service execute-api.
  async function sign(request, config) {
    var url = new URL(request.url);
    var date = new Date().toISOString().replace(/[-:]|\\.\\d{3}/g, "");
    var day = date.slice(0, 8);
    var scope = [day, config.region, "execute-api", "aws4_request"].join("/");
    var signed = { host: url.host, "x-amz-date": date };
    if (config.sessionToken) signed["x-amz-security-token"] = config.sessionToken;
    var names = Object.keys(signed).sort();
    var path = url.pathname.split("/").map(escape).join("/");
    var canonical = [
      request.method,
      path,
      url.search.slice(1),
      names.map(function (name) { return name + ":" + signed[name] + "\\n"; }).join(""),
      names.join(";"),
      await sha256(request.body || ""),
    ].join("\\n");
    var text = ["AWS4-HMAC-SHA256", date, scope, await sha256(canonical)].join("\\n");
    var key = "AWS4" + config.secretKey;
    for (var part of scope.split("/")) key = await hmac(key, part);
    var signature = hex(await hmac(key, text));
    delete signed.host;
    Object.assign(request.headers, signed, {
      Authorization:
        "AWS4-HMAC-SHA256 Credential=" + config.accessKey + "/" + scope +
        ", SignedHeaders=" + names.join(";") + ", Signature=" + signature,
    });
  }

  function requestOf(operation, config, params, body, more) {
    var headers = Object.assign({}, more.headers);
    var query = Object.assign({}, more.queryParams);
    operation.headers.forEach(function (name) {
      if (params[name] !== undefined) headers[name] = String(params[name]);
    });
    operation.queryParameters.forEach(function (name) {
      if (params[name] !== undefined) query[name] = params[name];
    });
    var path = operation.path.replace(/\\{([^}+]+)(\\+?)\\}/g, function (_all, name, greedy) {
      var value = params[name];
      if (value === undefined) throw new TypeError(operation.name + " needs the parameter '" + name + "'");
      return greedy ? String(value).split("/").map(escape).join("/") : escape(String(value));
    });
    var search = queryText(query);
    var isText = typeof body === "string";
    var sent = body === undefined || body === null ? undefined : isText ? body : JSON.stringify(body);
    if (sent !== undefined && !isText && !Object.keys(headers).some(function (name) { return name.toLowerCase() === "content-type"; }))
      headers["Content-Type"] = "application/json";
    if (config.apiKey) headers["x-api-key"] = config.apiKey;
    return {
      url: config.endpoint.replace(/\\/+$/, "") + path + (search ? "?" + search : ""),
      method: operation.verb,
      headers: headers,
      body: sent,
    };
  }

  async function call(operation, config, params, body, more) {
    var request = requestOf(operation, config, params || {}, body, more || {});
    if (operation.isSigned && config.accessKey) await sign(request, config);
    var response = await fetch(request.url, request);
    var text = await response.text();
    var data = text;
    try {
      data = JSON.parse(text);
    } catch (error) {
      // The body is not JSON: return it as text.
    }
    var result = {
      status: response.status,
      statusText: response.statusText,
      headers: Object.fromEntries(response.headers),
      data: data,
    };
    if (response.status >= 400) throw Object.assign(new Error(operation.name + " failed with status " + response.status), result);
    return result;
  }

  return {
    newClient: function (given) {
      var config = Object.assign({ endpoint: API.endpoint, region: API.region }, given);
      var client = {};
      API.operations.forEach(function (operation) {
        client[operation.name] = function (params, body, more) {
          return call(operation, config, params, body, more);
        };
      });
      return client;
    },
  };
});
`;
