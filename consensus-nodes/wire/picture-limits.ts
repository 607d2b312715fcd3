/** Bytes of a picture, as it is sent and as it is stored. */
export const MAX_PICTURE_BYTES = 10 * 1024 * 1024;
/** Pixels of a frame, and of all frames of an animation together. Four bytes each when decoded; cameras stay below. */
export const MAX_PIXELS = 40_000_000;
