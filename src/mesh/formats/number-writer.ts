/** Numbers of a file on their way out: text in lines, or binary (little-endian, as nearly every machine is). */

import { ByteWriter } from "./byte-writer.ts";
import { numberText } from "./number-text.ts";

export class NumberWriter {
  private readonly writer = new ByteWriter();
  private readonly binary: boolean;
  private row = "";
  private buffer = new DataView(new ArrayBuffer(65536));
  private filled = 0;

  constructor(binary: boolean) {
    this.binary = binary;
  }

  /** A line of text, in binary files too. */
  line(text: string): void {
    this.flush();
    this.writer.text(`${text}\n`);
  }

  int(value: number): void {
    if (!this.binary) this.add(value);
    else this.buffer.setInt32(this.room(4), value, true);
  }

  size(value: number): void {
    if (!this.binary) this.add(value);
    else this.buffer.setBigUint64(this.room(8), BigInt(value), true);
  }

  double(value: number): void {
    if (!this.binary) this.add(value);
    else this.buffer.setFloat64(this.room(8), value, true);
  }

  /** Ends a line of text; binary has none. */
  endRow(): void {
    if (this.binary) return;
    this.writer.text(`${this.row}\n`);
    this.row = "";
  }

  /** Ends the numbers of a section: binary ones with a line end before the $End. */
  endNumbers(): void {
    if (this.binary) this.line("");
  }

  finish(): Uint8Array {
    this.flush();
    return this.writer.finish();
  }

  private add(value: number): void {
    this.row += this.row === "" ? numberText(value) : ` ${numberText(value)}`;
  }

  /** Where the next `length` bytes go. */
  private room(length: number): number {
    if (this.filled + length > this.buffer.byteLength) this.flush();
    this.filled += length;
    return this.filled - length;
  }

  private flush(): void {
    if (this.filled === 0) return;
    this.writer.bytes(new Uint8Array(this.buffer.buffer, 0, this.filled).slice());
    this.filled = 0;
  }
}
