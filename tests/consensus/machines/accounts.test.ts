import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { accounts } from "../../../consensus-nodes/machines/accounts.ts";
import { MAX_ATTEMPTS, MAX_PAIRS, WINDOW_MS } from "../../../consensus-nodes/machines/accounts-attempts.ts";
import { AppliedState } from "../../../consensus-nodes/replica/applied-state.ts";

const hash = { algorithm: "scrypt", N: 2, r: 1, p: 1, salt: "c2FsdA==", key: "a2V5" } as const;
const ada = { login: "S2021001", name: "Ada", hash };
const START = 1_700_000_000_000;

let state: AppliedState;
let now: number;

function run(name: string, input: unknown): unknown {
  expect(state.refuse([name, input])).toBeUndefined();
  const [outcome] = state.applyBatch({ n: 1, a: 1, c: [[name, input]] }, state.index + 1, now);
  return Object(outcome).v;
}

function ask(name: string, input: unknown): unknown {
  return Object(state.answer(name, input)).v;
}

const attempt = (login = ada.login, address = "192.0.2.1") => Object(run("attempt", { login, address }));

beforeEach(() => {
  state = new AppliedState(accounts);
  now = START;
});

describe("users", () => {
  test("get ids from 1, each once, also when one is gone", () => {
    const user = { id: 1, login: ada.login, name: "Ada" };
    expect(run("register", ada)).toEqual({ outcome: "registered", user, at: START });
    expect(ask("find", { id: 1 })).toEqual(user);
    expect(ask("named", { login: ada.login })).toEqual(user);
    expect(run("remove", { id: 1 })).toEqual({ outcome: "removed" });
    expect(run("remove", { id: 1 })).toEqual({ outcome: "absent" });
    expect(ask("find", { id: 1 })).toBeNull();
    expect(ask("named", { login: ada.login })).toBeNull();
    expect(run("register", ada)).toMatchObject({ outcome: "registered", user: { id: 2 } });
  });

  test("have a login that nobody else has; another case is another login", () => {
    run("register", ada);
    expect(run("register", { ...ada, name: "Somebody else" })).toEqual({ outcome: "taken" });
    expect(run("register", { ...ada, login: "s2021001" })).toMatchObject({ outcome: "registered" });
    expect(attempt().user).toMatchObject({ id: 1, name: "Ada", hash });
  });

  test("cannot be told apart from nobody by what a question tells of their hash", () => {
    run("register", ada);
    expect(JSON.stringify([ask("find", { id: 1 }), ask("named", { login: ada.login })])).not.toContain(hash.key);
  });

  test("are locked by a transaction that removes them", () => {
    expect(accounts.commands.remove.keys?.({ id: 7 })).toEqual(["user:7"]);
  });
});

describe("attempts to log in", () => {
  test("are allowed five times in the window, then when the first of them has left it", () => {
    for (let i = 0; i < MAX_ATTEMPTS; i++) {
      expect(attempt()).toEqual({ outcome: "allowed", user: null, at: now });
      now += 1000;
    }
    expect(attempt()).toEqual({ outcome: "too-many", wait: WINDOW_MS - 5000 });
    now = START + WINDOW_MS - 1;
    expect(attempt()).toEqual({ outcome: "too-many", wait: 1 });
    now += 1;
    expect(attempt()).toMatchObject({ outcome: "allowed" });
    // The one that was allowed counts, those that were refused do not.
    expect(attempt()).toEqual({ outcome: "too-many", wait: 1000 });
  });

  test("are counted for a login from an address, and for nobody else", () => {
    for (let i = 0; i < MAX_ATTEMPTS; i++) attempt();
    expect(attempt()).toMatchObject({ outcome: "too-many" });
    expect(attempt("S2021002")).toMatchObject({ outcome: "allowed" });
    expect(attempt(ada.login, "192.0.2.2")).toMatchObject({ outcome: "allowed" });
  });

  test("count no more once one has succeeded, for that pair", () => {
    for (let i = 0; i < MAX_ATTEMPTS; i++) {
      attempt();
      attempt("S2021002");
    }
    run("succeeded", { login: ada.login, address: "192.0.2.1" });
    expect(attempt()).toMatchObject({ outcome: "allowed" });
    expect(attempt("S2021002")).toMatchObject({ outcome: "too-many" });
  });

  test("of more pairs than are counted are refused, and no count is dropped for them", () => {
    for (let i = 0; i < MAX_ATTEMPTS; i++) attempt();
    for (let i = 1; i < MAX_PAIRS; i++) attempt(`flood ${i}`);
    expect(attempt("one more")).toEqual({ outcome: "too-many", wait: WINDOW_MS });
    expect(attempt()).toMatchObject({ outcome: "too-many" });
    now += WINDOW_MS;
    expect(attempt("one more")).toMatchObject({ outcome: "allowed" });
  });
});

test("a state that is captured and restored anywhere answers as the one that went on", () => {
  const login = fc.constantFrom("a", "b", "c");
  const command = fc.oneof(
    fc.record({ name: fc.constant("register"), input: login.map((login) => ({ ...ada, login })) }),
    fc.record({ name: fc.constant("remove"), input: fc.record({ id: fc.integer({ min: 1, max: 9 }) }) }),
    fc.record({
      name: fc.constantFrom("attempt", "succeeded"),
      input: fc.record({ login, address: fc.constantFrom("192.0.2.1", "::1") }),
    }),
  );
  const step = fc.record({ command, pause: fc.integer({ min: 0, max: WINDOW_MS / 2 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(40), (steps, cut) => {
      state = new AppliedState(accounts);
      now = START;
      const results = steps.map(({ command: { name, input }, pause }) => {
        now += pause;
        return run(name, input);
      });
      const whole = [...state.captureMachine()];
      state = new AppliedState(accounts);
      now = START;
      const again = steps.map(({ command: { name, input }, pause }, i) => {
        if (i === cut) {
          state = AppliedState.restore(
            accounts,
            JSON.parse(JSON.stringify([...state.capture()])),
            state.index,
            state.now,
          );
        }
        now += pause;
        return run(name, input);
      });
      expect(again).toEqual(results);
      expect([...state.captureMachine()]).toEqual(whole);
    }),
    { numRuns: 100 },
  );
});
