// What `explore --serve` starts, without the search: a walk through a small world of the model.
import { Console } from '../../dist/cli/console.js';
import { serve } from '../../dist/cli/serve.js';
import { coarse } from '../../dist/explorer/bounds.js';
import { SmallWorld } from '../../dist/explorer/small-world.js';
import { Walker } from '../../dist/explorer/walk.js';
import { CowMachine } from '../../dist/model/cow/machine.js';
import { modelTarget } from '../../dist/targets/model/session.js';

const [port = '0'] = process.argv.slice(2);
const world = { pageSize: 8, processes: 2, frames: 4, images: [{ name: 'only', text: 1, data: 1 }] };
const { can } = await modelTarget().open(world);
const ops = ['fork', 'exit', 'wait', 'read', 'write'];
const space = await SmallWorld.of({ world, machine: CowMachine, can: { ...can, ops }, grain: coarse(2) });
process.exitCode = await serve(new Walker(space), {
  port: Number(port),
  out: new Console(),
  about: 'the model, two processes',
});
