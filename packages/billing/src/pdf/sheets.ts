import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setImmediate as nextTurn } from "node:timers/promises";
import type PDFDocument from "pdfkit";

/** NotPrintable is thrown for a text that the font has no glyph for, and for more rows than ROWS_MAX. */
export class NotPrintable extends Error {}

const { resolve } = createRequire(import.meta.url);
/** Latin, Greek, Cyrillic, Armenian, Georgian, and more: nearly every script that is written from left to right and is not East Asian. */
const FONTS = { regular: "DejaVuSans.ttf", bold: "DejaVuSans-Bold.ttf" } as const;

type Document = InstanceType<typeof PDFDocument>;

export interface TextStyle {
  readonly bold?: boolean;
  readonly quiet?: boolean;
  readonly size?: number;
}

interface Cell {
  readonly text: string;
  /** Below it, in small letters. */
  readonly small?: string;
}

export interface Table {
  /** In points, with the last one at the right margin. */
  readonly widths: readonly number[];
  /** The column whose texts begin at the left; those of others end at the right. */
  readonly left: number;
  /** Repeated on each page. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** A text before the last column, and its amount. */
  readonly totals: readonly (readonly [string, string])[];
}

const MARGIN = 48;
const SIZE = 9;
const SMALL = 8;
const PAD = 3;
const INK = "#1a1a1a";
const QUIET = "#666666";
const LINE = "#cccccc";
const FOOT = 20;
/** More would take seconds of the processor, and hundreds of megabytes. */
export const ROWS_MAX = 5_000;

/** Sheets are A4 pages that are written from the top, one after the other. */
export class Sheets {
  readonly #document: Document;
  readonly #chunks: Buffer[] = [];
  readonly #ended: Promise<void>;
  readonly #title: string;
  #y = MARGIN;

  private constructor(document: Document, title: string) {
    this.#document = document;
    this.#title = title;
    document.on("data", (chunk: Buffer) => this.#chunks.push(chunk));
    this.#ended = new Promise((done, fail) => {
      document.on("end", done);
      document.on("error", fail);
    });
  }

  /** open begins a document; `date` is the only time in it. */
  static async open({ title, date }: { readonly title: string; readonly date: string }): Promise<Sheets> {
    // Most processes print none.
    const { default: Pdf } = await import("pdfkit");
    const at = new Date(date);
    const document = new Pdf({
      size: "A4",
      margin: MARGIN,
      bufferPages: true,
      lang: "en",
      displayTitle: true,
      info: { Title: title, Producer: "Tollgate", Creator: "Tollgate", CreationDate: at, ModDate: at },
    });
    for (const [name, file] of Object.entries(FONTS))
      document.registerFont(name, readFileSync(resolve(`dejavu-fonts-ttf/ttf/${file}`)));
    return new Sheets(document, title);
  }

  get #bottom(): number {
    return this.#document.page.height - MARGIN - FOOT;
  }

  get #width(): number {
    return this.#document.page.width - 2 * MARGIN;
  }

  #style({ bold = false, quiet = false, size = SIZE }: TextStyle): void {
    this.#document
      .font(bold ? "bold" : "regular")
      .fontSize(size)
      .fillColor(quiet ? QUIET : INK);
  }

  /** The text as it can be written: a control character has no form. */
  #printable(text: string): string {
    const clean = text.replaceAll(/\p{Cc}/gu, "\ufffd");
    const { font } = (
      this.#document as unknown as { _font: { font: { hasGlyphForCodePoint(code: number): boolean } } }
    )._font;
    for (const character of clean) {
      const code = character.codePointAt(0) ?? 0;
      if (!font.hasGlyphForCodePoint(code))
        throw new NotPrintable(
          `the font of PDFs has no character '${character}' (U+${code.toString(16).toUpperCase().padStart(4, "0")})`,
        );
    }
    return clean;
  }

  /** Begins another page unless there is so much space left. */
  #reserve(height: number): boolean {
    if (this.#y + height <= this.#bottom) return false;
    this.#document.addPage();
    this.#y = MARGIN;
    return true;
  }

  space(height: number): void {
    this.#y += height;
  }

  /** put writes a text over the whole width. */
  put(text: string, style: TextStyle = {}): void {
    this.#style(style);
    const printable = this.#printable(text);
    const height = this.#document.heightOfString(printable, { width: this.#width });
    this.#reserve(height);
    this.#document.text(printable, MARGIN, this.#y, { width: this.#width });
    this.#y += height + 2;
  }

  #rule(): void {
    const document = this.#document;
    document
      .moveTo(MARGIN, this.#y)
      .lineTo(MARGIN + this.#width, this.#y)
      .lineWidth(1)
      .strokeColor(LINE)
      .stroke();
  }

  #rowHeight(cells: readonly Cell[], widths: readonly number[]): number {
    const heights = cells.map(({ text, small = "" }, i) => {
      const width = (widths[i] ?? 0) - PAD;
      this.#style({});
      const own = this.#document.heightOfString(text || " ", { width });
      if (small === "") return own;
      this.#style({ size: SMALL });
      return own + this.#document.heightOfString(small, { width });
    });
    return Math.max(...heights) + 2 * PAD;
  }

  #row(
    cells: readonly Cell[],
    { widths, left }: Pick<Table, "widths" | "left">,
    style: TextStyle = {},
  ): void {
    let x = MARGIN;
    for (const [i, { text, small = "" }] of cells.entries()) {
      const width = (widths[i] ?? 0) - PAD;
      const align = i === left ? "left" : "right";
      this.#style(style);
      const printable = this.#printable(text);
      this.#document.text(printable, x, this.#y + PAD, { width, align });
      if (small !== "") {
        const below = this.#y + PAD + this.#document.heightOfString(printable, { width });
        this.#style({ size: SMALL, quiet: true });
        this.#document.text(this.#printable(small), x, below, { width, align });
      }
      x += widths[i] ?? 0;
    }
  }

  /**
   * table writes rows with the head above them, again on each page, and totals below them. Between pages, whatever else the process does has its turn.
   * Throws a NotPrintable for more rows than ROWS_MAX.
   */
  async table({ widths, left, head, rows, totals }: Table): Promise<void> {
    if (rows.length > ROWS_MAX)
      throw new NotPrintable(`it has ${rows.length} lines: a PDF has at most ${ROWS_MAX}`);
    const columns = { widths, left };
    const heads = head.map((text) => ({ text }));
    const putHead = () => {
      const height = this.#rowHeight(heads, widths);
      this.#row(heads, columns, { bold: true });
      this.#y += height;
      this.#rule();
    };
    this.#reserve(3 * this.#rowHeight(heads, widths));
    putHead();
    for (const cells of rows) {
      const height = this.#rowHeight(cells, widths);
      if (this.#reserve(height)) {
        putHead();
        await nextTurn();
      }
      this.#row(cells, columns);
      this.#y += height;
      this.#rule();
    }
    const before = widths.slice(0, -1).reduce((sum, width) => sum + width, 0);
    const pair = { widths: [before, widths.at(-1) ?? 0], left: -1 };
    for (const [i, [text, amount]] of totals.entries()) {
      const cells = [{ text }, { text: amount }];
      const height = this.#rowHeight(cells, pair.widths);
      if (this.#reserve(height)) putHead();
      this.#row(cells, pair, { bold: i === totals.length - 1 });
      this.#y += height;
    }
  }

  /** close numbers the pages, and returns the file. */
  async close(): Promise<Buffer> {
    const document = this.#document;
    const { count } = document.bufferedPageRange();
    for (let i = 0; i < count; i++) {
      document.switchToPage(i);
      // Below the margin, where a text would begin another page.
      document.page.margins.bottom = 0;
      this.#style({ quiet: true, size: SMALL });
      const y = document.page.height - MARGIN;
      document.text(`${this.#title}, page ${i + 1} of ${count}`, MARGIN, y, {
        width: this.#width,
        align: "right",
        lineBreak: false,
      });
      await nextTurn();
    }
    document.end();
    await this.#ended;
    return Buffer.concat(this.#chunks);
  }
}
