/** The nodes that hold pictures: the participants, which are all but 0. A node that is alone does everything. */
export function pictureNodes(ids: readonly number[]): readonly number[] {
  const participants = ids.filter((id) => id !== 0).sort((a, b) => a - b);
  return participants.length > 0 ? participants : ids;
}
