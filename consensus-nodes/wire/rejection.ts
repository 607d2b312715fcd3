/** Why a file is not taken as a picture. */
export const rejections = [
  /** Not PNG, JPEG, GIF, WebP or AVIF by its bytes. */
  "not-a-picture",
  /** Begins like one and cannot be decoded, or cannot be cleaned without a loss. */
  "broken",
  /** More bytes than allowed. */
  "too-large",
  /** More pixels than allowed. */
  "too-many-pixels",
  /** Too much else to do; nothing is wrong with it. */
  "busy",
  /** A node that was to have it cannot be reached. */
  "unreached",
] as const;
export type Rejection = (typeof rejections)[number];

export function isRejection(value: unknown): value is Rejection {
  return rejections.some((rejection) => rejection === value);
}
