/** The least a Hono service on Node can do with an add: parse it, answer with a small JSON. Prints its port. */
import { serve } from "@hono/node-server";
import { Hono } from "hono";

const app = new Hono();
app.post("/rooms/:room/add_track", async (context) => {
  const track: { id?: unknown } = await context.req.json();
  return context.json({ message: "Track added", id: track.id });
});
serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => console.log(port));
