/** SHA-256, by the browser where it may and by a library where it may not: WebCrypto is missing on plain http to another machine. */

/** @param {ArrayBuffer|Uint8Array<ArrayBuffer>} bytes @returns {Promise<Uint8Array>} 32 bytes */
export async function sha256(bytes) {
  if (globalThis.crypto?.subtle) return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  const library = await import('noble-hashes')
  return library.sha256(new Uint8Array(bytes))
}

/** @param {Uint8Array} bytes @returns {string} */
export function base64(bytes) {
  return btoa(String.fromCharCode(...bytes))
}

/** The checksum of a whole upload: SHA-256 over the digests of its parts, in their order. @param {Uint8Array[]} digests @returns {Promise<string>} base64 */
export async function checksumOfParts(digests) {
  const joined = new Uint8Array(digests.length * 32)
  for (const [place, digest] of digests.entries()) joined.set(digest, place * 32)
  return base64(await sha256(joined))
}
