// The xv6 file system as a file: puts programs into a copy of an fs.img.

/**
 * A copy of `image` with `files` in its root directory, replacing those of the same name.
 * Names have at most 14 bytes. Throws RigError: not an xv6 fs image, truncated, full, file too large.
 */
export function withFiles(image: Uint8Array, files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  if (files.size === 0) return Uint8Array.from(image);
  throw new Error('not yet');
}
