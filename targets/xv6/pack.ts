// Puts the built xv6 agent into the package, before it is packed.
import { makeReady } from './agent.ts';

try {
  await makeReady();
} catch (cause) {
  console.warn(
    `the package has no ready xv6 agent: ${cause instanceof Error ? cause.message : String(cause)}`,
  );
  if (process.env['npm_command'] === 'publish') process.exitCode = 1;
}
