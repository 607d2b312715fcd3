/** Zeros: what a preallocated segment holds wherever nothing was written. */

const ZEROS = Buffer.alloc(1024 * 1024);

/** At most a mebibyte of zeros, to write or to compare with; not to be written into. */
export function zeros(bytes: number): Buffer {
  return ZEROS.subarray(0, Math.min(bytes, ZEROS.length));
}

/** Whether all of bytes[from, to) is zero. What lies beyond the end of `bytes` counts as zero. */
export function isZero(bytes: Buffer, from = 0, to = bytes.length): boolean {
  const end = Math.min(to, bytes.length);
  for (let at = from; at < end; at += ZEROS.length) {
    const part = bytes.subarray(at, Math.min(at + ZEROS.length, end));
    if (!part.equals(zeros(part.length))) return false;
  }
  return true;
}
