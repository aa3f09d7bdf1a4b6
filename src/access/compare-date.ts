/**
 * Milliseconds since 1970 of a date in W3C's profile of ISO 8601 (https://www.w3.org/TR/NOTE-datetime), or of seconds since 1970;
 * `undefined` when the text is neither. A year alone is neither: it could be both.
 */
export function parseDate(text: string): number | undefined {
  if (epochSeconds.test(text)) return text.length === yearDigits ? undefined : Number(text) * secondMs;
  const match = isoDate.exec(text);
  if (match === null) return undefined;
  const [, year, month, day = '01', hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = match;
  const offsetMs = zoneOffsetMs(zone);
  const utc = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
  const ms = Date.parse(utc);
  // What is no date, such as 30 February, is an error to some engines and the day after to others.
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== utc || offsetMs === undefined) return undefined;
  return ms - offsetMs;
}

function zoneOffsetMs(zone: string): number | undefined {
  if (zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60 * secondMs;
}

const secondMs = 1000;
/** Until the year 5138; what is longer is milliseconds by mistake. */
const epochSeconds = /^[0-9]{1,11}$/;
const yearDigits = 4;
const isoDate =
  /^([0-9]{4})-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[-+][0-9]{2}:[0-9]{2}))?)?$/;
