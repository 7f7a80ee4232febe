/** A small deterministic generator of templates and paths, so that a case that differs can be found again. */

/** BODY is the JSON body that every case reads. */
export const BODY =
  '{"a":1,"b":"x y","list":[1,2,{"k":"v/w"}],"f":1.50,"n":null,"o":{"p":{"q":[true,false]}},"e":[],"big":12345678901234567890,"d":1e30,"u":"h\u00e9\u2028/</x>","m":1.0,' +
  '"store":{"book":[{"t":"A","price":8.95,"c":"ref"},{"t":"B","price":12.99,"c":"fic","isbn":"1"},{"t":"C","price":8.99,"c":"fic"}],"bike":{"price":19.95}}}';

type Random = (bound: number) => number;

/** mulberry32: numbers from 0 to bound-1. */
function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  };
}

const pick = <T>(random: Random, items: readonly T[]): T => items[random(items.length)] as T;

const TEXTS = ["a", " ", "\n", "  ", " x\n", "{", "}", '"k": ', ",", "\t", ".", "100%", "(1)\n", ": "];
const STRINGS = ["Hello World", "a,b,,c", "x", "", "  pad ", "AbC", "1,2,3", "tel: +1 (5)"];
const PATHS = [
  "$.a",
  "$.b",
  "$.list",
  "$.f",
  "$.o",
  "$.o.p.q",
  "$.e",
  "$.store.book",
  "$.store.book[0]",
  "$..price",
  "$.nope",
  "$.n",
  "$.m",
  "$.u",
  "$.store.book[?(@.price<10)].t",
];
const STRING_CALLS = [
  ".length()",
  ".toUpperCase()",
  ".toLowerCase()",
  ".trim()",
  ".isEmpty()",
  ".substring(0)",
  ".contains('l')",
  ".startsWith('H')",
  ".endsWith('d')",
  ".indexOf('o')",
  ".lastIndexOf('o')",
  ".replaceAll('[aeiou]','<$0>')",
  ".replaceAll(',+',';')",
  ".replace('l','L')",
  ".replaceFirst('o','0')",
  ".split(',').size()",
  ".split(',')[0]",
  ".concat('!')",
  ".equals('x')",
  ".equalsIgnoreCase('abc')",
  ".matches('[A-Z].*')",
  ".hashCode()",
  ".toString()",
  ".compareTo('b')",
  ".indexOf('l', 3)",
  ".replaceAll('(\\w)(\\w)','$2$1')",
  ".replaceAll('\\s','_')",
];
const LIST_CALLS = [
  ".size()",
  ".isEmpty()",
  ".get(0)",
  "[0]",
  ".contains(1)",
  ".indexOf(2)",
  ".toString()",
  ".add(4)",
  ".remove(0)",
  ".set(0, 'z')",
  ".subList(0, 1)",
  ".equals([1, 2])",
  ".lastIndexOf(1)",
  "[-1]",
];
const MAP_CALLS = [
  ".size()",
  ".isEmpty()",
  ".keySet()",
  ".values()",
  ".entrySet()",
  ".get('k')",
  ".k",
  "['k']",
  ".containsKey('k')",
  ".containsValue(1)",
  ".put('z', 9)",
  ".remove('k')",
  ".toString()",
  ".getOrDefault('q', 7)",
  ".nope",
];

class Generator {
  readonly #random: Random;
  #depth = 0;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  #one<T>(items: readonly T[]): T {
    return pick(this.#random, items);
  }

  number(): string {
    return this.#one(["0", "1", "2", "3", "7", "10", "-4", "1.5", "2.0", "100000000", "2147483647", "0.1"]);
  }

  value(): string {
    switch (this.#random(9)) {
      case 0:
        return this.number();
      case 1:
        return `"${this.#one(STRINGS)}"`;
      case 2:
        return `'${this.#one(STRINGS)}'`;
      case 3:
        return `$input.path('${this.#one(PATHS)}')`;
      case 4:
        return this.#one(["$x", "$y", "$undefined", "$stageVariables.color", "$stageVariables.nope"]);
      case 5:
        return `[${this.number()}, ${this.number()}]`;
      case 6:
        return `{"k": ${this.number()}, "j": "w"}`;
      case 7:
        return this.#one(["true", "false", "[1..4]", "[3..1]", "[]", "{}"]);
      default:
        return `"v $x ${this.#one(["$!y", "${y}", "#if($x)t#end", "$input.path('$.a')"])}"`;
    }
  }

  expression(): string {
    const arithmetic = () => `${this.number()} ${this.#one(["+", "-", "*", "/", "%"])} ${this.number()}`;
    switch (this.#random(6)) {
      case 0:
        return arithmetic();
      case 1:
        return `(${arithmetic()}) ${this.#one(["+", "-", "*"])} ${this.number()}`;
      case 2:
        return this.condition();
      default:
        return this.value();
    }
  }

  condition(): string {
    switch (this.#random(7)) {
      case 0:
        return `${this.value()} ${this.#one(["==", "!=", "eq", "ne"])} ${this.value()}`;
      case 1:
        return `${this.number()} ${this.#one(["<", ">", "<=", ">=", "lt", "gt", "le", "ge"])} ${this.number()}`;
      case 2:
        return `!${this.#one(["$x", "$undefined", "true", "false"])}`;
      case 3:
        return `${this.#one(["$x", "true", "$undefined"])} ${this.#one(["&&", "||", "and", "or"])} ${this.#one(["$y", "false", "true"])}`;
      default:
        return this.#one([
          "$x",
          "$undefined",
          "true",
          "false",
          "$input.path('$.nope')",
          "$x == $y",
          "$x.size() > 1",
        ]);
    }
  }

  print(): string {
    switch (this.#random(9)) {
      case 0:
        return this.#one([
          "$x",
          "$!x",
          "${x}",
          "$!{x}",
          "$undefined",
          "$!undefined",
          "${undefined}",
          "\\$x",
          "$foreach.index",
          "$velocityCount",
          "$i",
        ]);
      case 1:
        return `$input.path('${this.#one(PATHS)}')`;
      case 2:
        return `#set($s = "${this.#one(STRINGS)}")$s${this.#one(STRING_CALLS)}`;
      case 3:
        return `#set($l = [1, 2, 3])$l${this.#one(LIST_CALLS)} $l`;
      case 4:
        return `#set($m = {"k": 1, "j": [2]})$m${this.#one(MAP_CALLS)} $m`;
      case 5:
        return `$input.path('$.store.book')${this.#one(["[0].t", ".size()", "[1].price", ".get(2).c", "[0]", "[5]", "[0].nope", ".isEmpty()"])}`;
      case 6:
        return `$util.${this.#one(["urlEncode", "base64Encode", "escapeJavaScript"])}("${this.#one(STRINGS)}")`;
      case 7:
        return `$util.parseJson('{"q":[1,{"w":2.50}],"z":"a/b"}')${this.#one(["", ".q", ".q[1].w", ".z", ".keySet()"])}`;
      default:
        return `$input.json('${this.#one(["$", "$.o", "$.list", "$.store.book[0]", "$..price", "$.e"])}')`;
    }
  }

  piece(): string {
    switch (this.#random(10)) {
      case 0:
      case 1:
      case 2:
        return this.#one(TEXTS);
      case 3:
        return `#set($${this.#one(["x", "y"])} = ${this.expression()})`;
      case 4:
        return `#if(${this.condition()})${this.block()}#end`;
      case 5:
        return `#if(${this.condition()})${this.block()}${this.#one(["#else", "#{else}", `#elseif(${this.condition()})`])}${this.block()}#end`;
      case 6:
        return `#foreach($i in ${this.#one(["[1..3]", "$input.path('$.list')", "$input.path('$.store.book')", "['a','b']", "{'k': 5}", "$undefined", "$input.path('$.o').keySet()", "$x"])})${this.block()}${this.#one(["#end", "#end\n", "#if($foreach.hasNext),#end#end", "#if($i == 2)#break#end#end"])}`;
      case 7:
        return this.#one([
          "## note\n",
          "#* block *#",
          "#[[ raw $x #if ]]#",
          "#stop",
          "#foo",
          "# ",
          "$5 ",
          "\\#if",
          "#set($x = 1)\n",
          "  #set($y = 2)\n",
          "#macro(mm $p)<$p>#end#mm($x)",
          "#define($d)[$x]#end$d",
        ]);
      default:
        return this.print();
    }
  }

  block(): string {
    if (this.#depth > 2) return this.#one(TEXTS);
    this.#depth++;
    const text = Array.from({ length: 1 + this.#random(4) }, () => this.piece()).join("");
    this.#depth--;
    return text;
  }

  path(): string {
    const step = () =>
      this.#one([
        ".store",
        ".book",
        "[0]",
        "[-1]",
        "[*]",
        ".*",
        "..",
        ".price",
        ".t",
        "[0:2]",
        "[1:]",
        "['t','price']",
        "[?(@.price > 9)]",
        "[?(@.isbn)]",
        ".list",
        ".o",
        ".p",
        ".q",
        "[1,2]",
        ".nope",
        ".k",
      ]);
    const text = `$${Array.from({ length: 1 + this.#random(4) }, step).join("")}`;
    if (this.#random(8) === 0) return `${text.replace(/\.+$/, "")}.length()`;
    // Two dots must be followed by a name or a bracket.
    return text.replace(/\.{2,}$/, "..price").replace(/\.{3,}/g, "..");
  }
}

/** templates makes `count` templates from a seed. */
export function templates(seed: number, count: number): string[] {
  const generator = new Generator(seed);
  return Array.from({ length: count }, () => generator.block());
}

/** paths makes `count` JSONPaths from a seed. */
export function paths(seed: number, count: number): string[] {
  const generator = new Generator(seed);
  return Array.from({ length: count }, () => generator.path());
}
