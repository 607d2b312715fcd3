import { expect, test } from "vitest";
import { readKeyValueLog } from "./key-value-log.ts";
import { readRegisterLog } from "./register-log.ts";

const registerLog = (...lines: string[]) =>
  readRegisterLog(lines.map((line) => `INFO  jepsen.util - ${line}`).join("\n"));

test("a register's log gives operations from line to line", () => {
  const history = registerLog(
    "0\t:invoke\t:cas\t[1 2]",
    "1   :invoke :read   nil",
    "0 :fail :cas [1 2]",
    "1 :ok :read nil",
  );
  const swap = { name: "compareAndSet", expected: 1, value: 2 };
  expect(history).toEqual([
    { client: "0", key: "register", call: 1, return: 3, input: swap, output: { name: "compared", equal: false } },
    {
      client: "1",
      key: "register",
      call: 2,
      return: 4,
      input: { name: "read" },
      output: { name: "value", value: null },
    },
  ]);
});

test("a write that timed out, or whose end was not recorded, stays open; such a read says nothing", () => {
  const history = registerLog(
    "0 :invoke :write 1",
    "1 :invoke :read nil",
    "2 :invoke :write 2",
    "3 :invoke :read nil",
    "0 :info :write :timed-out",
    "1 :fail :read :timed-out",
  );
  expect(history.map(({ client, return: end, output }) => [client, end, output])).toEqual([
    ["0", undefined, undefined],
    ["2", undefined, undefined],
  ]);
});

test("a key-value log gives keys and texts", () => {
  const line = (type: string, f: string, value: string) =>
    `{:process 7, :type :${type}, :f :${f}, :key "a", :value ${value}}`;
  const history = readKeyValueLog(
    [
      line("invoke", "put", '"x \\"y"'),
      line("ok", "put", '"x \\"y"'),
      line("invoke", "get", "nil"),
      line("ok", "get", '""'),
    ].join("\n"),
  );
  expect(history).toEqual([
    { client: "7", key: "a", call: 1, return: 2, input: { name: "put", value: 'x "y' }, output: "" },
    { client: "7", key: "a", call: 3, return: 4, input: { name: "get" }, output: "" },
  ]);
});

test("a damaged log is refused with the line's number", () => {
  expect(() => registerLog("0 :invoke :write 1", "0 :ok :wri")).toThrow("line 2");
  expect(() => registerLog("0 :invoke :write x")).toThrow("line 1");
  expect(() => registerLog("0 :invoke :write 1", "0 :invoke :write 2")).toThrow("line 2: process 0 has not returned");
  expect(() => registerLog("0 :ok :write 1")).toThrow("line 1: process 0 has invoked nothing");
});
