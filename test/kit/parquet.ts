import { join } from "node:path";
import { run } from "./cache.ts";
import { pythonPackage } from "./python.ts";

const PYARROW = "26.0.1";

/** Values as JSON holds them: whole numbers, decimals and microseconds since 1970 as text. */
const PROGRAM = `
import datetime, decimal, json, sys
import pyarrow.parquet as parquet
epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
def plain(value):
    if isinstance(value, datetime.datetime): return str((value - epoch) // datetime.timedelta(microseconds=1))
    return value if value is None or isinstance(value, (bool, str)) else str(value)
file = parquet.ParquetFile(sys.argv[1])
table = file.read()
table.validate(full=True)
json.dump({
    "types": {field.name: str(field.type) for field in table.schema},
    "groups": [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)],
    "columns": {name: [plain(value) for value in table.column(name).to_pylist()] for name in table.column_names},
}, sys.stdout)
`;

/** ReadParquet is what pyarrow reads in a file. */
export interface ReadParquet {
  /** Arrow's types, by column. */
  readonly types: Readonly<Record<string, string>>;
  /** Rows of each row group. */
  readonly groups: readonly number[];
  readonly columns: Readonly<Record<string, readonly (string | boolean | null)[]>>;
}

/** installPyarrow installs Apache Arrow's library, and returns the folder of its interpreter. */
export const installPyarrow = (): Promise<string> =>
  pythonPackage(`pyarrow-${PYARROW}`, `pyarrow==${PYARROW}`, "python");

/** readParquet reads a file with Apache Arrow's own library. */
export async function readParquet(path: string): Promise<ReadParquet> {
  const programs = await installPyarrow();
  const options = { maxBuffer: 256 << 20 };
  const { stdout } = await run(join(programs, "python"), ["-c", PROGRAM, path], options);
  return JSON.parse(stdout) as ReadParquet;
}
