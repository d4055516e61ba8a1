// All orders of what is alike: a sorted list, and each way to put its runs of equals.

/**
 * Calls `visit` once for every order of `list` that only moves neighbours of one colour, with `list` in that order; then
 * `list` is as it was. `from` and `end` bound what may move.
 */
export function eachOrder(
  list: number[],
  from: number,
  end: number,
  colour: Readonly<Int32Array>,
  visit: () => void,
): void {
  let run = from + 1;
  while (run < end && colour[list[run]!] === colour[list[from]!]) run++;
  if (from >= end - 1) visit();
  else if (run === from + 1) eachOrder(list, run, end, colour, visit);
  else permute(list, from, run, () => eachOrder(list, run, end, colour, visit));
}

function permute(list: number[], from: number, end: number, visit: () => void): void {
  if (from >= end - 1) return visit();
  for (let i = from; i < end; i++) {
    swap(list, from, i);
    permute(list, from + 1, end, visit);
    swap(list, from, i);
  }
}

function swap(list: number[], a: number, b: number): void {
  const held = list[a]!;
  list[a] = list[b]!;
  list[b] = held;
}
