/**
 * A server for clients in other languages: prints its address on stdout, and ends when stdin does. Nothing of it remains.
 */
import { once } from 'node:events';
import { removeHome, startServer } from '../e2e/start-server.ts';

const server = await startServer();
process.stdout.write(`${server.address}\n`);
process.stdin.resume();
await once(process.stdin, 'end');
await server.stop();
await removeHome(server);
