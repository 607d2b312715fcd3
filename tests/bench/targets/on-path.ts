/** Whether a program is installed. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** A line for people when it is not; undefined when it is. */
export function missingProgram(program: string, debianPackage: string): string | undefined {
  const found = (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  return found ? undefined : `${program} is not installed (Debian: apt-get install ${debianPackage})`;
}
