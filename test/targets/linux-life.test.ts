// The agent's own life: how it is built, and that nothing of it is left behind.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { linuxAgent } from '../../targets/linux/build.ts';
import { linuxTarget } from '../../targets/linux/target.ts';
import { TargetDied } from '../../spec/target.ts';
import { Transcript } from '../../spec/transcript.ts';
import { tape } from '../history.ts';
import { agents, cache, missing, opened, ran, untilNoAgents, WORLD } from './kernel.ts';

/** Kills one that may be gone already, together with the one killed before it. */
function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause;
  }
}

describe.skipIf(missing !== undefined)('the linux agent', { timeout: 60_000 }, () => {
  test('without a compiler it says how to get one', async () => {
    const before = process.env['CC'];
    process.env['CC'] = '/no/cc';
    const empty = mkdtempSync(join(tmpdir(), 'cowcheck-empty-'));
    try {
      await expect(linuxTarget(undefined, { cache: empty }).open(WORLD)).rejects.toMatchObject({
        code: 'linux-no-compiler',
        remedy: 'apt-get install gcc libc6-dev',
      });
    } finally {
      if (before === undefined) delete process.env['CC'];
      else process.env['CC'] = before;
      rmSync(empty, { recursive: true });
    }
  });

  test('two builders at once do each other no harm', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'cowcheck-empty-'));
    const built = await Promise.all([linuxAgent(empty), linuxAgent(empty), linuxAgent(empty)]);
    expect(new Set(built.map(agent => agent.path)).size).toBe(1);
    expect(readdirSync(empty)).toHaveLength(1);
    rmSync(empty, { recursive: true });
  });

  test('an agent that is killed is a target that died, and reset starts another', async () => {
    const session = await opened();
    expect((await ran(session, 'fork A -> B', 'each'))[0]).toEqual(['forked B 0']);
    for (const pid of agents()) killed(Number(pid));
    const seen = new Transcript();
    await expect(session.run(tape(WORLD, 'read A data+0 length 1'), 'each', seen)).rejects.toBeInstanceOf(
      TargetDied,
    );
    await session.reset();
    expect((await ran(session, 'fork A -> B', 'each'))[0]).toEqual(['forked B 0']);
  });

  test.each([true, false])('kill -9 leaves no process (namespace %s)', async namespace => {
    const { path } = await linuxAgent(cache);
    const script = `
      const agent = require('child_process').spawn(${JSON.stringify(path)}, ${JSON.stringify(namespace ? [] : ['--no-namespace'])}, { detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
      agent.stdin.write('cowcheck 1\\nworld 4096 8 0 1\\nimage 0 tdd\\n');
      const run = () => agent.stdin.write('reset\\nfork 0 1\\nvfork 1 2\\nfork 2 3\\nfork 0 4\\nexec 4 0 execv 1\\nwrite 0 1 0 1 9\\nsync 1\\n');
      let lines = 0;
      agent.stdout.on('data', chunk => { for (const byte of chunk) if (byte === 10 && ++lines % 8 === 3) { run(); process.stdout.write('.'); } });
    `;
    for (let i = 0; i < 20; i++) {
      const driver = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
      const runs = 3 + i;
      let heard = 0;
      await new Promise<void>(resolve =>
        driver.stdout.on('data', (chunk: Buffer) => {
          heard += chunk.length;
          if (heard >= runs) resolve();
        }),
      );
      expect(agents().length).toBeGreaterThan(0);
      driver.kill('SIGKILL');
      expect(await untilNoAgents()).toEqual([]);
    }
  });
});
