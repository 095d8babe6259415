/** Bytes of a file in the making: text and binary one after the other, joined at the end. */

import { numberText } from "./number-text.ts";

export class ByteWriter {
  private readonly parts: Uint8Array[] = [];
  private pending: string[] = [];
  private pendingLength = 0;

  /** Text as UTF-8. */
  text(text: string): void {
    this.pending.push(text);
    this.pendingLength += text.length;
    // Pieces are encoded together: one call per number would cost more than the number.
    if (this.pendingLength > 65536) this.flush();
  }

  bytes(bytes: Uint8Array): void {
    this.flush();
    this.parts.push(bytes);
  }

  /** Rows of `perRow` numbers, a space between them and a line end after each row. */
  rows(values: ArrayLike<number | bigint>, perRow: number): void {
    for (let start = 0; start < values.length; start += perRow) {
      const end = Math.min(start + perRow, values.length);
      let row = numberText(values[start]);
      for (let i = start + 1; i < end; i++) row += ` ${numberText(values[i])}`;
      this.text(`${row}\n`);
    }
  }

  finish(): Uint8Array<ArrayBuffer> {
    this.flush();
    const whole = new Uint8Array(this.parts.reduce((total, part) => total + part.length, 0));
    let at = 0;
    for (const part of this.parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  private flush(): void {
    if (this.pendingLength === 0) return;
    this.parts.push(new TextEncoder().encode(this.pending.join("")));
    this.pending = [];
    this.pendingLength = 0;
  }
}
