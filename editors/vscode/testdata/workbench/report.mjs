// Steps of a scenario and what became of them, a line of JSON each, for the Go test that runs it.

/** @param {{ step: string, error?: string, skipped?: string, ms?: number }} line */
export function report(line) {
  console.log(JSON.stringify(line));
}

/** Thrown by a step that cannot be tried here. */
export class Skip extends Error {}

/** Runs a step; what fails does not keep the next ones from running. */
export async function step(name, run, onError) {
  const began = Date.now();
  const line = { step: name };
  try {
    await run();
  } catch (e) {
    if (e instanceof Skip) line.skipped = e.message;
    else {
      line.error = String(e.stack ?? e);
      await onError?.();
    }
  }
  report({ ...line, ms: Date.now() - began });
}

/** Waits until get gives something that is true, and gives that; what says is asked for when time is up. */
export async function until(what, get, says = () => '', ms = 60000) {
  for (const end = Date.now() + ms; ;) {
    const value = await get();
    if (value) return value;
    if (Date.now() > end) throw new Error(`timed out: ${what} ${JSON.stringify(await says())}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}
