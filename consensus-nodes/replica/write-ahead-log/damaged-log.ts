/** The files do not say what was written: refused, because whatever was made of them could be a wrong state. */
export class DamagedLog extends Error {
  /** Path. */
  readonly file: string;
  /** Bytes from the start of the file to where the damage shows. */
  readonly offset: number;
  readonly reason: string;

  constructor(file: string, offset: number, reason: string) {
    super(`${file}, offset ${offset}: ${reason}`);
    this.name = "DamagedLog";
    this.file = file;
    this.offset = offset;
    this.reason = reason;
  }
}
