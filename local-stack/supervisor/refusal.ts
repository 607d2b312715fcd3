/** What a person is told in one line, and the exit code of the command: 1 it failed, 2 it was asked wrongly. */
export class Refusal extends Error {
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.name = "Refusal";
    this.exitCode = exitCode;
  }
}
