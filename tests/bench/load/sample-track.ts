/** The track that the n-th request of a run carries: unique, ASCII, and the same for every target. */
export function sampleTrack(sequence: number): { readonly id: string; readonly json: string } {
  const id = `bench-${sequence}`;
  const json = `{"id":"${id}","title":"Song number ${sequence}","artist":"Artist ${sequence % 1000}","duration":${180 + (sequence % 120)}}`;
  return { id, json };
}
