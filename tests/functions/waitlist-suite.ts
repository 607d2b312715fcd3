/** Waiting for a seat or a branch, and what is offered to who waits. */
import { afterEach, describe, expect, test } from "vitest";
import type { Front } from "./front.ts";
import {
  at,
  checkDocumented,
  configure,
  newName,
  newSeat,
  newStudent,
  reserve,
  type Student,
  USUAL,
} from "./library-people.ts";

export function waitlistSuite(front: () => Front): void {
  const student = () => newStudent(front());
  const wait = ({ call }: Student, json: object, headers = {}) => call("/waitlist", { json, headers });
  const mine = async ({ call }: Student) => Object((await call("/waitlist/mine")).body).entries;

  afterEach(async () => {
    await configure(front(), { waitlistEntries: 100, ...USUAL });
  });

  test("one waits for a seat, or for any of a branch", async () => {
    const branch = newName("Branch");
    const seat = await newSeat(front(), { branch });
    const ada = await student();
    const forSeat = { user_id: ada.id, seat_id: seat, branch, desired_time: at(10) };
    const answer = await wait(ada, { seat_id: seat, desired_time: at(10) });
    const made = { id: expect.any(Number), created_at: expect.stringMatching(/Z$/) };
    expect(answer).toEqual({
      ...answer,
      status: 201,
      body: { ...forSeat, ...made, entry: { ...forSeat, ...made } },
    });
    checkDocumented(front(), "join_waitlist", 201, answer.body);
    const forBranch = { ...forSeat, seat_id: null, desired_time: at(11) };
    expect(await wait(ada, { seat_id: null, branch, desired_time: at(11) })).toMatchObject({
      status: 201,
      body: { ...forBranch, entry: forBranch },
    });
    const list = await ada.call("/waitlist/mine");
    expect(list).toMatchObject({ status: 200, body: { entries: [forSeat, forBranch], count: 2 } });
    checkDocumented(front(), "my_waitlist", 200, list.body);
  });

  test("one waits no more, and another's entry is as if it did not exist", async () => {
    const branch = newName("Branch");
    await newSeat(front(), { branch });
    const [ada, eve] = [await student(), await student()];
    const { id } = Object((await wait(ada, { branch, desired_time: at(1) })).body);
    const remove = ({ call }: Student, entry: number) => call(`/waitlist/${entry}`, { method: "DELETE" });
    const error = (entry: number) => ({ status: 404, body: { error: `there is no waitlist entry ${entry}` } });
    expect(await remove(eve, id)).toMatchObject(error(id));
    expect(await remove(eve, 2 ** 31 - 1)).toMatchObject(error(2 ** 31 - 1));
    expect(await mine(ada)).toHaveLength(1);
    const answer = await remove(ada, id);
    expect(answer).toMatchObject({ status: 200, body: { id, message: expect.any(String) } });
    checkDocumented(front(), "leave_waitlist", 200, answer.body);
    expect(await mine(ada)).toEqual([]);
    expect(await remove(ada, id)).toMatchObject(error(id));
  });

  test.each([
    ["neither a seat nor a branch", { desired_time: at(1) }, 422, /^seat_id is missing/],
    ["nothing by name", { seat_id: null, branch: "", desired_time: at(1) }, 422, /^seat_id is missing/],
    ["no time", { branch: "x" }, 422, /^desired_time is missing/],
    ["a time that is over", { seat_id: 1, desired_time: "2020-01-01T00:00Z" }, 422, /^desired_time is in the past/],
    ["a time the clocks skip", { branch: "x", desired_time: "2030-03-31T02:30[Europe/Berlin]" }, 422, /does not exist/],
    ["an unknown seat", { seat_id: 2 ** 31 - 1, desired_time: at(1) }, 404, /^there is no seat/],
    ["an unknown branch", { branch: "Nowhere", desired_time: at(1) }, 404, /^there is no branch "Nowhere"/],
  ])("with %s it is refused, and why", async (_, json, status, error) => {
    const seat = await newSeat(front());
    const ada = await student();
    const named = "seat_id" in json && json.seat_id === 1 ? { ...json, seat_id: seat } : json;
    expect(await wait(ada, named)).toMatchObject({ status, body: { error: expect.stringMatching(error) } });
    expect(await mine(ada)).toEqual([]);
  });

  test("one waits for so much and no more", async () => {
    const branch = newName("Branch");
    await newSeat(front(), { branch });
    await configure(front(), { waitlistEntries: 1 });
    const ada = await student();
    expect(await wait(ada, { branch, desired_time: at(1) })).toMatchObject({ status: 201 });
    expect(await wait(ada, { branch, desired_time: at(2) })).toMatchObject({ status: 429 });
  });

  test("under an Idempotency-Key one waits once", async () => {
    const branch = newName("Branch");
    await newSeat(front(), { branch });
    const ada = await student();
    const headers = { "idempotency-key": newName("key") };
    const first = await wait(ada, { branch, desired_time: at(1) }, headers);
    await ada.call(`/waitlist/${Object(first.body).id}`, { method: "DELETE" });
    expect(await wait(ada, { branch, desired_time: at(1) }, headers)).toMatchObject({ status: 201, body: first.body });
    expect(await mine(ada)).toEqual([]);
  });

  describe("a seat that becomes free", () => {
    test("is held for who waited, and is theirs to take", async () => {
      const seat = await newSeat(front());
      const [ada, bob, eve] = [await student(), await student(), await student()];
      const id = await reserve(ada, seat, at(10), at(12));
      await wait(bob, { seat_id: seat, desired_time: at(10) });
      await ada.call(`/reservations/${id}`, { method: "DELETE" });
      const json = { seat_id: seat, start_time: at(10), end_time: at(12) };
      expect(await eve.call("/reservations", { json })).toMatchObject({ status: 409 });
      expect(await bob.call("/reservations", { json })).toMatchObject({ status: 201 });
      expect(await mine(bob)).toEqual([]);
    });

    test("passes to the next when the first waits no more", async () => {
      const seat = await newSeat(front());
      const [ada, bob, eve] = [await student(), await student(), await student()];
      const id = await reserve(ada, seat, at(10), at(12));
      const entry = await wait(bob, { seat_id: seat, desired_time: at(10) });
      await wait(eve, { seat_id: seat, desired_time: at(11) });
      await ada.call(`/reservations/${id}`, { method: "DELETE" });
      await bob.call(`/waitlist/${Object(entry.body).id}`, { method: "DELETE" });
      const json = { seat_id: seat, start_time: at(10), end_time: at(12) };
      expect(await bob.call("/reservations", { json })).toMatchObject({ status: 409 });
      expect(await eve.call("/reservations", { json })).toMatchObject({ status: 201 });
    });
  });
}
