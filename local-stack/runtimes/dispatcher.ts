/** The one worker that workerd starts with: it loads each version of a function into an isolate of its own. */
import { COMPATIBILITY_DATE, FUNCTION } from "./isolate-protocol.ts";

interface Fetcher {
  fetch(request: Request | string): Promise<Response>;
}

/** https://developers.cloudflare.com/workers/runtime-apis/bindings/worker-loader/ */
interface WorkerLoader {
  get(id: string, code: () => Promise<WorkerCode>): { getEntrypoint(): Fetcher };
}

interface WorkerCode {
  readonly compatibilityDate: string;
  readonly mainModule: string;
  readonly modules: Readonly<Record<string, string>>;
  /** Where the isolate's `fetch` goes. */
  readonly globalOutbound: Fetcher;
}

interface Environment {
  readonly LOADER: WorkerLoader;
  /** The host, on its unix socket. */
  readonly HOST: Fetcher;
}

export default {
  fetch(request: Request, { LOADER, HOST }: Environment): Response | Promise<Response> {
    const id = request.headers.get(FUNCTION);
    // The watchdog's question: does this thread still run?
    if (id === null) return new Response(null, { status: 204 });
    const worker = LOADER.get(id, async () => {
      const response = await HOST.fetch(`http://host/bundle/${id}`);
      if (!response.ok) throw new Error(`the host has no bundle ${id}`);
      return {
        compatibilityDate: COMPATIBILITY_DATE,
        mainModule: "function.js",
        modules: { "function.js": await response.text() },
        globalOutbound: HOST,
      };
    });
    return worker.getEntrypoint().fetch(request);
  },
};
