// fauxqs on a free port of this machine alone: its own program listens on all interfaces. It prints its address, and ends when
// standard input does, so that it never outlives the test that started it.
import { buildApp } from "fauxqs";

const app = buildApp({ logger: false });
console.log(await app.listen({ port: 0, host: "127.0.0.1" }));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
