/** Changes of who is of the cluster, and who leads: asked of the running stack, which may take its time. */
import { DataFolder } from "../supervisor/data-folder.ts";
import { Refusal } from "../supervisor/refusal.ts";

export interface ChangeOptions {
  readonly data: string;
  readonly json?: true | undefined;
}

/** @param path of the stack's door. @throws {Refusal} */
export async function change(path: string, { data, json }: ChangeOptions): Promise<void> {
  const { askDoor, MEMBERSHIP_PATIENCE_MS } = await import("../supervisor/door-client.ts");
  const { print, printJson } = await import("./output.ts");
  const folder = new DataFolder(data);
  const answer = await askDoor(folder, "POST", path, MEMBERSHIP_PATIENCE_MS);
  if (answer === undefined) throw new Refusal(`no stack is running in ${folder}: start one with npm start`);
  if (json) printJson({ message: answer.message });
  else print(answer.message ?? "");
}
