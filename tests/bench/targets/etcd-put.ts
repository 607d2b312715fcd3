/** Adds as etcd's JSON gateway takes them: a put of the track under its id. */
import { httpProtocol } from "../load/http-protocol.ts";
import type { Protocol } from "../load/protocol.ts";
import { sampleTrack } from "../load/sample-track.ts";

export function etcdPutProtocol(port: number): Protocol {
  return httpProtocol(port, {}, (sequence) => {
    const { id, json } = sampleTrack(sequence);
    return { path: "/v3/kv/put", body: `{"key":"${base64(id)}","value":"${base64(json)}"}` };
  });
}

export function base64(text: string): string {
  return Buffer.from(text, "latin1").toString("base64");
}
