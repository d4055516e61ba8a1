// The same small world for Spin: fork, write, exec and exit of copy-on-write processes, written down anew in Promela.

export interface Scope {
  readonly processes: number;
  readonly pages: number;
  readonly frames: number;
  /** Values that a page can hold; 0 is what it is loaded with. */
  readonly values: number;
}

/**
 * A model that shares nothing with ours but the scope. A process is a number, its page table says frame and write access;
 * frames have contents and a count, and the lowest free one is handed out; `need` is what eager copying would show. What
 * is not in use is zero, so that a state is stored once.
 */
export function promela({ processes: P, pages: N, frames: F, values: V }: Scope): string {
  const each = (most: number, line: (i: number) => string): string =>
    Array.from({ length: most }, (_, i) => line(i)).join('\n');
  return `#define P ${P}
#define N ${N}
#define F ${F}
bit started;
bit alive[P];
byte frame[${P * N}];
bit writable[${P * N}];
byte need[${P * N}];
byte holds[F];
byte count[F];

hidden byte i;
hidden byte spare;
hidden byte child;
hidden byte fresh[N];

inline lowest() {
  spare = 0;
  do
  :: spare < F && count[spare] > 0 -> spare++
  :: else -> break
  od
}

inline drop(f) {
  count[f]--;
  if
  :: count[f] == 0 -> holds[f] = 0
  :: else -> skip
  fi
}

inline leave(p) {
  i = 0;
  do
  :: i < N ->
    drop(frame[p * N + i]);
    frame[p * N + i] = 0;
    writable[p * N + i] = 0;
    need[p * N + i] = 0;
    i++
  :: else -> break
  od
}

inline die(p) {
  leave(p);
  alive[p] = 0
}

inline forks(p) {
  child = 0;
  do
  :: child < P && alive[child] -> child++
  :: else -> break
  od;
  if
  :: child < P ->
    alive[child] = 1;
    i = 0;
    do
    :: i < N ->
      writable[p * N + i] = 0;
      frame[child * N + i] = frame[p * N + i];
      need[child * N + i] = need[p * N + i];
      count[frame[p * N + i]]++;
      i++
    :: else -> break
    od
  :: else -> skip
  fi
}

inline stores(p, page, value) {
  if
  :: writable[p * N + page] -> holds[frame[p * N + page]] = value; need[p * N + page] = value
  :: else ->
    if
    :: count[frame[p * N + page]] == 1 ->
      writable[p * N + page] = 1;
      holds[frame[p * N + page]] = value;
      need[p * N + page] = value
    :: else ->
      lowest();
      if
      :: spare == F -> die(p)
      :: else ->
        count[spare] = 1;
        holds[spare] = value;
        drop(frame[p * N + page]);
        frame[p * N + page] = spare;
        writable[p * N + page] = 1;
        need[p * N + page] = value
      fi
    fi
  fi
}

inline execs(p) {
  i = 0;
  do
  :: i < N ->
    lowest();
    if
    :: spare == F -> break
    :: else -> count[spare] = 1; fresh[i] = spare; i++
    fi
  :: else -> break
  od;
  if
  :: i < N ->
    do
    :: i > 0 -> i--; count[fresh[i]] = 0
    :: else -> break
    od
  :: else ->
    leave(p);
    i = 0;
    do
    :: i < N -> frame[p * N + i] = fresh[i]; writable[p * N + i] = 1; fresh[i] = 0; i++
    :: else -> break
    od
  fi;
  i = 0;
  do
  :: i < N -> fresh[i] = 0; i++
  :: else -> break
  od
}

inline settle() {
${each(P * N, e => `  assert(!alive[${Math.floor(e / N)}] || holds[frame[${e}]] == need[${e}]);\n  assert(!writable[${e}] || count[frame[${e}]] == 1);`)}
  i = 0;
  spare = 0;
  child = 0
}

active proctype world() {
  d_step {
    alive[0] = 1;
${each(N, i => `    frame[${i}] = ${i}; writable[${i}] = 1; count[${i}] = 1;`)}
    started = 1
  };
  do
${each(P, p =>
  [
    `  :: d_step { alive[${p}] -> forks(${p}); settle() }`,
    ...Array.from({ length: N }, (_, page) =>
      Array.from(
        { length: V },
        (_unused, value) => `  :: d_step { alive[${p}] -> stores(${p}, ${page}, ${value}); settle() }`,
      ),
    ).flat(),
    `  :: d_step { alive[${p}] -> execs(${p}); settle() }`,
    `  :: d_step { alive[${p}] -> die(${p}); settle() }`,
  ].join('\n'),
)}
  od
}
`;
}
