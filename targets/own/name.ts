// Names on the command line that mean a file.

const CODE = /\.(m?js|cjs|m?ts|cts)$/;

/** Does the name of a file say that there is code in it? */
export function isCode(name: string): boolean {
  return CODE.test(name);
}

/** Does a name on the command line mean a file? */
export function isFileName(name: string): boolean {
  return CODE.test(name) || /^\.{0,2}\//.test(name);
}
