/**
 * What the journeys of Node clients stand on: a person at a browser (the test on the other side of the pipe), and
 * results by name. A result is `{value}` or `{error}`; nothing that fails hides what comes after it.
 */
import { createInterface } from 'node:readline';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Let the person open an address; returns the address that the person is sent back to. */
export async function open(address) {
  process.stdout.write(`${JSON.stringify({ open: address })}\n`);
  return (await lines.next()).value;
}

/** Do one step of a journey and tell what came of it. */
export async function step(name, work) {
  let result;
  try {
    result = { value: (await work()) ?? null };
  } catch (error) {
    result = { error: error instanceof Error ? { message: error.message, ...error } : error };
  }
  process.stdout.write(`${JSON.stringify({ step: name, ...result }, shorten())}\n`);
  return result.value;
}

/** Leave out what refers to itself or says nothing (sockets, requests). */
function shorten() {
  const seen = new WeakSet();
  return (key, value) => {
    if (['request', 'config', 'socket', 'authResponse', 'response'].includes(key)) return undefined;
    if (typeof value === 'object' && value !== null) {
      if (seen.has(value)) return undefined;
      seen.add(value);
    }
    return value;
  };
}

/** End the journey: the pipe is no reason to stay. */
export function done() {
  process.stdin.destroy();
}

export const given = process.env;
