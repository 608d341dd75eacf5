/** The playback description: everything a player needs to know about one medium. */
import { request } from 'lib/http'

/**
 * @typedef {object} Playback
 * @property {string} public_id
 * @property {'audio'|'video'} kind
 * @property {string} title
 * @property {{name: string, url: string}} artist
 * @property {string} url address of the medium's page
 * @property {{src: string, srcset: string}|null} artwork
 * @property {[string, string]} tints
 * @property {string} realm
 * @property {number} duration_ms
 * @property {string|null} hls
 * @property {string|null} progressive
 * @property {string|null} peaks audiowaveform's JSON
 * @property {number} gain_db what to add so that all media sound equally loud
 * @property {boolean} one_origin its plain file comes from this origin, without a redirect to another
 * @property {string|null} storyboard WebVTT with sprite fragments
 * @property {{language: string, label: string, kind: string, url: string}[]} captions
 * @property {{starts_at_ms: number, title: string}[]} chapters
 * @property {number} position_ms where this person left off
 * @property {string} position_url
 * @property {number} heartbeat_ms how often to report the position
 * @property {boolean} complete false while it is still being made
 */

/**
 * @param {string} url the medium's playback address
 * @param {AbortSignal} [signal]
 * @returns {Promise<Playback>}
 * @throws {import('lib/http').HttpError} 404 when the viewer may not
 */
export function describe(url, signal) {
  return request(url, { signal })
}
