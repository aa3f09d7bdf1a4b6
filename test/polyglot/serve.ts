/**
 * A server for clients in other languages: prints its address and the token of its administrator on stdout, a line each, and ends when stdin does. Nothing of it remains.
 */
import { once } from 'node:events';
import { removeHome, startServer } from '../e2e/start-server.ts';

const server = await startServer();
process.stdout.write(`${server.address}\n${server.token}\n`);
process.stdin.resume();
await once(process.stdin, 'end');
await server.stop();
await removeHome(server);
