/** TokenType is what a piece of SQL is, as one letter, so that rules about sequences are patterns. */
export type TokenType =
  /** A number, or a constant such as NULL. */
  | "1"
  /** A string. */
  | "s"
  /** A variable. */
  | "v"
  /** Any other name. */
  | "n"
  /** A function, before its parenthesis; F: one that attacks live on. */
  | "f"
  | "F"
  /** A verb that begins a statement. */
  | "E"
  /** UNION and its like. */
  | "U"
  /** FROM. */
  | "K"
  /** WHERE and other words between the parts of a statement. */
  | "k"
  /** ORDER BY and its like, which are used to count columns. */
  | "B"
  /** CASE. */
  | "H"
  /** WAITFOR DELAY. */
  | "W"
  /** AND, OR. */
  | "&"
  /** A comparison. */
  | "="
  /** Arithmetic. */
  | "o"
  /** A comment that hides nothing but the rest of the statement; C: one with words in it. */
  | "c"
  | "C"
  | "*"
  | "("
  | ")"
  | ","
  | ";"
  /** Anything that is no SQL. */
  | "?";

const words = (type: TokenType, list: string): readonly (readonly [string, TokenType])[] =>
  list.split(" ").map((word) => [word, type]);

/** Words with a meaning of their own, in lower case. */
export const WORDS: ReadonlyMap<string, TokenType> = new Map([
  ...words("1", "null true false"),
  ...words("&", "and or xor"),
  ...words("=", "like rlike regexp ilike glob between in is sounds similar match against escape"),
  ...words("o", "div mod collate binary"),
  ...words("U", "union except intersect minus"),
  ...words(
    "E",
    "select insert update delete drop create alter truncate exec execute declare merge replace grant revoke shutdown waitfor handler rename attach copy begin call",
  ),
  ...words("K", "from"),
  ...words(
    "k",
    "where table into values set having database schema delay as when then else end outfile dumpfile procedure column all distinct limit offset top exists join using on rows fetch",
  ),
  ...words("H", "case"),
]);

/** Words that take the next word with them. */
export const PAIRS: ReadonlyMap<string, TokenType> = new Map([
  ["order by", "B"],
  ["group by", "B"],
  ["partition by", "k"],
  ["procedure analyse", "B"],
  ["into outfile", "B"],
  ["into dumpfile", "B"],
  ["union all", "U"],
  ["union distinct", "U"],
  ["not in", "="],
  ["not like", "="],
  ["not between", "="],
  ["is not", "="],
  ["sounds like", "="],
  ["waitfor delay", "W"],
  ["waitfor time", "W"],
]);

/** Functions that only attacks send. */
export const EVIL: ReadonlySet<string> = new Set(
  "sleep pg_sleep benchmark load_file extractvalue updatexml xp_cmdshell xp_dirtree xp_fileexist xp_regread sp_executesql sp_oacreate sp_password dbms_pipe.receive_message dbms_lock.sleep utl_http.request utl_inaddr.get_host_address utl_inaddr.get_host_name ctxsys.drithsx.sn name_const randomblob generate_series query_to_xml database_to_xml lo_import pg_read_file json_keys gtid_subset st_latfromgeohash procedure".split(
    " ",
  ),
);

/** Functions that attacks use as well. They count only before a parenthesis. */
export const FUNCTIONS: ReadonlySet<string> = new Set(
  "ascii avg bin cast char char_length chr coalesce concat concat_ws convert count current_user database elt exists exp field find_in_set floor group_concat hex if ifnull iif instr isnull lcase left length like locate lower lpad make_set max md5 mid min mod nullif nvl ord position pow quote rand replace reverse right round row rpad rtrim sha1 sign sin sqlite_version strcmp string_agg substr substring sum system_user trim ucase unhex unicode upper user utl_raw.cast_to_raw version xmltype to_char regexp_substring regexp_substr array_agg bitand decode dbms_utility.sqlid_to_sqlhash".split(
    " ",
  ),
);
